package fault

import "patchbay/sim/errno"

// What verbs do when the node does not say what they need.
//
//nolint:gochecknoglobals // constant tables
var (
	looked  = Expect{Add: RT | FF | RB, Del: CT, GC: CT, Check: RT | FF}
	noSpace = Expect{Add: FF, Del: ID, GC: ID, Check: FF}
	moved   = Expect{Add: RT | RB, Del: CT | AI, GC: CT | AI, Check: FF | AI}
	lost    = Expect{Add: RB, Check: FF}
	// A directory that is not there may be one that need not be.
	noConf = Expect{
		Add: FF | AI, Del: CT | ID, GC: CT | AI, Check: FF | AI, Status: FF | AI,
	}
	notFound = Expect{
		Add: FF | RB | QR, Del: CT | QR, GC: CT | QR, Check: FF, Status: FF | AI,
	}
)

// nodeRows are of what Patchbay itself asks of its node.
func nodeRows() []Row {
	return concat(
		tableOf(on(ConfRead),
			before(errno.ENOENT).degrade(noConf, "A11 D14",
				"no configuration of the network, or no directory of them"),
			before(errno.EACCES).degrade(refused, "D11", "SELinux, or a mode"),
			before(errno.EIO).degrade(refused, "D03", "the disk fails"),
			before(errno.EMFILE).degrade(refused, "C21", "too many open files"),
			late(1_000).tolerate(asIf, "T09", "a slow disk"),
			hangs().degrade(lived, "C09 T09",
				"a network file system that does not answer: the runtime loses patience")),
		tableOf(on(BootRead),
			before(errno.ENOENT).degrade(refused, "T12 D22",
				"no /proc: nobody knows which boot this is, so that nothing is taken for old"),
			before(errno.EACCES).degrade(refused, "T12 D11",
				"/proc can not be read: nobody knows which boot this is"),
			before(errno.EMFILE).degrade(refused, "T12 C21", "too many open files"),
			before(errno.EIO).degrade(refused, "T12", "nobody knows which boot this is")),
		tableOf(on(PluginFind),
			before(errno.ENOENT).degrade(notFound, "P01 P02",
				"the plugin is not installed: DEL goes on with the others"),
			before(errno.EACCES).degrade(notFound, "P03 D11",
				"the directory can not be looked into"),
			before(errno.EIO).degrade(notFound, "D03 P02", "the disk fails")),
		tableOf(on(NSLook),
			before(errno.ENOENT).degrade(noSpace, "N01 N02",
				"no namespace: ADD can not, and DEL releases what is outside"),
			before(errno.EINVAL).degrade(noSpace, "N03",
				"a plain file where a namespace was mounted"),
			before(errno.EPERM).degrade(looked, "N06 K05", "not allowed inside"),
			before(errno.EACCES).degrade(looked, "N06 D11", "SELinux, or a mode"),
			before(errno.EMFILE).degrade(looked, "N13 C21", "too many open files"),
			before(errno.ENFILE).degrade(looked, "N13 C21", "on the whole node"),
			before(errno.ENOMEM).degrade(looked, "K12", "no memory for a socket"),
			before(errno.EINTR).degrade(looked, "K09 K08",
				"changes interrupted the list too often")),
		tableOf(on(LinkAbsent, LinkPresent),
			before(errno.ENOENT).degrade(Expect{Add: RB | FF, Check: FF}, "N01 N07",
				"the namespace went away since it was looked at"),
			before(errno.EINVAL).degrade(Expect{Add: RB | FF, Check: FF}, "N03 N07",
				"a plain file where a namespace was mounted"),
			before(errno.EPERM).degrade(lost, "N06 K05", "not allowed inside"),
			before(errno.EMFILE).tolerate(looked, "N13 C21", "too many open files, for a moment"),
			before(errno.ENOMEM).tolerate(looked, "K12", "no memory, for a moment"),
			before(errno.ENOBUFS).tolerate(looked, "K07", "no room for the answer"),
			before(errno.EINTR).tolerate(looked, "K09", "a signal"),
			before(errno.EAGAIN).tolerate(looked, "K06", "nothing came in time"),
			before(errno.EBUSY).tolerate(looked, "K04", "the kernel is busy")),
		tableOf(on(RouteList),
			before(errno.EINTR).degrade(moved, "K08 K09",
				"changes interrupted the list: asked again, and no part of it believed"),
			before(errno.ENOBUFS).degrade(moved, "K07", "no room for the answer"),
			before(errno.ENOMEM).degrade(moved, "K12", "no memory, for a moment"),
			before(errno.EPERM).degrade(moved, "K05", "not allowed"),
			before(errno.ENODEV).degrade(moved, "K01", "the interface went away since it was made"),
			before(errno.ENOENT).degrade(moved, "N07", "the namespace went away")),
		tableOf(on(DeviceRead),
			before(errno.ENOENT).tolerate(Expect{Add: AI}, "V29 D14", "no file is no information"),
			before(errno.EACCES).degrade(Expect{Add: RB}, "D11", "SELinux, or a mode"),
			before(errno.EIO).degrade(Expect{Add: RB}, "D03", "the disk fails"),
			before(errno.EMFILE).degrade(Expect{Add: RB}, "C21", "too many open files")),
		tableOf(on(DeviceDrop),
			before(errno.ENOENT).tolerate(asIf, "D14", "somebody else removed it"),
			before(errno.EROFS).degrade(leftFile, "D06", "read-only"),
			before(errno.EACCES).degrade(leftFile, "D11", "SELinux, or a mode"),
			before(errno.EIO).degrade(leftFile, "D13", "the disk fails"),
			after(errno.EIO).degrade(leftFile, "D23", "it is gone all the same")),
	)
}
