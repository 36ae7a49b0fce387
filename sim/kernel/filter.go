package kernel

import (
	"slices"

	"patchbay/sim/errno"
)

// filter is the packet filter of a namespace: chains in the order of their
// making.
type filter struct{ chains []*Chain }

// Chain is a list of rules. Its table is a free text, such as "ip nat".
type Chain struct {
	Table, Name string
	Rules       []FilterRule
	Mark        Mark
}

// FilterRule is a rule of a chain: a text that only its maker understands, what
// chain it jumps to, and a key by which its maker finds it again, as others use
// a comment.
type FilterRule struct {
	Text string
	Jump string
	Key  string
	Mark Mark
}

// Chains lists the chains in the order of their making. It must not be changed.
func (ns *Namespace) Chains() []*Chain { return ns.filter.chains }

// Chain finds a chain, or nil.
func (ns *Namespace) Chain(table, name string) *Chain {
	for _, c := range ns.filter.chains {
		if c.Name == name && c.Table == table {
			return c
		}
	}
	return nil
}

// AddChain makes an empty chain; EEXIST when there is one.
func (k *Kernel) AddChain(ns *Namespace, table, name string, mark Mark) error {
	switch {
	case ns.state != alive:
		return errno.EBADF
	case ns.Chain(table, name) != nil:
		return errno.EEXIST
	}
	ns.filter.chains = append(ns.filter.chains, &Chain{Table: table, Name: name, Mark: mark})
	k.tell(Change{What: FilterChanged, NS: ns})
	return nil
}

// DelChain deletes a chain. ENOENT: there is none. EBUSY: it holds a rule, or a
// rule jumps to it.
func (k *Kernel) DelChain(ns *Namespace, table, name string) error {
	c, err := ns.findChain(table, name)
	if err != nil {
		return err
	}
	if len(c.Rules) > 0 {
		return errno.EBUSY
	}
	for _, o := range ns.filter.chains {
		jumps := func(r FilterRule) bool { return r.Jump == name }
		if o.Table == table && slices.ContainsFunc(o.Rules, jumps) {
			return errno.EBUSY
		}
	}
	i := slices.Index(ns.filter.chains, c)
	ns.filter.chains = slices.Delete(ns.filter.chains, i, i+1)
	k.tell(Change{What: FilterChanged, NS: ns})
	return nil
}

// FlushChain deletes the rules of a chain; ENOENT when there is none.
func (k *Kernel) FlushChain(ns *Namespace, table, name string) error {
	c, err := ns.findChain(table, name)
	if err != nil {
		return err
	}
	c.Rules = nil
	k.tell(Change{What: FilterChanged, NS: ns})
	return nil
}

// AppendRule puts a rule at the end of a chain. The kernel takes the same rule
// twice. ENOENT: there is no such chain, or none to jump to.
func (k *Kernel) AppendRule(ns *Namespace, table, name string, r FilterRule) error {
	return k.putRule(ns, table, name, r, func(c *Chain) int { return len(c.Rules) })
}

// InsertRule puts a rule at the front of a chain; errors as AppendRule's.
func (k *Kernel) InsertRule(ns *Namespace, table, name string, r FilterRule) error {
	return k.putRule(ns, table, name, r, func(*Chain) int { return 0 })
}

func (k *Kernel) putRule(
	ns *Namespace, table, name string, r FilterRule, where func(*Chain) int,
) error {
	c, err := ns.findChain(table, name)
	if err != nil {
		return err
	}
	if r.Jump != "" && ns.Chain(table, r.Jump) == nil {
		return errno.ENOENT
	}
	c.Rules = slices.Insert(c.Rules, where(c), r)
	k.tell(Change{What: FilterChanged, NS: ns})
	return nil
}

// DelFilterRule deletes the first rule of a chain that is the same but for its
// Mark. ENOENT: there is no such chain or no such rule.
func (k *Kernel) DelFilterRule(ns *Namespace, table, name string, r FilterRule) error {
	c, err := ns.findChain(table, name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Rules, func(o FilterRule) bool {
		return o.Text == r.Text && o.Jump == r.Jump && o.Key == r.Key
	})
	if i < 0 {
		return errno.ENOENT
	}
	c.Rules = slices.Delete(c.Rules, i, i+1)
	k.tell(Change{What: FilterChanged, NS: ns})
	return nil
}

func (ns *Namespace) findChain(table, name string) (*Chain, error) {
	if ns.state != alive {
		return nil, errno.EBADF
	}
	if c := ns.Chain(table, name); c != nil {
		return c, nil
	}
	return nil, errno.ENOENT
}
