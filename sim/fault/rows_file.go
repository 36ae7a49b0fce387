package fault

import "patchbay/sim/errno"

// What verbs do when a file can not be had. The one file that is written and
// synced is the record: before it is, nothing is changed.
//
//nolint:gochecknoglobals // constant tables
var (
	firstFile = Expect{Add: FF | RB, Del: CT, GC: CT, Check: FF, Status: FF}
	leftFile  = Expect{Add: RB | CT | AI, Del: CT | AI, GC: CT | AI}
	hidden    = Expect{Add: RB | AI, Del: AI, GC: AI}
	tempFile  = Expect{Add: AI | RB, Del: AI | CT, GC: AI | CT, Check: AI | FF}
	taken     = Expect{Add: AI, Del: AI | CT, GC: AI | CT, Check: AI, Status: AI}
	listed    = Expect{
		Add: FF | RB | AI, Del: CT | AI, GC: CT | AI, Check: FF, Status: FF | AI,
	}
	// A result that can not be read is done without, by DEL, and so is the counter of
	// an IPAM plugin.
	readFile = Expect{
		Add: FF | RB | AI, Del: CT | AI, GC: CT | AI, Check: FF | AI, Status: FF | AI,
	}
	// host-local goes on without its lock.
	lockFile = Expect{
		Add: FF | RB | AI, Del: CT | AI, GC: CT | AI, Check: FF | AI, Status: FF | AI,
	}
	emptyDir = Expect{Add: AI | RB, Del: AI | CT, GC: AI | CT, Check: AI | FF, Status: AI}
	waited   = Expect{
		Add: RT | AI, Del: RT | AI, GC: RT | AI, Check: RT | AI, Status: RT | AI,
	}
	torn = Expect{
		Add: FF | QR | AI, Del: ID | QR | CT, GC: ID | QR | CT, Check: FF | AI, Status: AI | QR,
	}
)

// fileRows are of the record store's files and of those of plugins.
func fileRows() []Row {
	return concat(
		tableOf(on(FileRead),
			before(errno.EIO).degrade(readFile, "D03",
				"the block can not be read now; to guess what it says could undo the wrong thing"),
			before(errno.EACCES).degrade(readFile, "D11", "SELinux, or a mode"),
			before(errno.EMFILE).degrade(readFile, "C21", "too many open files"),
			before(errno.ENFILE).degrade(readFile, "C21", "on the whole node"),
			before(errno.ENOMEM).degrade(readFile, "D03", "no page for it")),
		tableOf(on(FileWrite, FileStore, FileCreate),
			before(errno.ENOSPC).degrade(firstFile, "D01 D02 D10", "no block, or no inode, for it"),
			before(errno.EDQUOT).degrade(firstFile, "D10", "the quota is used up"),
			before(errno.EROFS).degrade(firstFile, "D06",
				"the kernel has made the file system read-only"),
			before(errno.EACCES).degrade(firstFile, "D11", "SELinux, or a mode"),
			before(errno.EIO).degrade(firstFile, "D13", "the disk fails"),
			before(errno.EMFILE).degrade(firstFile, "C21", "too many open files"),
			before(errno.ENOENT).degrade(firstFile, "D14 D21",
				"somebody removed the directory since it was looked at")),
		tableOf(on(FileWrite, FileStore),
			partly(errno.ENOSPC, 0).degrade(firstFile, "D01 D02 D10",
				"the name is there, and no byte"),
			partly(errno.ENOSPC, 50).degrade(firstFile, "D02 D13 D16",
				"the disk is full after half of the bytes"),
			partly(errno.EIO, 50).degrade(firstFile, "D13 D16",
				"the disk fails after half of the bytes"),
			partly(errno.EINTR, 99).degrade(firstFile, "D13", "all but the last bytes")),
		tableOf(on(FileStore),
			after(errno.EIO).degrade(firstFile, "D23",
				"fsync fails: the bytes may be there or not, and asking again would lie"),
			after(errno.ENOSPC).degrade(firstFile, "D02 D23",
				"a file system that allocates late finds no room at fsync")),
		tableOf(on(FileWrite),
			after(errno.EIO).degrade(firstFile, "D23", "close says that it failed")),
		tableOf(on(FileCreate),
			before(errno.EEXIST).degrade(already, "D17 I02",
				"somebody else was faster: the address is his"),
			after(errno.EIO).degrade(undone, "D23 I05", "it is there, and closing it fails")),
	)
}

