package plugins

import (
	"net/netip"
	"strings"

	"patchbay/sim/fault"
)

// cursor goes round the addresses of a range set.
type cursor struct {
	set        rangeSet
	at         int        // the range
	cur, start netip.Addr // where it is, and where it began
}

// next is the next address that is not its range's gateway, and its range; an
// invalid one when all have been seen.
func (i *cursor) next() (netip.Addr, *ipRange) {
	for {
		r := &i.set[i.at]
		switch {
		case !i.cur.IsValid():
			i.cur, i.start = r.first, r.first
			if i.cur != r.gw {
				return i.cur, r
			}
			continue
		case i.cur == r.last:
			i.at = (i.at + 1) % len(i.set)
			r = &i.set[i.at]
			i.cur = r.first
		default:
			i.cur = i.cur.Next()
		}
		if !i.start.IsValid() {
			i.start = i.cur
		} else if i.cur == i.start {
			return netip.Addr{}, nil
		}
		if i.cur != r.gw {
			return i.cur, r
		}
	}
}

// resolvConf reads a file in the format of resolv.conf(5).
func (c *call) resolvConf(path string) (dns, error) {
	var data []byte
	err := c.p.Call(fault.FileRead, path, func() error {
		var err error
		data, err = c.Machine.Disk.ReadFile(path)
		return err
	})
	if err != nil {
		return dns{}, pathError("open", path, err)
	}
	var out dns
	for line := range strings.SplitSeq(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0][0] == '#' || fields[0][0] == ';' {
			continue
		}
		switch fields[0] {
		case "nameserver":
			out.servers = append(out.servers, fields[1])
		case "domain":
			out.domain = fields[1]
		case "search":
			out.search = append(out.search, fields[1:]...)
		case "options":
			out.options = append(out.options, fields[1:]...)
		}
	}
	return out, nil
}
