package fault

import "patchbay/sim/errno"

// What verbs do when a file can not be had. The one file that is written and
// synced is the record: before it is, nothing is changed.
//
//nolint:gochecknoglobals // constant tables
var (
	firstFile = Expect{Add: FF | RB, Del: CT, GC: CT, Check: FF, Status: FF}
	leftFile  = Expect{Add: RB | CT, Del: CT, GC: CT}
	tempFile  = Expect{Add: AI | RB, Del: AI | CT, GC: AI | CT}
)

// fileRows are of the record store's files and of those of plugins.
//
//nolint:gochecknoglobals // a constant table
var fileRows = concat(
	rowsOf(on(FileRead),
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D03",
			"the block can not be read now; to guess what it says could undo the wrong thing"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, firstFile, "C21", "too many open files"},
		entry{FailBefore, errno.ENFILE, 0, Degrade, firstFile, "C21", "on the whole node"},
		entry{FailBefore, errno.ENOMEM, 0, Degrade, firstFile, "D03", "no page for it"}),
	rowsOf(on(FileWrite, FileStore, FileCreate),
		entry{FailBefore, errno.ENOSPC, 0, Degrade, firstFile, "D01 D02 D10",
			"no block, or no inode, for it"},
		entry{FailBefore, errno.EDQUOT, 0, Degrade, firstFile, "D10", "the quota is used up"},
		entry{FailBefore, errno.EROFS, 0, Degrade, firstFile, "D06",
			"the kernel has made the file system read-only"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D13", "the disk fails"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, firstFile, "C21", "too many open files"},
		entry{FailBefore, errno.ENOENT, 0, Degrade, firstFile, "D14 D21",
			"somebody removed the directory since it was looked at"}),
	rowsOf(on(FileWrite, FileStore),
		entry{Partial, errno.ENOSPC, 0, Degrade, firstFile, "D01 D02 D10",
			"the name is there, and no byte"},
		entry{Partial, errno.ENOSPC, 50, Degrade, firstFile, "D02 D13 D16",
			"the disk is full after half of the bytes"},
		entry{Partial, errno.EIO, 50, Degrade, firstFile, "D13 D16",
			"the disk fails after half of the bytes"},
		entry{Partial, errno.EINTR, 99, Degrade, firstFile, "D13", "all but the last bytes"}),
	rowsOf(on(FileStore),
		entry{FailAfter, errno.EIO, 0, Degrade, firstFile, "D23",
			"fsync fails: the bytes may be there or not, and asking again would lie"},
		entry{FailAfter, errno.ENOSPC, 0, Degrade, firstFile, "D02 D23",
			"a file system that allocates late finds no room at fsync"}),
	rowsOf(on(FileWrite),
		entry{FailAfter, errno.EIO, 0, Degrade, firstFile, "D23", "close says that it failed"}),
	rowsOf(on(FileCreate),
		entry{FailBefore, errno.EEXIST, 0, Degrade, undone, "D17 I02",
			"somebody else was faster: the address is his"},
		entry{FailAfter, errno.EIO, 0, Degrade, undone, "D23 I05",
			"it is there, and closing it fails"}),
	rowsOf(on(FileRename),
		entry{FailBefore, errno.ENOSPC, 0, Degrade, firstFile, "D01 D10",
			"no room for the name"},
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D13", "the disk fails"},
		entry{FailBefore, errno.EROFS, 0, Degrade, firstFile, "D06", "since it was written"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.ENOENT, 0, Degrade, firstFile, "D14 D16",
			"somebody swept the temporary file away"},
		entry{FailAfter, errno.EIO, 0, Degrade, firstFile, "D07 D23",
			"the name is exchanged, and the journal of the file system fails"}),
	rowsOf(on(FileRemove),
		entry{FailBefore, errno.EIO, 0, Degrade, leftFile, "D13", "the disk fails"},
		entry{FailBefore, errno.EROFS, 0, Degrade, leftFile, "D06",
			"all is undone, and the record stays: the next DEL finds nothing left to do"},
		entry{FailBefore, errno.EACCES, 0, Degrade, leftFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EBUSY, 0, Degrade, leftFile, "D12", "something is mounted on it"},
		entry{FailBefore, errno.ENOENT, 0, Tolerate, tempFile, "D14",
			"somebody else removed it: as good"},
		entry{FailAfter, errno.EIO, 0, Degrade, leftFile, "D23",
			"it is gone, and the disk says that it failed"}),
	rowsOf(on(FileLock),
		entry{FailBefore, errno.EAGAIN, 0, Tolerate, asIf, "C11 C15 C31 C32",
			"somebody else has it for a moment: it is waited for"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, firstFile, "C21", "too many open files"},
		entry{FailBefore, errno.ENFILE, 0, Degrade, firstFile, "C21", "on the whole node"},
		entry{FailBefore, errno.ENOSPC, 0, Degrade, firstFile, "D10",
			"the file of the locks can not be made"},
		entry{FailBefore, errno.EROFS, 0, Degrade, firstFile, "D06",
			"the file of the locks can not be opened for writing"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D12 D03",
			"a file system without locks, or a disk that fails"}),
	rowsOf(on(DirLook),
		entry{FailBefore, errno.EIO, 0, Tolerate, firstFile, "D03",
			"taken for missing: making it says what is wrong, or that it is there"},
		entry{FailBefore, errno.EACCES, 0, Tolerate, firstFile, "D11 D22", "as above"}),
	rowsOf(on(DirMake),
		entry{FailBefore, errno.EEXIST, 0, Tolerate, tempFile, "D14 D17",
			"somebody else was faster: as good"},
		entry{FailBefore, errno.ENOSPC, 0, Degrade, firstFile, "D01 D10", "no inode for it"},
		entry{FailBefore, errno.EDQUOT, 0, Degrade, firstFile, "D10", "the quota is used up"},
		entry{FailBefore, errno.EROFS, 0, Degrade, firstFile, "D06", "read-only"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11 D22", "SELinux, or a mode"},
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D13", "the disk fails"},
		entry{FailAfter, errno.EIO, 0, Degrade, firstFile, "D23", "it is there all the same"}),
	rowsOf(on(DirList),
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D03",
			"who else is there is not known, so that nothing is collected"},
		entry{FailBefore, errno.EACCES, 0, Degrade, firstFile, "D11", "SELinux, or a mode"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, firstFile, "C21", "too many open files"},
		entry{FailBefore, errno.ENOENT, 0, Tolerate, asIf, "D14 D21",
			"no directory is an empty one"}),
	rowsOf(on(DirSync),
		entry{FailBefore, errno.EIO, 0, Degrade, firstFile, "D09 D23",
			"whether the name survives is not known: nobody relies on it"},
		entry{FailBefore, errno.EMFILE, 0, Degrade, firstFile, "C21", "too many open files"},
		entry{FailBefore, errno.ENOSPC, 0, Degrade, firstFile, "D09 D10",
			"no room for the directory's new block"}),
)

