package fault

// diskThreats are of files.
//
//nolint:gochecknoglobals // a constant table
var diskThreats = []Threat{
	threat("D01", "the disk is full before anything is changed").by(whenDiskFull),
	threat("D02", "the disk is full when the result is to be kept").by(whenDiskFull),
	threat("D03", "a block can not be read"),
	threat("D04", "half of a record is there").by(whenTearRecord),
	threat("D05", "a bit of a record is another").by(whenFlipRecord),
	threat("D06", "the file system is read-only").by(whenDiskReadOnly),
	threat("D07", "the new name survived a power cut and the bytes did not").by(whenPowerCut),
	threat("D08", "a power cut brings the old file back").by(whenPowerCut),
	threat("D09", "a power cut takes a name away").by(whenPowerCut),
	threat("D10", "no inode, or no quota, is left").by(whenDiskFull),
	threat("D11", "a mode or SELinux forbids it"),
	threat("D12", "a lock is left by somebody who is dead").by(whenRestartRuntime),
	threat("D13", "a write is cut short"),
	threat("D14", "somebody removes our directory, or a record").
		by(whenRemoveDir, whenRemoveRecord),
	threat("D15", "a record is of an older or a newer version").by(whenOldRecord, whenNewRecord),
	threat("D16", "temporary files are left").by(whenForeignFile),
	threat("D17", "there are two records of one thing").by(whenOldRecord),
	threat("D18", "files of others are in our directory").by(whenForeignFile),
	threat("D19", "what an IPAM plugin keeps is damaged").by(whenSpoilStore),
	threat("D20", "logs fill the disk").by(whenDiskFull),
	threat("D21", "one directory is wiped by the boot, and another is not").
		by(whenReboot, whenRemoveDir),
	threat("D22", "we see another directory than the node does").by(whenRemoveDir),
	threat("D23", "a sync fails"),
	threat("D24", "the power goes at any operation").by(whenPowerCut),
}

// processThreats are of processes, of races and of upgrades.
//
//nolint:gochecknoglobals // a constant table
var processThreats = []Threat{
	threat("C01", "ADD dies at any operation"),
	threat("C02", "DEL dies at any operation"),
	threat("C03", "GC dies at any operation"),
	threat("C04", "a daemon dies while it starts, again and again").notYet(withDaemon),
	threat("C05", "a daemon is restarted in the middle of a request").notYet(withDaemon),
	threat("C06", "a socket that nobody listens to").
		notYet("that of the dhcp plugin, as the rows show; our own " + withDaemon),
	threat("C07", "no socket").
		notYet("that of the dhcp plugin, as the rows show; our own " + withDaemon),
	threat("C08", "shim and daemon are of different versions").notYet(withDaemon),
	threat("C09", "a process is stopped").by(whenFreeze),
	threat("C10", "a daemon is killed for its memory, again and again").notYet(withDaemon),
	threat("C11", "two ADDs of one sandbox").by(whenTwoADDs),
	threat("C12", "DEL while ADD is under way").by(whenDELDuringADD),
	threat("C13", "ADD goes on after its DEL").by(whenDELDuringADD),
	threat("C14", "GC while ADD is under way").by(whenGCDuringADD),
	threat("C15", "two GCs").by(whenTwoGCs),
	threat("C16", "CHECK while DEL is under way").by(whenCHECKDuringDEL),
	threat("C17", "a new sandbox of the pod before the old one is deleted").by(whenRestartRuntime),
	threat("C18", "DEL without ADD").by(whenStopAgain),
	threat("C19", "DEL a hundred times").by(whenStopAgain),
	threat("C20", "the first plugin's DEL fails").by(whenRemovePlugin),
	threat("C21", "too many files or processes"),
	threat("C22", "something that belongs to the whole process is changed for one request").
		notOurs("a linter forbids it; a process of ours serves one request"),
	threat("C23", "two daemons during an upgrade").notYet(withDaemon),
	threat("C24", "an upgrade while pods live").by(whenOldRecord),
	threat("C25", "a downgrade while pods live").by(whenNewRecord),
	threat("C26", "our configuration is removed while pods live").by(whenChangeConfig),
	threat("C27", "a defect in one request").
		notYet("comes with the mutants: a panic is an error, and undone"),
	threat("C28", "the runtime restarts, and lists what is left only to GC").
		by(whenForgetRuntime, whenCollect),
	threat("C29", "the kubelet restarts").by(whenRestartKubelet),
	threat("C30", "sandboxes of one pod overlap").by(whenChurn),
	threat("C31", "somebody less urgent holds the lock").by(whenChurn),
	threat("C32", "who holds a lock dies").by(whenRestartRuntime),
	threat("C33", "the failure of a DEL is not told").by(whenRemovePlugin),
	threat("C34", "DEL is refused for what only ADD should refuse").
		by(whenOccupyName, whenBreakNAD),
}

