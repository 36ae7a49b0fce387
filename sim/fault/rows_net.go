package fault

import "patchbay/sim/errno"

func addressRows() []Row {
	return concat(
		tableOf(on(AddrAdd),
			before(errno.EEXIST).degrade(already, "K02 L04",
				"the interface has the address already"),
			before(errno.EINVAL).degrade(partway, "K11", "an address of no interface"),
			before(errno.EACCES).degrade(partway, "K14 K05",
				"IPv6 is switched off on the interface"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10 I10", "the kernel has no IPv6"),
			before(errno.EADDRNOTAVAIL).degrade(partway, "K13 K14",
				"no interface takes addresses of the family now")),
		tableOf(on(AddrDel),
			after(errno.EADDRNOTAVAIL).degrade(goneIs, "K13 K26", "the address is gone already")),
		tableOf(on(SysctlRead, SysctlWrite),
			before(errno.ENOENT).degrade(partway, "K29 K01",
				"the kernel has no such key, or the interface is not there"),
			before(errno.EACCES).degrade(partway, "K29 K05",
				"not allowed, as in a container without privileges"),
			before(errno.EMFILE).degrade(partway, "C21", "too many open files")),
		tableOf(on(SysctlWrite),
			before(errno.EROFS).degrade(partway, "K29", "/proc/sys is read-only"),
			before(errno.EINVAL).degrade(partway, "K29 K11", "not a value of the key"),
			before(errno.EPERM).degrade(partway, "K29 K05", "not from this namespace"),
			after(errno.EINTR).degrade(partway, "K29 K16", "it has the value, and a signal came"),
			lies().outside(partway, "K29",
				"the kernel takes the value and keeps another: only who reads it back knows")),
	)
}

func routeRows() []Row {
	return concat(
		tableOf(on(RouteAdd),
			before(errno.EEXIST).degrade(already, "K02 P31", "there is such a route"),
			before(errno.ENETUNREACH).degrade(partway, "K13",
				"the gateway can not be reached over the interface"),
			before(errno.EHOSTUNREACH).degrade(partway, "K13", "an IPv6 gateway is out of reach"),
			before(errno.ENETDOWN).degrade(partway, "K13 K15", "the interface is down"),
			before(errno.EINVAL).degrade(partway, "K11 K13",
				"the gateway is an address of the interface itself"),
			before(errno.ENODEV).outside(goneIs, "K01",
				"the kernel says so only of an interface that is gone: see remove-link"),
			before(errno.EACCES).degrade(partway, "K05 K14",
				"IPv6 is switched off on the interface")),
		tableOf(on(RouteDel),
			after(errno.ESRCH).degrade(Expect{Add: RB | AI, Del: ID | CT}, "K01 K26",
				"the route is gone already"),
			before(errno.ENODEV).outside(goneIs, "K01",
				"the kernel says so only of an interface that is gone: see remove-link")),
		tableOf(on(RuleAdd),
			before(errno.EEXIST).degrade(already, "K02", "there is such a rule"),
			before(errno.EINVAL).degrade(partway, "K11", "no such table"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10", "a kernel without policy routing")),
		tableOf(on(RuleDel),
			after(errno.ENOENT).degrade(goneIs, "K01", "the rule is gone already")),
	)
}

func filterRows() []Row {
	return concat(
		tableOf(on(FilterAdd, FilterDel),
			before(errno.EPERM).degrade(partway, "K05", "a capability is missing"),
			before(errno.EBUSY).degrade(partway, "K04 K30",
				"somebody else has the lock of the tables"),
			before(errno.EAGAIN).degrade(partway, "K06 K30", "the generation changed too often"),
			before(errno.ENOMEM).degrade(partway, "K12", "no memory in the kernel"),
			before(errno.ENOBUFS).degrade(partway, "K07",
				"more rules than the socket takes at once"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10", "the kernel has no such expression"),
			after(errno.EINTR).degrade(partway, "K16 K30",
				"it is done, and a signal came before the answer"),
			partly(errno.ENOMEM, 50).degrade(partway, "K30",
				"half of the rules, of a plugin that makes one at a time")),
		tableOf(on(FilterAdd),
			before(errno.EEXIST).degrade(already, "K02 K30", "there is such a chain"),
			before(errno.ENOENT).degrade(partway, "K30",
				"somebody removed the chain that the rule is for")),
		tableOf(on(FilterDel),
			after(errno.ENOENT).degrade(goneIs, "K30", "somebody removed them with all others")),
		tableOf(on(ShapeAdd),
			before(errno.EEXIST).degrade(already, "K02 K30", "the interface has a root discipline"),
			before(errno.EOPNOTSUPP).degrade(partway, "K10", "the kernel has no such discipline"),
			before(errno.ENOENT).degrade(partway, "K10 K30", "its module can not be loaded"),
			before(errno.EINVAL).degrade(partway, "K11", "a rate of nothing")),
	)
}
