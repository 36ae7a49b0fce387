package result

import (
	"encoding/json"
	"slices"

	current "github.com/containernetworking/cni/pkg/types/100"

	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/rawjson"
	"patchbay/core/record"
)

// element is one entry of the network-status annotation (NPWG standard v1.3
// §5.2). The order of the fields is what Multus writes and dashboards compare.
type element struct {
	Name       string          `json:"name"`
	Interface  string          `json:"interface,omitempty"`
	IPs        []string        `json:"ips,omitempty"`
	MAC        string          `json:"mac,omitempty"`
	MTU        int             `json:"mtu,omitempty"`
	Default    *bool           `json:"default,omitempty"`
	DNS        dns             `json:"dns"`
	DeviceInfo json.RawMessage `json:"device-info,omitempty"`
	Gateway    []string        `json:"gateway,omitempty"`
	// DefaultRoute is what the standard calls Gateway.
	DefaultRoute []string `json:"default-route,omitempty"`
	// Error is ours: why an optional network is not there.
	Error string `json:"error,omitempty"`
}

type dns struct {
	Nameservers []string `json:"nameservers,omitempty"`
	Domain      string   `json:"domain,omitempty"`
	Search      []string `json:"search,omitempty"`
	Options     []string `json:"options,omitempty"`
}

// Status returns the value of the network-status annotation; "" when there is
// nothing to say. Outcomes are by interface name.
func Status(r record.Record, outcomes map[string]Outcome, dropped []need.Dropped) (string, error) {
	list := make([]element, 0, len(r.Attachments)+len(dropped))
	npwg := r.Compat == string(annotation.NPWG13)
	fill := func(*element) {}
	if npwg {
		fill = required
	}
	for _, a := range r.Attachments {
		o := outcomes[a.IfName]
		switch {
		case o.Err != nil:
			list = append(list, element{
				Name: a.Network, Interface: a.IfName, Error: o.Err.Error(),
			})
		case o.Empty():
		case npwg:
			list = append(list, standard(a, o))
		case len(o.Result.Interfaces) == 1:
			list = append(list, single(a, o))
		default:
			list = append(list, multiple(a, o)...)
		}
	}
	for _, d := range dropped {
		list = append(list, element{
			Name: d.Network, Interface: d.IfName, Error: d.Reason.Error(),
		})
	}
	return render(list, fill)
}

// render lays the list out as Multus does: every element indented by four
// spaces, and a comma with nothing around it between them.
func render(list []element, fill func(*element)) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	out := append(make([]byte, 0, 256*len(list)), '[') // most elements are shorter
	for i := range list {
		fill(&list[i])
		text, err := json.Marshal(&list[i])
		if err != nil {
			return "", fail.New(fail.Internal, "network status: %w", err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = rawjson.AppendIndent(out, text, "    ")
	}
	return string(append(out, ']')), nil
}

// required fills in what the standard demands of every element.
func required(e *element) {
	if e.Default == nil {
		e.Default = new(bool)
	}
}

// base holds what every element of an attachment repeats.
func base(a record.Attachment, o Outcome) element {
	d := o.Result.DNS
	return element{
		Name:       a.Network,
		DNS:        dns{d.Nameservers, d.Domain, d.Search, d.Options},
		DeviceInfo: o.DeviceInfo,
		Gateway:    gateways(o.Result),
	}
}

// gateways lists the gateways of the default routes. One without a gateway is
// printed as Go prints no address, which is what dashboards have seen so far.
func gateways(r *current.Result) []string {
	var out []string
	for _, route := range r.Routes {
		if isDefault(route) {
			out = append(out, route.GW.String())
		}
	}
	return out
}

// single is the element of a result with exactly one interface: all addresses
// are its own. A host-side interface is not the pod's, and is not named.
func single(a record.Attachment, o Outcome) element {
	e := base(a, o)
	if a.Master {
		e.Default = &a.Master
	}
	if i := o.Result.Interfaces[0]; i.Sandbox != "" {
		e.Interface, e.MAC, e.MTU = i.Name, i.Mac, i.Mtu
	}
	for _, ip := range o.Result.IPs {
		e.IPs = append(e.IPs, ip.Address.IP.String())
	}
	return e
}

// multiple gives each interface in the sandbox an element. An address without
// an interface goes to the last one; "default" to the interface of the first
// address with a gateway, else to the first interface.
func multiple(a record.Attachment, o Outcome) []element {
	var list []element
	at := map[int]int{} // index in Interfaces -> index in list
	for i, link := range o.Result.Interfaces {
		if link.Sandbox == "" {
			continue
		}
		e := base(a, o)
		e.Interface, e.MAC, e.MTU = link.Name, link.Mac, link.Mtu
		at[i] = len(list)
		list = append(list, e)
	}
	if len(list) == 0 {
		list = append(list, base(a, o))
	}
	isDefaultAt := -1
	for _, ip := range o.Result.IPs {
		to := len(list) - 1
		if ip.Interface != nil {
			i, ok := at[*ip.Interface]
			if !ok {
				continue // the address of a host-side interface
			}
			to = i
			if ip.Gateway != nil && isDefaultAt < 0 {
				isDefaultAt = to
			}
		}
		list[to].IPs = append(list[to].IPs, ip.Address.IP.String())
	}
	if a.Master {
		list[max(isDefaultAt, 0)].Default = &a.Master
	}
	return list
}

// standard is the one element that the NPWG standard wants: the first interface
// in the sandbox, with its addresses (v1.3 §5.2.3).
func standard(a record.Attachment, o Outcome) element {
	e := base(a, o)
	e.Default = &a.Master
	e.DefaultRoute, e.Gateway = e.Gateway, nil
	at := slices.IndexFunc(o.Result.Interfaces, func(i *current.Interface) bool {
		return i.Sandbox != ""
	})
	if at >= 0 {
		link := o.Result.Interfaces[at]
		e.Interface, e.MAC, e.MTU = link.Name, link.Mac, link.Mtu
	}
	for _, ip := range o.Result.IPs {
		if at < 0 || ip.Interface == nil || *ip.Interface == at {
			e.IPs = append(e.IPs, ip.Address.IP.String())
		}
	}
	return e
}
