package kernel_test

import (
	"errors"
	"net/netip"
	"testing"

	"patchbay/sim/errno"
	"patchbay/sim/kernel"
)

// world is a node with what the tables below refuse something about.
type world struct {
	t    *testing.T
	k    *kernel.Kernel
	ns   *kernel.Namespace
	card *kernel.Link
}

func newWorld(t *testing.T, p kernel.Profile) *world {
	t.Helper()
	w := &world{t: t, k: kernel.New(p)}
	var err error
	if w.card, err = w.k.AddNIC("ens1", kernel.MAC{2, 9, 9, 9, 9, 9}, 1500, "0000:3b:00.0"); err != nil {
		t.Fatal(err)
	}
	if w.ns, err = w.k.Unshare("/run/netns/pod", kernel.Mark{}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) add(s kernel.Spec) *kernel.Link {
	w.t.Helper()
	l, err := w.k.Add(w.k.Host(), s)
	if err != nil {
		w.t.Fatalf("%s %q: %v", s.Kind, s.Name, err)
	}
	return l
}

func (w *world) try(s kernel.Spec) error {
	_, err := w.k.Add(w.k.Host(), s)
	return err
}

// TestRefusals are those that ci/fidelity/links can not compare with the kernel
// of this machine, for it lacks the kinds of link (kernel sources, 6.18).
func TestRefusals(t *testing.T) {
	lo := func(w *world) *kernel.Link { return w.k.Host().ByName("lo") }
	vlan := func(w *world) *kernel.Link {
		return w.add(kernel.Spec{Kind: kernel.Vlan, Name: "v7", Parent: w.card, VlanID: 7})
	}
	for _, c := range []struct {
		name string
		do   func(*world) error
		want error
	}{
		{"a vlan without a parent", func(w *world) error {
			return w.try(kernel.Spec{Kind: kernel.Vlan, VlanID: 1})
		}, errno.EINVAL},
		{"a vlan on the loopback", func(w *world) error {
			return w.try(kernel.Spec{Kind: kernel.Vlan, Parent: lo(w), VlanID: 1})
		}, errno.EOPNOTSUPP},
		{"vlan 4096", func(w *world) error {
			return w.try(kernel.Spec{Kind: kernel.Vlan, Parent: w.card, VlanID: 4096})
		}, errno.ERANGE},
		{"a vlan twice", func(w *world) error {
			vlan(w)
			return w.try(kernel.Spec{Kind: kernel.Vlan, Parent: w.card, VlanID: 7})
		}, errno.EEXIST},
		{"a vlan up on a parent that is down", func(w *world) error {
			return w.k.SetUp(vlan(w))
		}, errno.ENETDOWN},
		{"a vlan with a greater MTU than its parent", func(w *world) error {
			return w.k.SetMTU(vlan(w), 1501)
		}, errno.ERANGE},
		{"an ipvlan beside a macvlan", func(w *world) error {
			w.add(kernel.Spec{Kind: kernel.Macvlan, Parent: w.card})
			return w.try(kernel.Spec{Kind: kernel.Ipvlan, Parent: w.card})
		}, errno.EBUSY},
		{"a macvlan beside an ipvlan", func(w *world) error {
			w.add(kernel.Spec{Kind: kernel.Ipvlan, Parent: w.card})
			return w.try(kernel.Spec{Kind: kernel.Macvlan, Parent: w.card})
		}, errno.EBUSY},
		{"a macvlan on a bridge's port", func(w *world) error {
			br := w.add(kernel.Spec{Kind: kernel.Bridge, Name: "br0"})
			if err := w.k.SetMaster(w.card, br); err != nil {
				return err
			}
			return w.try(kernel.Spec{Kind: kernel.Macvlan, Parent: w.card})
		}, errno.EBUSY},
		{"a bridge into a bridge", func(w *world) error {
			a := w.add(kernel.Spec{Kind: kernel.Bridge})
			return w.k.SetMaster(a, w.add(kernel.Spec{Kind: kernel.Bridge}))
		}, errno.ELOOP},
		{"a VRF without a table", func(w *world) error {
			return w.try(kernel.Spec{Kind: kernel.VRF})
		}, errno.EINVAL},
		{"a VRF into another namespace", func(w *world) error {
			return w.k.Move(w.add(kernel.Spec{Kind: kernel.VRF, Table: 9}), w.ns, "")
		}, errno.EINVAL},
		{"deleting a card", func(w *world) error { return w.k.Delete(w.card) }, errno.EOPNOTSUPP},
		{"a namespace where there is one", func(w *world) error {
			_, err := w.k.Unshare("/run/netns/pod", kernel.Mark{})
			return err
		}, errno.EEXIST},
		{"a plain file for a namespace", func(w *world) error {
			w.k.Touch("/run/netns/old")
			_, err := w.k.Open("/run/netns/old")
			return err
		}, errno.EINVAL},
		{"a switch that nobody can write", func(w *world) error {
			return w.k.SetSysctl(w.ns, "net/ipv4/conf/lo/mc_forwarding", "1")
		}, errno.EACCES},
		{"any switch where none can be written", func(w *world) error {
			w.k.ReadOnlySysctl = true
			return w.k.SetSysctl(w.ns, "net/ipv4/ip_forward", "1")
		}, errno.EROFS},
		{"a switch's value that is no number", func(w *world) error {
			return w.k.SetSysctl(w.ns, "net/ipv4/ip_forward", "on")
		}, errno.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(newWorld(t, kernel.Kernel618())); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestOldKernelRenamesOnlyWhatIsDown(t *testing.T) {
	w := newWorld(t, kernel.Kernel515())
	if err := w.k.SetUp(w.card); err != nil {
		t.Fatal(err)
	}
	if err := w.k.SetName(w.card, "ens2"); !errors.Is(err, errno.EBUSY) {
		t.Errorf("got %v, want %v", err, errno.EBUSY)
	}
}

func TestCardComesHome(t *testing.T) {
	w := newWorld(t, kernel.Kernel618())
	for _, alt := range []string{"enp59s0", "taken"} {
		if err := w.k.AddAltName(w.card, alt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.k.Move(w.card, w.ns, "net1"); err != nil {
		t.Fatal(err)
	}
	index := w.card.Index
	vlan, err := w.k.Add(w.ns, kernel.Spec{Kind: kernel.Vlan, Name: "v7", Parent: w.card, VlanID: 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		w.k.SetName(w.card, "lan"), w.k.SetMTU(w.card, 1400), w.k.SetUp(w.card),
		w.k.AddAddr(w.card, kernel.NewAddr(netip.MustParsePrefix("10.0.0.2/24"))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.add(kernel.Spec{Kind: kernel.Dummy, Name: "lan"})
	w.add(kernel.Spec{Kind: kernel.Dummy, Name: "taken"})
	if err := w.k.Unmount("/run/netns/pod"); err != nil {
		t.Fatal(err)
	}
	if w.card.NS != w.ns {
		t.Error("the card came home before the namespace was cleaned up")
	}
	w.k.ReapAll()
	c := w.card
	if c.NS != w.k.Host() || c.Name != "dev2" || index != 2 || c.Up || c.MTU != 1400 || len(c.V4) > 0 {
		t.Errorf("the card came home as\n%s", w.k.Dump())
	}
	if len(c.Alt) != 1 || c.Alt[0] != "enp59s0" {
		t.Errorf("the card's other names are %q", c.Alt)
	}
	if vlan.Alive() {
		t.Error("the vlan outlived its namespace")
	}
}

func TestReboot(t *testing.T) {
	w := newWorld(t, kernel.Kernel618())
	start := kernel.New(kernel.Kernel618())
	if _, err := start.AddNIC("ens1", w.card.MAC, 1500, w.card.PCI); err != nil {
		t.Fatal(err)
	}
	if err := w.k.Move(w.card, w.ns, "net1"); err != nil {
		t.Fatal(err)
	}
	w.k.Reboot()
	if got, want := w.k.Dump(), start.Dump(); got != want {
		t.Errorf("after a reboot\n%s\nwant\n%s", got, want)
	}
	if w.k.Hash() != start.Hash() {
		t.Error("the same state has two hashes")
	}
	if err := w.k.SetUp(w.card); !errors.Is(err, errno.ENODEV) {
		t.Errorf("a link of the last boot: %v", err)
	}
}

func TestFilter(t *testing.T) {
	w := newWorld(t, kernel.Kernel618())
	const table = "ip nat"
	rule := kernel.FilterRule{Text: "dport 80", Jump: "CNI-DN", Key: "pod"}
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"a rule of no chain", func() error { return w.k.AppendRule(w.ns, table, "PRE", rule) }, errno.ENOENT},
		{"a chain", func() error { return w.k.AddChain(w.ns, table, "PRE", kernel.Mark{}) }, nil},
		{"it again", func() error { return w.k.AddChain(w.ns, table, "PRE", kernel.Mark{}) }, errno.EEXIST},
		{"a jump to no chain", func() error { return w.k.AppendRule(w.ns, table, "PRE", rule) }, errno.ENOENT},
		{"its chain", func() error { return w.k.AddChain(w.ns, table, "CNI-DN", kernel.Mark{}) }, nil},
		{"a jump", func() error { return w.k.AppendRule(w.ns, table, "PRE", rule) }, nil},
		{"its target goes", func() error { return w.k.DelChain(w.ns, table, "CNI-DN") }, errno.EBUSY},
		{"its holder goes", func() error { return w.k.DelChain(w.ns, table, "PRE") }, errno.EBUSY},
		{"the jump goes", func() error { return w.k.DelFilterRule(w.ns, table, "PRE", rule) }, nil},
		{"it again goes", func() error { return w.k.DelFilterRule(w.ns, table, "PRE", rule) }, errno.ENOENT},
		{"the chain goes", func() error { return w.k.DelChain(w.ns, table, "CNI-DN") }, nil},
		{"it again goes", func() error { return w.k.DelChain(w.ns, table, "CNI-DN") }, errno.ENOENT},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// FuzzSysctl: what can be read can be written, and what was written is read.
func FuzzSysctl(f *testing.F) {
	for _, name := range []string{
		"net/ipv4/ip_forward", "net/ipv4/conf/lo/rp_filter", "net/ipv6/conf/all/disable_ipv6",
		"net/ipv4/conf//forwarding", "net/ipv4/conf/x", "", "net/ipv6/conf/default/accept_ra/x",
	} {
		f.Add(name, "1")
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		k := kernel.New(kernel.Kernel618())
		_, readable := k.Host().Sysctl(name)
		err := k.SetSysctl(k.Host(), name, value)
		if readable != nil && err == nil {
			t.Fatalf("%q could be written, and not read: %v", name, readable)
		}
		if got, _ := k.Host().Sysctl(name); err == nil && got == "" && value != "" && got != value {
			t.Logf("%q is %q after %q was written", name, got, value)
		}
	})
}
