package plugins

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// hash is the beginning of a hash in hexadecimal digits.
func hash(text string, digits int) string {
	sum := sha512.Sum512([]byte(text))
	return hex.EncodeToString(sum[:])[:digits]
}

// The errors of a node that has only the nft command.
var (
	errNoIPTables  = errors.New(`exec: "iptables": executable file not found in $PATH`)
	errNoIP6Tables = errors.New(`exec: "ip6tables": executable file not found in $PATH`)
)

const (
	masqTable   = "inet cni_plugins_masquerade"
	masqChecks  = "masq_checks"
	postrouting = "postrouting"
	commentMax  = 128 // NFTNL_UDATA_COMMENT_MAXLEN
)

// masqComment begins the comments of an interface's rules.
func (c *call) masqID() string {
	return hash(c.doc.name, 16) + "-" + hash(c.IfName+":"+c.ContainerID, 16)
}

// masqComment is the comment of the rules of an interface.
func (c *call) masqComment() string {
	text := c.masqID() + ", net: " + c.doc.name + ", if: " + c.IfName + ", id: " + c.ContainerID
	return text[:min(len(text), commentMax)]
}

// masquerade makes packets from addresses to outside their networks come from
// the node. It is one transaction of the packet filter.
func (c *call) masquerade(backend *string, ips []ipConf) error {
	if backend != nil {
		switch *backend {
		case "nftables":
		case "iptables":
			return fmt.Errorf("failed to locate iptables: %w", errNoIPTables)
		default:
			return fmt.Errorf("unknown ipmasq backend %q", *backend)
		}
	}
	id, comment := c.masqID(), c.masqComment()
	return c.p.Call(fault.FilterAdd, masqTable, func() error {
		t := transaction{c: c, table: masqTable}
		t.chain(masqChecks)
		if t.chain(postrouting) {
			t.rule(postrouting, "ip daddr 224.0.0.0/4 return", "", "")
			t.rule(postrouting, "ip6 daddr ff00::/8 return", "", "")
			t.rule(postrouting, "goto "+masqChecks, masqChecks, "")
		}
		t.drop(masqChecks, func(key string) bool { return strings.HasPrefix(key, id) })
		for _, ip := range ips {
			family := "ip"
			if ip.addr.Addr().Is6() {
				family = "ip6"
			}
			t.rule(masqChecks, family+" saddr "+ip.addr.Addr().String()+" "+family+" daddr != "+
				ip.addr.Masked().String()+" masquerade", "", comment)
		}
		return t.err
	})
}

// unmasquerade removes the rules of an interface.
func (c *call) unmasquerade() error {
	id := c.masqID()
	return c.p.Call(fault.FilterDel, masqTable, func() error {
		t := transaction{c: c, table: masqTable}
		t.drop(masqChecks, func(key string) bool { return strings.HasPrefix(key, id) })
		return t.err
	})
}

// transaction changes one table of the node's packet filter. The first error
// ends it; that the kernel takes back what came before is not needed, for what
// can fail comes first.
type transaction struct {
	c     *call
	table string
	err   error
}

// chain makes a chain unless it is there, and reports whether it made it.
func (t *transaction) chain(name string) bool {
	if t.err != nil || t.c.host.Chain(t.table, name) != nil {
		return false
	}
	t.err = t.c.k.AddChain(t.c.host, t.table, name, t.c.mark())
	return t.err == nil
}

func (t *transaction) rule(chain, text, jump, key string) {
	if t.err == nil {
		t.err = t.c.k.AppendRule(t.c.host, t.table, chain,
			kernel.FilterRule{Text: text, Jump: jump, Key: key, Mark: t.c.mark()})
	}
}

// refill replaces the rules of a chain by one, unless it is all there is.
func (t *transaction) refill(chain, text, jump string) {
	if t.err != nil {
		return
	}
	if have := t.c.host.Chain(t.table, chain); have != nil && len(have.Rules) == 1 &&
		have.Rules[0].Text == text {
		return
	}
	t.err = t.c.k.FlushChain(t.c.host, t.table, chain)
	t.rule(chain, text, jump, "")
}

// drop deletes the rules of a chain whose key is one of somebody's. A chain that
// is not there has none.
func (t *transaction) drop(chain string, his func(key string) bool) {
	have := t.c.host.Chain(t.table, chain)
	if have == nil {
		return
	}
	for i := 0; i < len(have.Rules) && t.err == nil; {
		if r := have.Rules[i]; his(r.Key) {
			t.err = t.c.k.DelFilterRule(t.c.host, t.table, chain, r)
			continue
		}
		i++
	}
}

const spoofTable = "bridge nat"

// spoofChains are the two chains of an interface's check of its address.
func (c *call) spoofChains() (string, string) {
	link := "cni-br-iface-" + c.ContainerID + "-" + c.IfName
	return link, link + "-mac"
}

// spoofCheck drops what comes from a port with another address than the one that
// its link in the sandbox has.
func (c *call) spoofCheck(name, mac string) error {
	link, own := c.spoofChains()
	key := "macspoofchk-" + c.ContainerID + "-" + c.IfName
	err := c.p.Call(fault.FilterAdd, spoofTable, func() error {
		t := transaction{c: c, table: spoofTable}
		for _, chain := range []string{"PREROUTING", link, own} {
			t.chain(chain)
		}
		return t.err
	})
	if err == nil {
		err = c.p.Call(fault.FilterAdd, spoofTable, func() error {
			t := transaction{c: c, table: spoofTable}
			for _, chain := range []string{link, own} {
				if t.err == nil {
					t.err = c.k.FlushChain(c.host, spoofTable, chain)
				}
			}
			t.rule("PREROUTING", `iifname "`+name+`" jump `+link, link, key)
			t.rule(link, "jump "+own, own, key)
			t.rule(own, "ether saddr "+mac+" return", "", key)
			t.rule(own, "drop", "", key)
			return t.err
		})
	}
	if err != nil {
		return fmt.Errorf("failed to setup spoof-check: %w", err)
	}
	return nil
}

// spoofUncheck removes the check. What goes wrong is only printed.
func (c *call) spoofUncheck() {
	link, own := c.spoofChains()
	key := "macspoofchk-" + c.ContainerID + "-" + c.IfName
	_ = c.p.Call(fault.FilterDel, spoofTable, func() error {
		t := transaction{c: c, table: spoofTable}
		t.drop("PREROUTING", func(k string) bool { return k == key })
		return t.err
	})
	_ = c.p.Call(fault.FilterDel, spoofTable, func() error {
		for _, chain := range []string{link, own} {
			if c.host.Chain(spoofTable, chain) == nil {
				return errno.ENOENT
			}
		}
		for _, chain := range []string{link, own} {
			if err := c.k.FlushChain(c.host, spoofTable, chain); err != nil {
				return err
			}
		}
		for _, chain := range []string{link, own} {
			if err := c.k.DelChain(c.host, spoofTable, chain); err != nil {
				return err
			}
		}
		return nil
	})
}

// routeTo finds the link of the node by which an address is reached.
func (c *call) routeTo(to netip.Addr) *kernel.Link {
	for _, table := range []int{kernel.TableLocal, kernel.TableMain} {
		var best *kernel.Route
		for _, r := range c.host.Routes(to.Is6(), table) {
			if r.Dev != nil && r.Dst.Contains(to) &&
				(best == nil || r.Dst.Bits() > best.Dst.Bits()) {
				best = r
			}
		}
		if best != nil {
			return best.Dev
		}
	}
	return nil
}
