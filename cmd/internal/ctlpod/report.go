package ctlpod

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"

	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// Report is what became of one pod.
type Report struct {
	Pod         string      `json:"pod"`
	ContainerID string      `json:"containerID,omitempty"`
	Sandbox     string      `json:"sandbox,omitempty"`
	Interfaces  []Interface `json:"interfaces,omitempty"`
	// Done says what was done, where there is nothing else to show.
	Done  string `json:"done,omitempty"`
	Error string `json:"error,omitempty"`
	// Status is the network-status annotation.
	Status json.RawMessage `json:"networkStatus,omitempty"`
	// Differences are what the annotation says and the kernel does not, and
	// the other way round.
	Differences []Difference `json:"differences,omitempty"`
}

// Interface is one interface in the pod.
type Interface struct {
	Name      string   `json:"interface"`
	Network   string   `json:"network,omitempty"` // "" when no record names it
	Kind      string   `json:"kind"`
	Up        bool     `json:"up"`
	Addresses []string `json:"addresses,omitempty"`
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu"`
	Gateways  []string `json:"defaultRoutes,omitempty"` // "link" for one without a gateway
}

// Difference is one thing about one interface.
type Difference struct {
	Interface string `json:"interface"`
	What      string `json:"what"`
	Kernel    string `json:"kernel"`
	Status    string `json:"status"`
}

// Interfaces joins what the kernel has with the networks of a record. The
// loopback interface is every namespace's own.
func Interfaces(links []kernel.Link, routes []kernel.Route, r record.Record) []Interface {
	networks := map[string]string{}
	for _, a := range r.Attachments {
		networks[a.IfName] = a.Network
	}
	var out []Interface
	for _, l := range links {
		if l.Name == "lo" {
			continue
		}
		i := Interface{
			Name: l.Name, Network: networks[l.Name], Kind: l.Kind, Up: l.Up,
			Addresses: kernel.WorthShowing(l.Addresses), MAC: l.MAC, MTU: l.MTU,
		}
		for _, route := range routes {
			if route.Default && route.Link == l.Index {
				i.Gateways = append(i.Gateways, cmp.Or(route.Gateway, "link"))
			}
		}
		out = append(out, i)
	}
	return out
}

// element is what is compared of an entry of the annotation.
type element struct {
	Name      string   `json:"name"`
	Interface string   `json:"interface"`
	IPs       []string `json:"ips"`
	MAC       string   `json:"mac"`
	MTU       int      `json:"mtu"`
	Error     string   `json:"error"`
}

// Compare lists where the kernel and the annotation differ. What the
// annotation leaves out is no difference but for a whole interface. Decode: the
// annotation is not what the standard says (NPWG v1.3 §5.2).
func Compare(interfaces []Interface, status []byte) ([]Difference, error) {
	var list []element
	if len(status) > 0 {
		if err := json.Unmarshal(status, &list); err != nil {
			return nil, fail.New(fail.Decode, "the network-status annotation: %w", err)
		}
	}
	var out []Difference
	said := map[string]bool{}
	for _, e := range list {
		said[e.Interface] = true
		if e.Interface == "" || e.Error != "" {
			continue
		}
		at := slices.IndexFunc(interfaces, func(i Interface) bool { return i.Name == e.Interface })
		if at < 0 {
			out = append(out, Difference{e.Interface, "interface", "", "there"})
			continue
		}
		out = append(out, differences(interfaces[at], e)...)
	}
	for _, i := range interfaces {
		if !said[i.Name] {
			out = append(out, Difference{i.Name, "interface", "there", ""})
		}
	}
	return out, nil
}

func differences(i Interface, e element) []Difference {
	var out []Difference
	if e.MAC != "" && e.MAC != i.MAC {
		out = append(out, Difference{i.Name, "mac", i.MAC, e.MAC})
	}
	if e.MTU != 0 && e.MTU != i.MTU {
		out = append(out, Difference{i.Name, "mtu", strconv.Itoa(i.MTU), strconv.Itoa(e.MTU)})
	}
	have := map[string]bool{}
	for _, a := range i.Addresses {
		if prefix, err := netip.ParsePrefix(a); err == nil {
			have[prefix.Addr().String()] = true
		}
	}
	for _, ip := range e.IPs {
		if !have[plain(ip)] {
			out = append(out, Difference{i.Name, "address", "", ip})
		}
		delete(have, plain(ip))
	}
	for _, a := range i.Addresses {
		if prefix, err := netip.ParsePrefix(a); err == nil && have[prefix.Addr().String()] {
			out = append(out, Difference{i.Name, "address", a, ""})
		}
	}
	return out
}

// plain is an address in the one form it is compared in.
func plain(ip string) string {
	if a, err := netip.ParseAddr(ip); err == nil {
		return a.String()
	}
	return ip
}