// timeThreats are of clocks and of the machine.
//
//nolint:gochecknoglobals // a constant table
var timeThreats = []Threat{
	threat("T01", "the wall clock jumps").by(whenClockJump),
	threat("T02", "the machine sleeps, and wakes").by(whenFreeze, whenClockJump),
	threat("T03", "after a reboot records are of what is gone").by(whenReboot),
	threat("T04", "a reboot in the middle of an ADD").by(whenPowerCut),
	threat("T05", "devices have other addresses after a boot").notYet(withNIC),
	threat("T06", "a kernel starts another, and devices keep their state").notYet(withNIC),
	threat("T07", "a machine comes back under its old name, with an empty disk").
		by(whenReboot, whenRemoveDir),
	threat("T08", "the power goes between a rename and its sync").by(whenPowerCut),
	threat("T09", "everything takes 30 s longer").by(whenFreeze),
	threat("T10", "a process is frozen").by(whenFreeze),
	threat("T11", "the next boot is another kernel").
		notYet("the simulated kernel has profiles, and no event that exchanges them"),
	threat("T12", "nothing says which boot it is"),
	threat("T13", "the node has another name").
		notOurs("nothing of ours goes by the name of the node"),
	threat("T14", "pods are restarted before anything is ready").by(whenReboot, whenAPIDown),
}

// addressThreats are of addresses.
//
//nolint:gochecknoglobals // a constant table
var addressThreats = []Threat{
	threat("I01", "no address is left").by(whenFillRange),
	threat("I02", "two take one address at a time").by(whenChurn),
	threat("I03", "somebody tidies up an address that is used").by(whenCollect, whenGCDuringADD),
	threat("I04", "a pod of the same name confuses who tidies up").by(whenRecreate, whenCollect),
	threat("I05", "an address is reserved, and the answer lost"),
	threat("I06", "the range overlaps with the node's").by(whenTakeAddress),
	threat("I07", "the store is not there at DEL").by(whenAPIDown),
	threat("I08", "a pod that fails again and again takes an address each time").by(whenChurn),
	threat("I09", "the address that is asked for is taken").by(whenTakeAddress),
	threat("I10", "an address of another family than the range"),
	threat("I11", "the range becomes smaller").by(whenShrinkRange),
	threat("I12", "an address is released that is another's by now").
		by(whenStopAgain, whenTakeAddress),
}

// wireThreats are of what is on the wire.
//
//nolint:gochecknoglobals // a constant table
var wireThreats = []Threat{
	threat("L01", "packets are lost, late, doubled or damaged").
		notYet("for leases as the rows show; the rest " + withWire),
	threat("L02", "the link goes down and up").by(whenFlapLink),
	threat("L03", "somewhere on the way the MTU is smaller").
		notYet("a parent's as the rows show; the rest " + withWire),
	threat("L04", "somebody on the wire has the address").by(whenTakeAddress),
	threat("L05", "the switch drops a VLAN").notYet(withWire),
	threat("L06", "the API server is reached in one direction only").by(whenAPIDown),
	threat("L07", "links go one by one and come back in another order").by(whenFlapLink),
}
