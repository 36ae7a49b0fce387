package fault

import "patchbay/sim/errno"

// What is expected when a request of a plugin fails: that it says so, or does as well
// without. What it hides shows in the state that it leaves.
//
//nolint:gochecknoglobals // constant tables
var (
	partway = Expect{Add: RB | RT, Del: CT | RT, GC: CT | RT, Check: FF | RT}
	goneIs  = Expect{Add: RB | AI, Del: ID | CT, GC: ID | CT, Check: FF | AI}
	already = Expect{Add: RB | AI, Del: CT | AI, GC: CT | AI, Check: FF}
)

// anyRequest are the errors of every netlink request that changes something. A
// request may have happened when its acknowledgement is lost: recvmsg(2) with a
// timeout is not begun anew after a signal, and Go signals its own threads.
func anyRequest() []entry {
	return []entry{
		before(errno.EPERM).degrade(partway, "K05", "a capability is missing"),
		before(errno.ENOMEM).degrade(partway, "K12", "no memory in the kernel"),
		before(errno.ENOBUFS).degrade(partway, "K07", "no room for the request"),
		before(errno.EAGAIN).degrade(partway, "K06", "the kernel wants it again"),
		before(errno.EINTR).degrade(partway, "K09", "a signal came before the kernel began"),
		after(errno.ENOBUFS).degrade(partway, "K16 K07",
			"it happened, and its acknowledgement found no room"),
		after(errno.EINTR).degrade(partway, "K16 K09",
			"it happened, and a signal came before its acknowledgement"),
		lostReply().degrade(partway, "K16 P11",
			"it happened, and the plugin waits for ever for the acknowledgement"),
	}
}

func linkRows() []Row {
	return concat(
		tableOf(on(LinkAdd, LinkDel, LinkUp, LinkDown, LinkRename, LinkMove, LinkMaster, LinkSet,
			AddrAdd, AddrDel, RouteAdd, RouteDel, RuleAdd, RuleDel, ShapeAdd),
			anyRequest()...),
		tableOf(on(LinkDel, LinkUp, LinkDown, LinkRename, LinkMove, LinkMaster, LinkSet, AddrAdd,
			AddrDel, ShapeAdd),
			before(errno.ENODEV).outside(goneIs, "K01 K24 K26 N07",
				"the kernel says so only of what went away: steps of stories do that")),
		tableOf(on(LinkAdd),
			before(errno.EEXIST).degrade(already, "K02 K19",
				"the name is taken, or is another's alternative name"),
			before(errno.EBUSY).degrade(partway, "K04 K28",
				"the parent is a port, or a macvlan of another mode has it"),
			before(errno.ENODEV).degrade(partway, "K01 K24", "the parent is not there"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10",
				"the kernel has no such type, and can not load its module"),
			before(errno.EINVAL).degrade(partway, "K11 K22", "an attribute does not fit the type"),
			before(errno.ERANGE).degrade(partway, "K11 K22",
				"a number or a name that is too large"),
			before(errno.ENOSPC).degrade(partway, "K12 N14",
				"no more interface numbers, or namespaces"),
			after(errno.EBUSY).degrade(partway, "K28 K16",
				"it is there, and reading it back failed"),
			after(errno.ENODEV).degrade(partway, "K18 K28",
				"it is there, and was renamed before it was looked up")),
		tableOf(on(LinkDel),
			before(errno.EBUSY).degrade(partway, "K04", "something still holds it"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10",
				"a device that can not be deleted, only given back"),
			after(errno.ENODEV).degrade(goneIs, "K01 K26",
				"it went with its peer, and was gone when the answer was made")),
		tableOf(on(LinkUp),
			before(errno.EBUSY).degrade(partway, "K04", "a VF that is just reset"),
			before(errno.EADDRINUSE).degrade(partway, "K23",
				"another macvlan of the parent has the MAC"),
			before(errno.EADDRNOTAVAIL).degrade(partway, "K13", "a MAC of all zeroes"),
			before(errno.ENETDOWN).degrade(partway, "K15 K13", "the parent is down"),
			before(errno.EIO).degrade(partway, "K04", "the firmware does not answer")),
		tableOf(on(LinkRename),
			before(errno.EBUSY).degrade(partway, "K17",
				"kernels before 6.2 rename only what is down"),
			before(errno.EEXIST).degrade(partway, "K03 K19",
				"the name, or an alternative name, is taken"),
			before(errno.EINVAL).degrade(partway, "K22", "not a name"),
			before(errno.ERANGE).degrade(partway, "K22", "longer than 15 bytes")),
	)
}

