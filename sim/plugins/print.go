package plugins

import (
	"encoding/json"
	"net/netip"
	"strconv"
)

// print writes the result in the version of the configuration. The members come
// in the order of the specification and not, as the real ones', of their names.
func (c *call) print(r *result) error {
	c.printed = true
	if c.inner {
		c.res = *r
		return c.res.narrow(c.doc.version)
	}
	layout := c.doc.version
	if c.layout != "" {
		layout = c.layout
	}
	old := layout == "0.1.0" || layout == "0.2.0"
	modern := !old && layout[0] != '0'
	b := make([]byte, 0, 256+160*len(r.ifaces)+96*len(r.ips)+64*len(r.routes))
	b = append(b, `{"cniVersion":`...)
	b = appendString(b, c.doc.version)
	if old {
		if err := r.narrow(c.doc.version); err != nil {
			return err
		}
		b = appendOld(b, r)
	} else {
		b = appendInterfaces(b, r.ifaces, modern)
		b = appendIPs(b, r.ips, !modern)
		b = appendRoutes(b, r.routes)
	}
	if old || !modern || !r.dns.empty() {
		b = appendDNS(b, &r.dns)
	}
	c.out = append(b, '}')
	return nil
}

// appendString writes a string; nearly all there are need no escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if ch := s[i]; ch < ' ' || ch >= 0x7f || ch == '"' || ch == '\\' ||
			ch == '<' || ch == '>' || ch == '&' {
			quoted, _ := json.Marshal(s) // a string can always be written
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return appendString(b, value)
}

func appendNumber(b []byte, name string, value int) []byte {
	if value == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, int64(value), 10)
}

func appendInterfaces(b []byte, list []iface, full bool) []byte { //nolint:revive // a version
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"interfaces":[`...)
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = appendString(b, list[i].name)
		b = appendMember(b, "mac", list[i].mac)
		if full {
			b = appendNumber(b, "mtu", list[i].mtu)
		}
		b = appendMember(b, "sandbox", list[i].sandbox)
		if full {
			b = appendMember(b, "socketPath", list[i].socket)
			b = appendMember(b, "pciID", list[i].pci)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendIPs(b []byte, list []ipConf, family bool) []byte { //nolint:revive // a version
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"ips":[`...)
	for i := range list {
		ip := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if family {
			b = append(b, `"version":"`...)
			b = append(b, family4or6(ip.addr.Addr()), '"', ',')
		}
		if ip.place != nowhere {
			b = append(b, `"interface":`...)
			b = strconv.AppendInt(b, int64(ip.place), 10)
			b = append(b, ',')
		}
		b = append(b, `"address":"`...)
		b = ip.addr.AppendTo(b)
		b = append(b, '"')
		b = appendAddr(b, `,"gateway":"`, ip.gw)
		b = append(b, '}')
	}
	return append(b, ']')
}

func family4or6(a netip.Addr) byte {
	if a.Is4() {
		return '4'
	}
	return '6'
}

func appendAddr(b []byte, before string, a netip.Addr) []byte {
	if !a.IsValid() {
		return b
	}
	b = append(b, before...)
	b = a.AppendTo(b)
	return append(b, '"')
}

func appendRoutes(b []byte, list []route) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"routes":[`...)
	for i := range list {
		r := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"dst":"`...)
		b = r.dst.AppendTo(b)
		b = append(b, '"')
		b = appendAddr(b, `,"gw":"`, r.gw)
		b = appendNumber(b, "mtu", r.mtu)
		b = appendNumber(b, "advmss", r.advMSS)
		b = appendNumber(b, "priority", r.priority)
		b = appendPointer(b, `,"table":`, r.table)
		b = appendPointer(b, `,"scope":`, r.scope)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendPointer(b []byte, before string, n *int) []byte {
	if n == nil {
		return b
	}
	b = append(b, before...)
	return strconv.AppendInt(b, int64(*n), 10)
}

func appendDNS(b []byte, d *dns) []byte {
	b = append(b, `,"dns":{`...)
	start := len(b)
	b = appendList(b, "nameservers", d.servers)
	b = appendMember(b, "domain", d.domain)
	b = appendList(b, "search", d.search)
	b = appendList(b, "options", d.options)
	if len(b) > start { // the first comma is one too many
		b = append(b[:start], b[start+1:]...)
	}
	return append(b, '}')
}

func appendList(b []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":[`...)
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendOld writes addresses as versions before 0.3.0 do.
func appendOld(b []byte, r *result) []byte {
	for i := range r.ips {
		ip := &r.ips[i]
		b = append(b, `,"ip`...)
		b = append(b, family4or6(ip.addr.Addr()))
		b = append(b, `":{"ip":"`...)
		b = ip.addr.AppendTo(b)
		b = append(b, '"')
		b = appendAddr(b, `,"gateway":"`, ip.gw)
		var routes []route
		for _, rt := range r.routes {
			if rt.dst.Addr().Is4() == ip.addr.Addr().Is4() {
				routes = append(routes, rt)
			}
		}
		b = appendRoutes(b, routes)
		b = append(b, '}')
	}
	return b
}