// nameRows are of the names of files, of locks and of directories.
func nameRows() []Row {
	return concat(
		tableOf(on(FileRename),
			before(errno.ENOSPC).degrade(firstFile, "D01 D10", "no room for the name"),
			before(errno.EIO).degrade(firstFile, "D13", "the disk fails"),
			before(errno.EROFS).degrade(firstFile, "D06", "since it was written"),
			before(errno.EACCES).degrade(firstFile, "D11", "SELinux, or a mode"),
			before(errno.ENOENT).degrade(firstFile, "D14 D16",
				"somebody swept the temporary file away"),
			after(errno.EIO).degrade(firstFile, "D07 D23",
				"the name is exchanged, and the journal of the file system fails")),
		tableOf(on(FileRemove),
			before(errno.EIO).degrade(leftFile, "D13", "the disk fails"),
			before(errno.EROFS).degrade(leftFile, "D06",
				"all is undone, and the record stays: the next DEL finds nothing left to do"),
			before(errno.EACCES).degrade(leftFile, "D11", "SELinux, or a mode"),
			before(errno.EBUSY).degrade(leftFile, "D12", "something is mounted on it"),
			after(errno.ENOENT).tolerate(tempFile, "D14", "somebody else removed it: as good"),
			after(errno.EIO).degrade(leftFile, "D23",
				"it is gone, and the disk says that it failed")),
		tableOf(on(FileLock),
			before(errno.EAGAIN).tolerate(waited, "C11 C15 C31 C32",
				"somebody else has it for a moment: it is waited for"),
			before(errno.EMFILE).degrade(lockFile, "C21", "too many open files"),
			before(errno.ENFILE).degrade(lockFile, "C21", "on the whole node"),
			before(errno.ENOSPC).degrade(lockFile, "D10", "the file of the locks can not be made"),
			before(errno.EROFS).degrade(lockFile, "D06",
				"the file of the locks can not be opened for writing"),
			before(errno.EACCES).degrade(lockFile, "D11", "SELinux, or a mode"),
			before(errno.EIO).degrade(lockFile, "D12 D03",
				"a file system without locks, or a disk that fails")),
		tableOf(on(DirLook),
			before(errno.EIO).tolerate(taken, "D03",
				"taken for missing: making it says what is wrong, or that it is there"),
			before(errno.EACCES).tolerate(taken, "D11 D22",
				"taken for missing: making it says that it may not be")),
		tableOf(on(DirMake),
			before(errno.EEXIST).tolerate(tempFile, "D14 D17", "somebody else was faster: as good"),
			before(errno.ENOSPC).degrade(firstFile, "D01 D10", "no inode for it"),
			before(errno.EDQUOT).degrade(firstFile, "D10", "the quota is used up"),
			before(errno.EROFS).degrade(firstFile, "D06", "read-only"),
			before(errno.EACCES).degrade(firstFile, "D11 D22", "SELinux, or a mode"),
			before(errno.EIO).degrade(firstFile, "D13", "the disk fails"),
			after(errno.EIO).degrade(firstFile, "D23", "it is there all the same")),
		tableOf(on(DirList),
			before(errno.EIO).degrade(listed, "D03",
				"who else is there is not known, so that nothing is collected"),
			before(errno.EACCES).degrade(listed, "D11", "SELinux, or a mode"),
			before(errno.EMFILE).degrade(listed, "C21", "too many open files"),
			before(errno.ENOENT).outside(emptyDir, "D14 D21",
				"said only of a directory that is gone: see the step remove-dir")),
		tableOf(on(DirSync),
			before(errno.EIO).degrade(firstFile, "D09 D23",
				"whether the name survives is not known: nobody relies on it"),
			before(errno.EMFILE).degrade(firstFile, "C21", "too many open files"),
			before(errno.ENOSPC).degrade(firstFile, "D09 D10",
				"no room for the directory's new block")),
	)
}

// leaseRows are of the files of host-local.
func leaseRows() []Row {
	return concat(
		tableOf(on(LeaseList),
			before(errno.EIO).outside(hidden, "D03 P19",
				"host-local takes what it can not list for nothing, and releases nothing"),
			before(errno.EACCES).outside(hidden, "D11 P19",
				"host-local takes what it may not list for nothing"),
			before(errno.EMFILE).outside(hidden, "C21 P19",
				"host-local takes a list that it has no descriptor for as empty")),
		tableOf(on(LeaseRemove),
			before(errno.EIO).outside(hidden, "D13 P19",
				"host-local says that it has released the address, and has not"),
			before(errno.EROFS).outside(hidden, "D06 P19",
				"host-local says nothing of a file system that became read-only"),
			before(errno.EACCES).outside(hidden, "D11 P19",
				"host-local says nothing of a file that it may not remove"),
			after(errno.ENOENT).tolerate(tempFile, "D14", "somebody else removed it: as good"),
			after(errno.EIO).degrade(leftFile, "D23",
				"it is gone, and the disk says that it failed")))
}

// spoiltFileRows are of disks that do not keep what they were given.
func spoiltFileRows() []Row {
	return concat(
		tableOf(on(FileRead),
			spoilt(Truncated).degrade(torn, "D04 D15 D19", "half of the file is there"),
			spoilt(Emptied).degrade(torn, "D04 D07",
				"the name was durable and the bytes were not"),
			spoilt(Flipped).degrade(torn, "D05", "one bit is another"),
			spoilt(Zeroed).degrade(torn, "D05 D07", "as long as it was, and all NUL")),
		tableOf(on(FileStore),
			spoilt(Unsynced).outside(asIf, "D07 T08",
				"a disk that says it has synced and has not: nobody can know until the power is "+
					"back; what then is torn is set aside")),
		tableOf(on(DirSync),
			spoilt(Unsynced).outside(asIf, "D08 D09 T08",
				"a disk that lies about names: after the power cut a record may be missing")),
		tableOf(on(DirList),
			spoilt(Shortened).outside(asIf, "D22",
				"a directory that is changed while it is read may lack names; GC comes again")),
	)
}
