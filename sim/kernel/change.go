package kernel

// ChangeKind is what happened.
type ChangeKind uint8

// The kinds of change.
const (
	NamespaceMade  ChangeKind = iota + 1
	NamespaceDying            // its last reference went
	NamespaceGone             // it was reaped
	PathChanged               // something was mounted, unmounted, made or removed at Path
	LinkAdded
	LinkDeleted // NS is where it was
	LinkMoved   // NS is where it is now, From where it was
	LinkRenamed
	LinkChanged // any attribute, up and down among them
	AddrAdded
	AddrDeleted
	RouteAdded
	RouteDeleted
	RouteChanged // it lost its preferred source
	RuleAdded
	RuleDeleted
	NeighChanged
	FilterChanged
	SysctlChanged
	Rebooted
)

// Change is what [Kernel.OnChange] is told. Fields that say nothing about a
// kind of change are empty.
type Change struct {
	What  ChangeKind
	NS    *Namespace
	From  *Namespace
	Link  *Link
	Addr  *Addr
	Route *Route
	Path  string
}

func (k *Kernel) tell(c Change) {
	if k.OnChange != nil {
		k.OnChange(c)
	}
}

func (k *Kernel) tellLink(what ChangeKind, l *Link) {
	if k.OnChange != nil {
		k.OnChange(Change{What: what, NS: l.NS, Link: l})
	}
}
