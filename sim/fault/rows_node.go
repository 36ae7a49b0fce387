package fault

import "patchbay/sim/errno"

// What verbs do when the node does not say what they need.
//
//nolint:gochecknoglobals // constant tables
var (
	looked  = Expect{Add: RT | FF | RB, Del: CT, GC: CT, Check: RT | FF}
	noSpace = Expect{Add: FF, Del: ID, GC: ID, Check: FF}
	moved   = Expect{Add: RT | RB}
	lost    = Expect{Add: RB, Check: FF}
)

// nodeRows are of what Patchbay itself asks of its node.
//
//nolint:gochecknoglobals // a constant table
var nodeRows = concat(
	rowsOf(on(ConfRead),
		entry{FailBefore, errno.ENOENT, 0, Degrade, refused, "A11 D14",
			"no configuration of the network, or no directory of them"},
		entry{FailBefore, errno.EACCES, 0, Degrade, refused, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, refused, "D03", "the disk fails"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, refused, "C21", "too many open files"},
		entry{Late, nil, 1_000, Tolerate, asIf, "T09", "a slow disk"},
		entry{Hang, nil, 0, Degrade, lived, "C09 T09",
			"a network file system that does not answer: the runtime loses patience"}),
	rowsOf(on(BootRead),
		entry{FailBefore, errno.ENOENT, 0, Degrade, refused, "T12 D22",
			"no /proc: which boot it is is not known, so that nothing is taken for old"},
		entry{FailBefore, errno.EACCES, 0, Degrade, refused, "T12 D11", "as above"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, refused, "T12 C21", "too many open files"},
		entry{FailBefore, errno.EIO, 0, Degrade, refused, "T12", "as above"}),
	rowsOf(on(PluginFind),
		entry{FailBefore, errno.ENOENT, 0, Degrade, Expect{
			Add: FF, Del: CT | QR, GC: CT, Check: FF, Status: FF,
		}, "P01 P02", "the plugin is not installed: DEL goes on with the others"},
		entry{FailBefore, errno.EACCES, 0, Degrade, Expect{
			Add: FF, Del: CT | QR, GC: CT, Check: FF, Status: FF,
		}, "P03 D11", "the directory can not be looked into"},
		entry{FailBefore, errno.EIO, 0, Degrade, Expect{
			Add: FF, Del: CT | QR, GC: CT, Check: FF, Status: FF,
		}, "D03 P02", "the disk fails"}),
	rowsOf(on(NSLook),
		entry{FailBefore, errno.ENOENT, 0, Degrade, noSpace, "N01 N02",
			"no namespace: ADD can not, and DEL releases what is outside"},
		entry{FailBefore, errno.EINVAL, 0, Degrade, noSpace, "N03",
			"a plain file where a namespace was mounted"},
		entry{FailBefore, errno.EPERM, 0, Degrade, looked, "N06 K05", "not allowed inside"},
		entry{FailBefore, errno.EACCES, 0, Degrade, looked, "N06 D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, looked, "N13 C21", "too many open files"},
		entry{FailBefore, errno.ENFILE, 0, Degrade, looked, "N13 C21", "on the whole node"},
		entry{FailBefore, errno.ENOMEM, 0, Degrade, looked, "K12", "no memory for a socket"},
		entry{FailBefore, errno.EINTR, 0, Degrade, looked, "K09 K08",
			"changes interrupted the list too often"}),
	rowsOf(on(LinkAbsent, LinkPresent),
		entry{FailBefore, errno.ENOENT, 0, Degrade, Expect{Add: RB | FF, Check: FF}, "N01 N07",
			"the namespace went away since it was looked at"},
		entry{FailBefore, errno.EINVAL, 0, Degrade, Expect{Add: RB | FF, Check: FF}, "N03 N07",
			"a plain file where a namespace was mounted"},
		entry{FailBefore, errno.EPERM, 0, Degrade, lost, "N06 K05", "not allowed inside"},
		entry{FailBefore, errno.EMFILE, 0, Tolerate, looked, "N13 C21",
			"too many open files, for a moment"},
		entry{FailBefore, errno.ENOMEM, 0, Tolerate, looked, "K12", "no memory, for a moment"},
		entry{FailBefore, errno.ENOBUFS, 0, Tolerate, looked, "K07", "no room for the answer"},
		entry{FailBefore, errno.EINTR, 0, Tolerate, looked, "K09", "a signal"},
		entry{FailBefore, errno.EAGAIN, 0, Tolerate, looked, "K06", "nothing came in time"},
		entry{FailBefore, errno.EBUSY, 0, Tolerate, looked, "K04", "as above"}),
	rowsOf(on(RouteList),
		entry{FailBefore, errno.EINTR, 0, Tolerate, moved, "K08 K09",
			"changes interrupted the list: asked again, and no part of it believed"},
		entry{FailBefore, errno.ENOBUFS, 0, Tolerate, moved, "K07", "no room for the answer"},
		entry{FailBefore, errno.ENOMEM, 0, Tolerate, moved, "K12", "no memory, for a moment"},
		entry{FailBefore, errno.EPERM, 0, Degrade, moved, "K05", "not allowed"},
		entry{FailBefore, errno.ENODEV, 0, Degrade, moved, "K01",
			"the interface went away since it was made"},
		entry{FailBefore, errno.ENOENT, 0, Degrade, moved, "N07", "the namespace went away"}),
	rowsOf(on(DeviceRead),
		entry{FailBefore, errno.ENOENT, 0, Tolerate, Expect{Add: AI}, "V29 D14",
			"no file is no information"},
		entry{FailBefore, errno.EACCES, 0, Degrade, Expect{Add: RB}, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, Expect{Add: RB}, "D03", "the disk fails"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, Expect{Add: RB}, "C21", "too many open files"}),
	rowsOf(on(DeviceDrop),
		entry{FailBefore, errno.ENOENT, 0, Tolerate, asIf, "D14", "somebody else removed it"},
		entry{FailBefore, errno.EROFS, 0, Degrade, leftFile, "D06", "read-only"},
		entry{FailBefore, errno.EACCES, 0, Degrade, leftFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, leftFile, "D13", "the disk fails"},
		entry{FailAfter, errno.EIO, 0, Degrade, leftFile, "D23", "it is gone all the same"}),
)
