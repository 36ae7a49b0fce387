package doctor

import (
	"fmt"
	"slices"
	"strings"

	"patchbay/backends"
	"patchbay/cmd/internal/nodefiles"
)

// leases finds addresses that host-local holds for nobody. Only networks that
// our records or our configuration name are judged: of all others, other users
// of the same directory are the ones to know.
func leases(f Facts) []Finding {
	ours := f.networks()
	var out []Finding
	foreign := map[string]int{}
	for _, l := range f.Leases {
		switch {
		case !slices.Contains(ours, l.Network):
			foreign[l.Network]++
		case f.holds(l.ContainerID, l.IfName, l.Network):
		case f.unread(l.ContainerID):
			out = append(out, Finding{
				Info, address(l),
				"It is held for " + holder(l) + ", of which the record can not be read.", "",
			})
		case !f.AllSeen:
			out = append(out, Finding{Info, address(l), "It is held for " + holder(l) +
				", which no record names; whether an interface has it could not be looked at.", ""})
		case f.Addresses[l.Address]:
			out = append(out, Finding{Info, address(l), "It is held for " + holder(l) +
				", which no record names, but an interface has it; left alone.", ""})
		default:
			out = append(out, Finding{
				Warning, address(l), "It is held for " + holder(l) +
					", which no record names, and no interface has it: it is lost to others.",
				"rm " + quote(l.Path),
			})
		}
	}
	for network, n := range foreign {
		out = append(out, Finding{
			Info, "network " + network,
			fmt.Sprintf("It is not ours, and the addresses it holds (%d) are left alone.", n), "",
		})
	}
	return out
}

func address(l nodefiles.Lease) string {
	return "address " + l.Address.String() + " of network " + l.Network
}

func holder(l nodefiles.Lease) string {
	if l.ContainerID == "" {
		return "nobody"
	}
	return strings.TrimSpace("container " + l.ContainerID + " " + l.IfName)
}

// networks are the names of those we know.
func (f Facts) networks() []string {
	out := slices.Clone(f.Configured)
	for _, a := range f.attachments() {
		out = append(out, a.Name)
	}
	for _, r := range f.Results {
		if r.Err == nil {
			out = append(out, r.Entry.Network)
		}
	}
	return out
}

// unread reports whether there is a record of a container that nobody can read:
// then nobody can say that it does not hold something.
func (f Facts) unread(containerID string) bool {
	for _, s := range f.Sandboxes {
		if s.Err != nil && s.Key.ContainerID == containerID {
			return true
		}
	}
	return slices.ContainsFunc(f.Quarantined, func(q backends.Quarantined) bool {
		return q.Record == nil && q.Key.ContainerID == containerID
	})
}
