package result

import (
	"net/netip"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"patchbay/core/rawjson"
)

// plain reads a result of the current format, as the reference plugins print it.
// It is what encoding/json would make of it, but for the version, which is the
// newest; false means that encoding/json has to be asked.
func plain(raw []byte) (Outcome, bool) {
	r := reader{rawjson.Over(raw)}
	o := Outcome{Raw: raw, Result: r.result()}
	o.Version = o.Result.CNIVersion
	o.Result.CNIVersion = current.ImplementedSpecVersion
	known := o.Version == "1.0.0" || o.Version == current.ImplementedSpecVersion
	return o, r.Done() && known
}

// reader reads a result of the types of CNI 1.0.0. What is rare it refuses:
// keys that these types do not have, or have in another case; null; a list or an
// object that comes twice.
type reader struct{ rawjson.Cursor }

func (r *reader) result() *current.Result {
	out := &current.Result{}
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "cniVersion":
			out.CNIVersion = r.Text()
		case "interfaces":
			out.Interfaces = list(r, out.Interfaces, r.link)
		case "ips":
			out.IPs = list(r, out.IPs, r.ip)
		case "routes":
			out.Routes = list(r, out.Routes, r.route)
		case "dns":
			r.Enter('{')
			if r.Next('}') {
				r.Fail()
			}
		default:
			r.Fail()
		}
	}
	return out
}

// list reads the elements of a list, of which there was none before.
func list[T any](r *reader, before []*T, element func() *T) []*T {
	if before != nil {
		r.Fail()
	}
	out := make([]*T, 0, 2) // two ends of a veth pair, or an address of each family
	for r.Enter('['); r.Next(']'); {
		out = append(out, element())
	}
	return out
}

func (r *reader) link() *current.Interface {
	out := &current.Interface{}
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "name":
			out.Name = r.Text()
		case "mac":
			out.Mac = r.Text()
		case "mtu":
			out.Mtu = r.Int()
		case "sandbox":
			out.Sandbox = r.Text()
		default:
			r.Fail()
		}
	}
	return out
}

func (r *reader) ip() *current.IPConfig {
	out := &current.IPConfig{}
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "interface":
			at := r.Int()
			out.Interface = &at
		case "address":
			out.Address.IP, out.Address.Mask = r.prefix()
		case "gateway":
			out.Gateway = r.address()
		default:
			r.Fail()
		}
	}
	return out
}

func (r *reader) route() *types.Route {
	out := &types.Route{}
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "dst":
			out.Dst.IP, out.Dst.Mask = r.prefix()
		case "gw":
			out.GW = r.address()
		default:
			r.Fail()
		}
	}
	return out
}

// prefix reads an address with its prefix length into what package net makes of
// it: sixteen bytes, and a mask of as many bits as the family has. What the two
// packages disagree about it refuses.
func (r *reader) prefix() ([]byte, []byte) {
	p, err := netip.ParsePrefix(r.Text())
	if err != nil || p.Addr().Is4In6() {
		r.Fail()
		return nil, nil
	}
	mask := make([]byte, p.Addr().BitLen()/8)
	for i := range mask {
		ones := min(max(p.Bits()-8*i, 0), 8)
		mask[i] = ^byte(0xff >> ones)
	}
	ip := p.Addr().As16()
	return ip[:], mask
}

// address reads an address into sixteen bytes, as package net has them.
func (r *reader) address() []byte {
	addr, err := netip.ParseAddr(r.Text())
	if err != nil || addr.Zone() != "" {
		r.Fail()
		return nil
	}
	ip := addr.As16()
	return ip[:]
}
