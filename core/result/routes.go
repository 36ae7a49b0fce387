package result

import (
	"encoding/json"
	"net/netip"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/fail"
)

// Route is what became of the default route of one family of an attachment.
type Route struct {
	V6      bool
	Lost    bool   // another attachment has it now
	Gateway string // what it was set to, or ""
}

// WithRoutes returns the result as it is after default routes were moved, in
// its own version: what CHECK has to expect.
func (o Outcome) WithRoutes(version string, moved []Route) ([]byte, error) {
	if len(moved) == 0 || o.Result == nil {
		return o.Raw, nil
	}
	edited := *o.Result
	for _, m := range moved {
		edited.Routes = edit(edited.Routes, m)
	}
	typed, err := Outcome{Result: &edited}.In(version)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(typed)
	if err != nil {
		return nil, fail.New(fail.Internal, "result: %w", err)
	}
	return raw, nil
}

// edit takes the default routes of a family out and puts the new one in.
func edit(routes []*types.Route, m Route) []*types.Route {
	if !m.Lost && m.Gateway == "" {
		return routes
	}
	var out []*types.Route
	for _, r := range routes {
		if isDefault(r) && isV6(r) == m.V6 {
			continue
		}
		out = append(out, r)
	}
	gateway, err := netip.ParseAddr(m.Gateway)
	if m.Lost || err != nil {
		return out
	}
	everywhere := netip.IPv4Unspecified()
	if m.V6 {
		everywhere = netip.IPv6Unspecified()
	}
	route := &types.Route{GW: gateway.AsSlice()}
	route.Dst.IP = everywhere.AsSlice()
	route.Dst.Mask = make([]byte, len(route.Dst.IP))
	return append(out, route)
}

// isDefault looks at the prefix length alone: an IPv4 default may be written
// with an address of four or of sixteen bytes.
func isDefault(r *types.Route) bool {
	ones, _ := r.Dst.Mask.Size()
	return len(r.Dst.Mask) > 0 && ones == 0 && r.Dst.IP.IsUnspecified()
}

func isV6(r *types.Route) bool { return r.Dst.IP.To4() == nil }
