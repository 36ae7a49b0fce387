package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Route is one of any routing table but "local", which follows the addresses.
type Route struct {
	Link    int    // index of its interface; 0 when it has several, or none
	Text    string // all of it
	Default bool   // it is one of the main table, for what no other route is for
	Gateway string // "" without one
}

// Routes lists the routes of the namespace at a path, without those to
// link-local IPv6 addresses, which the kernel gives to every link. Errors are
// those of [At].
func Routes(ctx context.Context, path string) ([]Route, error) {
	var out []Route
	err := within(ctx, path, func(o opened) error {
		all, err := whole(func() ([]netlink.Route, error) {
			//nolint:forbidigo // whole never takes an interrupted dump for an answer
			return o.handle.RouteListFiltered(netlink.FAMILY_ALL,
				&netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
		})
		for _, r := range all {
			if r.Table != unix.RT_TABLE_LOCAL && !isEveryLinks(r) {
				out = append(out, routeOf(r))
			}
		}
		return err
	})
	return out, err
}

func isEveryLinks(r netlink.Route) bool {
	return r.Dst != nil && r.Dst.IP.To4() == nil && r.Dst.IP.IsLinkLocalUnicast()
}

func routeOf(r netlink.Route) Route {
	out := Route{Link: r.LinkIndex, Text: r.String()}
	out.Default = r.Table == unix.RT_TABLE_MAIN && isDefault(r)
	if r.Gw != nil {
		out.Gateway = r.Gw.String()
	}
	return out
}

// isDefault: netlink has told both nil and 0.0.0.0/0 for a default route, by
// version.
func isDefault(r netlink.Route) bool {
	if r.Dst == nil {
		return true
	}
	ones, _ := r.Dst.Mask.Size()
	return ones == 0 && r.Dst.IP.IsUnspecified()
}

// Rules lists the rules of policy routing (ip-rule(8)) of the namespace at a
// path, IPv4 before IPv6, in the kernel's order. Errors are those of [At].
func Rules(ctx context.Context, path string) ([]string, error) {
	var out []string
	err := within(ctx, path, func(o opened) error {
		for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
			all, err := whole(func() ([]netlink.Rule, error) {
				//nolint:forbidigo // whole never takes an interrupted dump for an answer
				return o.handle.RuleList(family)
			})
			switch {
			case errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EOPNOTSUPP):
				continue // the kernel has no such family, or no such rules
			case err != nil:
				return err
			}
			for _, r := range all {
				out = append(out, ruleText(family, r))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ruleText says all that netlink knows of a rule; its own text leaves most out.
func ruleText(family int, r netlink.Rule) string {
	var b strings.Builder
	b.WriteString(map[int]string{netlink.FAMILY_V4: "IPv4", netlink.FAMILY_V6: "IPv6"}[family])
	b.WriteString(strings.TrimRight(strings.TrimPrefix(r.String(), "ip rule"), " "))
	if r.Invert {
		b.WriteString(" not")
	}
	if r.Mark != 0 {
		_, _ = fmt.Fprintf(&b, " fwmark %#x", r.Mark)
	}
	if r.Mask != nil {
		_, _ = fmt.Fprintf(&b, "/%#x", *r.Mask)
	}
	if r.Sport != nil {
		_, _ = fmt.Fprintf(&b, " sport %d-%d", r.Sport.Start, r.Sport.End)
	}
	if r.Dport != nil {
		_, _ = fmt.Fprintf(&b, " dport %d-%d", r.Dport.Start, r.Dport.End)
	}
	if r.UIDRange != nil {
		_, _ = fmt.Fprintf(&b, " uidrange %d-%d", r.UIDRange.Start, r.UIDRange.End)
	}
	for _, part := range []struct {
		there bool
		name  string
		value any
	}{
		{r.Tos != 0, "tos", r.Tos},
		{r.IifName != "", "iif", r.IifName},
		{r.OifName != "", "oif", r.OifName},
		{r.IPProto != 0, "ipproto", r.IPProto},
		{r.Goto > 0, "goto", r.Goto},
		{r.SuppressPrefixlen >= 0, "suppress_prefixlength", r.SuppressPrefixlen},
		{r.SuppressIfgroup >= 0, "suppress_ifgroup", r.SuppressIfgroup},
	} {
		if part.there {
			_, _ = fmt.Fprintf(&b, " %s %v", part.name, part.value)
		}
	}
	return b.String()
}
