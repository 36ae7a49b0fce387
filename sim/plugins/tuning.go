//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// tuning is the configuration of the plugin "tuning".
type tuning struct {
	dir      string
	sysctls  []sysctlItem // sorted; the real plugin takes them as they come
	mac      string
	promisc  bool
	mtu      int
	txQLen   *int
	allMulti *bool

	args    *tuningArgs
	runtime string // the address of runtimeConfig
}

type sysctlItem struct{ key, value string }

// tuningArgs are what "args" of the configuration may hold.
type tuningArgs struct {
	SysCtl   *map[string]string `json:"sysctl"`
	Mac      *string            `json:"mac,omitempty"`
	Promisc  *bool              `json:"promisc,omitempty"`
	Mtu      *int               `json:"mtu,omitempty"`
	Allmulti *bool              `json:"allmulti,omitempty"`
	TxQLen   *int               `json:"txQLen,omitempty"`
}

const (
	tuningDir   = "/run/cni/tuning"
	tuningAllow = "/etc/cni/tuning/allowlist.conf"
)

var errDuplicate = errors.New("duplicated sysctl keys are not allowed")

func makeTuning(text []byte) (*tuning, error) {
	var n struct {
		types.NetConf
		DataDir  string            `json:"dataDir,omitempty"`
		SysCtl   map[string]string `json:"sysctl"`
		Mac      string            `json:"mac,omitempty"`
		Promisc  bool              `json:"promisc,omitempty"`
		Mtu      int               `json:"mtu,omitempty"`
		TxQLen   *int              `json:"txQLen,omitempty"`
		Allmulti *bool             `json:"allmulti,omitempty"`

		RuntimeConfig struct {
			Mac string `json:"mac,omitempty"`
		} `json:"runtimeConfig"`
		Args *struct {
			A *tuningArgs `json:"cni"`
		} `json:"args"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	out := &tuning{
		dir: n.DataDir, mac: n.Mac, promisc: n.Promisc, mtu: n.Mtu, txQLen: n.TxQLen,
		allMulti: n.Allmulti, runtime: n.RuntimeConfig.Mac,
	}
	if out.dir == "" {
		out.dir = tuningDir
	}
	all := n.SysCtl
	if n.Args != nil && n.Args.A != nil {
		out.args = n.Args.A
		if n.Args.A.SysCtl != nil {
			if all == nil {
				return nil, errCrashed // an assignment to an entry in a nil map
			}
			maps.Copy(all, *n.Args.A.SysCtl)
		}
	}
	for k, v := range all {
		out.sysctls = append(out.sysctls, sysctlItem{k, v})
	}
	slices.SortFunc(out.sysctls, func(a, b sysctlItem) int { return strings.Compare(a.key, b.key) })
	return out, nil
}

// errCrashed is what whoever started a plugin that crashed makes of it.
var errCrashed = &types.Error{Msg: "netplugin failed: \"panic: ...\""}

// duplicate finds a key that is twice among the sysctls of a configuration.
func duplicate(text []byte) error {
	var n struct {
		SysCtl json.RawMessage `json:"sysctl"`
	}
	if err := json.Unmarshal(text, &n); err != nil || n.SysCtl == nil {
		return err
	}
	var seen []string
	twice := false
	s := scanner{text: n.SysCtl}
	s.object(func(s *scanner, key []byte) bool {
		twice = twice || slices.Contains(seen, string(key))
		seen = append(seen, string(key))
		return s.skip()
	})
	if twice {
		return errDuplicate
	}
	return nil
}

// loadTuning completes the configuration by what was asked for otherwise: of an
// address "args" is the strongest, CNI_ARGS the weakest.
func (c *call) loadTuning() (tuning, error) {
	given, err := formOf(c, "tuning", makeTuning)
	if err != nil {
		return tuning{}, err
	}
	n := *given
	args, err := c.arguments(knowsMAC)
	if err != nil {
		return n, err
	}
	for _, mac := range [2]string{args.MAC, n.runtime} {
		if mac != "" {
			n.mac = mac
		}
	}
	if n.args != nil {
		n.args.override(&n)
	}
	return n, nil
}

// override puts what "args" holds in the place of what the configuration says.
func (a *tuningArgs) override(n *tuning) {
	if a.Mac != nil {
		n.mac = *a.Mac
	}
	if a.Promisc != nil {
		n.promisc = *a.Promisc
	}
	if a.Mtu != nil {
		n.mtu = *a.Mtu
	}
	if a.Allmulti != nil {
		n.allMulti = a.Allmulti
	}
	if a.TxQLen != nil {
		n.txQLen = a.TxQLen
	}
}

// changes reports whether an attribute of the link is to be changed.
func (n *tuning) changes() bool {
	return n.mac != "" || n.mtu != 0 || n.promisc || n.allMulti != nil || n.txQLen != nil
}

// allowed checks the sysctls against the list of the node, if it has one.
func (c *call) allowed(n *tuning) error {
	var data []byte
	err := c.p.Call(fault.FileRead, tuningAllow, func() error {
		var err error
		data, err = c.Machine.Disk.ReadFile(tuningAllow)
		return err
	})
	if sameAs(err, errno.ENOENT) {
		return nil
	}
	if err != nil {
		return pathError("open", tuningAllow, err)
	}
	var list []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	for _, item := range n.sysctls {
		matches := func(pattern string) bool {
			ok, err := regexp.MatchString(pattern, item.key)
			return err == nil && ok
		}
		if !slices.ContainsFunc(list, matches) {
			return fmt.Errorf("Sysctl %s is not allowed. "+
				"Only the following sysctls are allowed: %+v", item.key, list)
		}
	}
	return nil
}

// sysctlPath is the path below /proc/sys of a key, which must be of the network.
func (c *call) sysctlPath(key string) (string, error) {
	key = strings.ReplaceAll(key, ".", "/")
	key = strings.Replace(key, "IFNAME", c.IfName, 1)
	full := path.Join("/proc/sys", key)
	if !strings.HasPrefix(full, "/proc/sys/net/") {
		return "", fmt.Errorf("invalid net sysctl key: %q", key)
	}
	return strings.TrimPrefix(full, "/proc/sys/"), nil
}

func tuningAdd(c *call) error {
	if err := duplicate(c.doc.text); err != nil {
		return err
	}
	n, err := c.loadTuning()
	if err != nil {
		return err
	}
	if err = c.allowed(&n); err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("Required prevResult missing")
	}
	r, err := c.previous()
	if err != nil {
		return err
	}
	if err := c.applyTuning(&n); err != nil {
		return err
	}
	if n.mac != "" {
		for i := range r.ifaces {
			if r.ifaces[i].name == c.IfName {
				r.ifaces[i].mac = n.mac
			}
		}
	}
	return c.print(&r)
}

// applyTuning writes the switches and changes the link.
func (c *call) applyTuning(n *tuning) error {
	ns, err := c.open(c.NetNS)
	if err != nil {
		return err
	}
	for _, item := range n.sysctls {
		name, err := c.sysctlPath(item.key)
		if err != nil {
			return err
		}
		if err := c.sysctl(ns, name, item.value); err != nil {
			return pathError("open", "/proc/sys/"+name, err)
		}
	}
	if !n.changes() {
		return nil
	}
	if err := c.backup(ns, n); err != nil {
		return err
	}
	return c.tune(ns, n)
}

// tune changes the attributes of the link, and looks it up for each.
func (c *call) tune(ns *kernel.Namespace, n *tuning) error {
	if n.mac != "" {
		if err := c.changeMAC(ns, n.mac); err != nil {
			return err
		}
	}
	if n.promisc {
		if err := c.changeLink(ns, func(l *kernel.Link) error {
			return c.k.SetPromisc(l, true)
		}); err != nil {
			return err
		}
	}
	if n.mtu != 0 {
		if err := c.changeLink(ns, func(l *kernel.Link) error {
			return c.k.SetMTU(l, n.mtu)
		}); err != nil {
			return err
		}
	}
	if n.allMulti != nil {
		if err := c.changeLink(ns, func(l *kernel.Link) error {
			return c.k.SetAllMulti(l, *n.allMulti)
		}); err != nil {
			return err
		}
	}
	if n.txQLen != nil {
		return c.changeLink(ns, func(l *kernel.Link) error {
			return c.k.SetTxQLen(l, *n.txQLen)
		})
	}
	return nil
}

func (c *call) changeLink(ns *kernel.Namespace, change func(*kernel.Link) error) error {
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("failed to get %q: %w", c.IfName, err)
	}
	return c.on(ns, l, fault.LinkSet, func() error { return change(l) })
}

func (c *call) changeMAC(ns *kernel.Namespace, text string) error {
	mac, err := parseMAC(text)
	if err != nil {
		return fmt.Errorf("invalid args %v for MAC addr: %w", text, err)
	}
	return c.changeLink(ns, func(l *kernel.Link) error { return c.k.SetMAC(l, mac) })
}