// placeRows are of where an interface is, and what it has.
func placeRows() []Row {
	return concat(
		tableOf(on(LinkMove),
			before(errno.EEXIST).degrade(partway, "K03 N15",
				"the other namespace has an interface of that name"),
			before(errno.EINVAL).degrade(partway, "K11 N05",
				"a device that may not leave its namespace"),
			before(errno.EBUSY).degrade(partway, "K04", "it is a port of a bridge"),
			before(errno.EBADF).degrade(partway, "N07 N04", "the namespace was closed")),
		tableOf(on(LinkMaster),
			before(errno.EBUSY).degrade(partway, "K25 K04", "it is the port of another one"),
			before(errno.EINVAL).degrade(partway, "K11 K25", "it can be no port"),
			before(errno.ELOOP).degrade(partway, "K25", "a bridge in itself"),
			before(errno.EXDEV).degrade(partway, "K25",
				"the bridge has all the ports that it can have"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10 K25",
				"the port's device does not want one")),
		tableOf(on(LinkSet),
			before(errno.EINVAL).degrade(partway, "K11", "an MTU or a MAC that is none"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10", "the device can not"),
			before(errno.EBUSY).degrade(partway, "K04 K17", "not as long as the interface is up"),
			before(errno.EEXIST).degrade(partway, "K19", "the alternative name is taken"),
			before(errno.EADDRNOTAVAIL).degrade(partway, "K13 K23", "a MAC for groups"),
			before(errno.ERANGE).degrade(partway, "K11 L03", "larger than the parent's")),
	)
}

// viewRows are of questions about interfaces, and of namespaces.
func viewRows() []Row {
	return concat(
		tableOf(on(LinkGet, LinkList, AddrList),
			before(errno.EINTR).degrade(partway, "K08 K09",
				"changes interrupted the answer, and the plugin does not ask again"),
			before(errno.ENOBUFS).degrade(partway, "K07 K20", "no room for the answer"),
			before(errno.EAGAIN).degrade(partway, "K06", "nothing came in time"),
			before(errno.ENOMEM).degrade(partway, "K12", "no memory in the kernel"),
			before(errno.EPERM).degrade(partway, "K05", "not allowed")),
		tableOf(on(LinkGet),
			before(errno.ENODEV).outside(goneIs, "K01 K18 K27",
				"it went away, or has another name now")),
		tableOf(on(LinkList, AddrList),
			spoilt(Shortened).outside(partway, "K08 K27",
				"a list that was interrupted, by a plugin that does not look for that")),
		tableOf(on(NSOpen),
			before(errno.ENOENT).outside(goneIs, "N01 N02 N07",
				"the kernel says so only of a path that is gone: see the step kill-netns"),
			before(errno.EINVAL).outside(goneIs, "N03 N06",
				"it leads to something that is no namespace"),
			before(errno.EPERM).degrade(partway, "N06 K05", "not allowed inside"),
			before(errno.EACCES).degrade(partway, "N06 D11", "SELinux, or a mode"),
			before(errno.EMFILE).degrade(partway, "N13 C21", "too many open files"),
			before(errno.ENFILE).degrade(partway, "N13 C21", "on the whole node"),
			before(errno.ENOMEM).degrade(partway, "K12", "no memory")),
	)
}
