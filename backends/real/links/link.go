package links

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// skipStats is RTEXT_FILTER_SKIP_STATS (include/uapi/linux/rtnetlink.h): names
// are wanted, and statistics are most of a dump. Kernels that do not know the
// flag send them all the same.
const skipStats = 1 << 3

// link is what is of interest of an interface.
type link struct {
	index int32
	name  string
	alts  []string // alternative names (kernel 5.5)
}

// byName finds an interface by its name or an alternative name, as the kernel
// does.
func byName(all []link, name string) (link, bool) {
	i := slices.IndexFunc(all, func(l link) bool {
		return l.name == name || slices.Contains(l.alts, name)
	})
	if i < 0 {
		return link{}, false
	}
	return all[i], true
}

// links lists the interfaces.
func (c *conn) links(ctx context.Context) ([]link, error) {
	messages, err := c.dump(ctx, unix.RTM_NEWLINK, func() *nl.NetlinkRequest {
		return linkRequest(unix.NLM_F_DUMP)
	})
	if err != nil {
		return nil, fail.New(kind(err), "interfaces can not be listed: %w", err)
	}
	all := make([]link, 0, len(messages))
	for _, message := range messages {
		l, err := parseLink(message)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// hasLink reports whether the kernel finds an interface by this name, which has
// at most maxName bytes. It is one question, however many interfaces there are.
func (c *conn) hasLink(ctx context.Context, name string) (bool, error) {
	req := linkRequest(0)
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(name)))
	messages, err := c.ask(ctx, req, unix.RTM_NEWLINK)
	switch {
	case errors.Is(err, unix.ENODEV):
		return false, nil
	case err != nil:
		return false, fail.New(kind(err), "interface %s can not be looked for: %w", name, err)
	case len(messages) == 0:
		return false, fail.New(fail.Internal,
			"interface %s can not be looked for: the kernel's answer is empty", name)
	}
	return true, nil
}

func linkRequest(flags int) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_GETLINK, flags)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	req.AddData(nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	return req
}

// parseLink decodes an RTM_NEWLINK message.
func parseLink(message []byte) (link, error) {
	if len(message) < unix.SizeofIfInfomsg {
		return link{}, fail.New(fail.Internal, "the kernel's answer about an interface is short")
	}
	l := link{index: nl.DeserializeIfInfomsg(message).Index}
	attrs, err := nl.ParseRouteAttr(message[unix.SizeofIfInfomsg:])
	if err != nil {
		return link{}, fmt.Errorf("the kernel's answer about an interface: %w", err)
	}
	for _, a := range attrs {
		switch a.Attr.Type &^ unix.NLA_F_NESTED {
		case unix.IFLA_IFNAME:
			l.name = unix.ByteSliceToString(a.Value)
		case unix.IFLA_PROP_LIST:
			props, err := nl.ParseRouteAttr(a.Value)
			if err != nil {
				return link{}, fmt.Errorf("the kernel's answer about %s: %w", l.name, err)
			}
			for _, p := range props {
				if p.Attr.Type == unix.IFLA_ALT_IFNAME {
					l.alts = append(l.alts, unix.ByteSliceToString(p.Value))
				}
			}
		}
	}
	return l, nil
}