// spoiltFileRows are of disks that do not keep what they were given.
//
//nolint:gochecknoglobals // a constant table
var spoiltFileRows = concat(
	rowsOf(on(FileRead),
		entry{Corrupt, nil, int(Truncated), Degrade, Expect{
			Add: FF | QR | AI, Del: ID | QR | CT, GC: QR | CT, Check: FF, Status: AI | QR,
		}, "D04 D15 D19", "half of the file is there"},
		entry{Corrupt, nil, int(Emptied), Degrade, Expect{
			Add: FF | QR | AI, Del: ID | QR | CT, GC: QR | CT, Check: FF, Status: AI | QR,
		}, "D04 D07", "the name was durable and the bytes were not"},
		entry{Corrupt, nil, int(Flipped), Degrade, Expect{
			Add: FF | QR | AI, Del: ID | QR | CT, GC: QR | CT, Check: FF, Status: AI | QR,
		}, "D05", "one bit is another"},
		entry{Corrupt, nil, int(Zeroed), Degrade, Expect{
			Add: FF | QR | AI, Del: ID | QR | CT, GC: QR | CT, Check: FF, Status: AI | QR,
		}, "D05 D07", "as long as it was, and all NUL"}),
	rowsOf(on(FileStore),
		entry{Corrupt, nil, int(Unsynced), Outside, asIf, "D07 T08",
			"a disk that says it has synced and has not: nobody can know until the power " +
				"is back; what then is torn is set aside"}),
	rowsOf(on(DirSync),
		entry{Corrupt, nil, int(Unsynced), Outside, asIf, "D08 D09 T08",
			"as above, of a name: what ADD made outlives a power cut only outside of the " +
				"node"}),
	rowsOf(on(DirList),
		entry{Corrupt, nil, int(Shortened), Outside, asIf, "D22",
			"a directory that is changed while it is read may lack names; GC comes again"}),
)
