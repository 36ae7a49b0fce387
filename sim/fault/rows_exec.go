package fault

import (
	"patchbay/sim/errno"
)

// What a plugin's run is expected to cost, by who runs it.
//
//nolint:gochecknoglobals // constant tables
var (
	runs    = on(PluginAdd, PluginDel, PluginCheck, PluginGC, PluginStatus)
	ipamRun = on(IPAMAdd, IPAMDel, IPAMCheck, IPAMGC, IPAMStatus)
)

// notStarted are the answers of execve(2) and fork(2), in the words of who asked.
func notStarted() []entry {
	cant := func(name string, e errno.Errno) *Answer { return &Answer{Name: name, Errno: e} }
	return []entry{
		{FailBefore, cant("EACCES", errno.EACCES), 0, Degrade, undone, "P03 D11",
			"it lost its x bit, or SELinux forbids it"},
		{FailBefore, cant("ENOEXEC", enoexec), 0, Degrade, undone, "P03",
			"it is of another architecture, or half downloaded"},
		{FailBefore, cant("ENOENT", errno.ENOENT), 0, Degrade, undone, "P01 P02",
			"it was removed since it was found, or its interpreter is not there"},
		{FailBefore, cant("ETXTBSY", errno.ETXTBSY), 0, Degrade, retried, "P04",
			"it was being written for longer than that is waited for"},
		{FailBefore, cant("EAGAIN", errno.EAGAIN), 0, Degrade, undone, "P33 C21",
			"no more processes may be made"},
		{FailBefore, cant("ENOMEM", errno.ENOMEM), 0, Degrade, undone, "P33", "no memory to fork"},
		{FailBefore, cant("EMFILE", errno.EMFILE), 0, Degrade, undone, "C21 N13",
			"no more pipes may be opened"},
		{FailBefore, cant("E2BIG", errno.E2BIG), 0, Degrade, undone, "P38",
			"CNI_ARGS is longer than the kernel takes"},
		{FailBefore, cant("EIO", errno.EIO), 0, Degrade, undone, "P03 D03",
			"its first block can not be read"},
	}
}

// execRows are of how runs fail, whatever the plugin prints.
func execRows() []Row {
	var rows []Row
	for _, kind := range concatKinds(runs, ipamRun) {
		rows = append(rows, rowsOf(on(kind), notStarted()...)...)
		rows = append(rows, rowsOf(on(kind), dies(kind)...)...)
		rows = append(rows, rowsOf(on(kind), codes(kind)...)...)
	}
	return rows
}

func concatKinds(a, b []Kind) []Kind { return append(append([]Kind{}, a...), b...) }

// dies are plugins that end without a word.
func dies(kind Kind) []entry {
	gone := &Answer{Name: "killed", Status: killed, Print: PrintNothing}
	mute := &Answer{Name: "mute", Status: failed, Print: PrintNothing}
	panics := &Answer{
		Name: "panic", Status: "exit status 2", Print: PrintNothing,
		Stderr: "panic: runtime error: index out of range [1] with length 1\n\ngoroutine 1",
	}
	list := []entry{
		{FailBefore, gone, 0, Degrade, undone, "P13", "the OOM killer, before it did anything"},
		{FailBefore, mute, 0, Degrade, undone, "P08", "exit status 1 and nothing said"},
		{FailBefore, panics, 0, Degrade, undone, "P15 P08",
			"a defect; the end of its trace is in the error"},
		{Hang, nil, 0, Degrade, undone, "P11 P12 P29",
			"it waits for ever, and for no signal: its process group is killed"},
		{Late, nil, 2_000, Tolerate, asIf, "P29 P04", "slow, and within its deadline"},
	}
	if !kind.Changes() {
		return list
	}
	list = append(list,
		entry{FailAfter, gone, 0, Degrade, undone, "P14",
			"killed when all was done: it is undone though it said nothing"},
		entry{FailAfter, mute, 0, Degrade, undone, "P08 P14", "all was done, exit status 1"},
		entry{FailAfter, panics, 0, Degrade, undone, "P15 P14",
			"all was done, and printing it panics"},
		entry{LostReply, nil, 0, Degrade, undone, "P11 P12 P25",
			"all was done, and a grandchild keeps it from ending"})
	for _, n := range []int{1, 2, 3, 5, 8, 13} {
		list = append(list, entry{Partial, gone, n, Degrade, undone, "P14 K30 C01 C02",
			"killed after so many of its operations"})
	}
	return list
}

// codes are plugins that say what is wrong (CNI spec 1.1, "Error").
func codes(kind Kind) []entry {
	says := func(name string, code uint, msg string) *Answer {
		return &Answer{Name: name, Status: failed, Print: PrintError, Code: code, Msg: msg}
	}
	later := says("code-11", 11, "try again later")
	invalid := says("code-7", 7, "invalid network config")
	own := says("code-100", 100, "the switch refuses the port")
	internal := says("code-999", 999, "it did not work")
	list := []entry{
		{FailBefore, later, 0, Degrade, retried, "P26 V17", "the runtime may try again later"},
		{FailBefore, invalid, 0, Degrade, undone, "K11 K22", "the plugin rejects its configuration"},
		{FailBefore, own, 0, Degrade, undone, "P39 K25", "a code of the plugin's own is kept"},
		{FailBefore, internal, 0, Degrade, undone, "P08", "the code of most failures"},
		{FailBefore, says("code-1", 1, "unsupported CNI version"), 0, Degrade, undone, "P16",
			"the plugin is older than the configuration"},
		{FailBefore, says("code-3", 3, "unknown container"), 0, known(kind), unknown(kind),
			"P27", "the plugin knows nothing of it: nothing is left to undo"},
		{FailBefore, says("code-4", 4, "CNI_IFNAME missing"), 0, Degrade, undone, "P32",
			"the plugin does not like its environment, or its verb"},
		{FailBefore, says("code-5", 5, "failed to read stdin"), 0, Degrade, undone, "P36",
			"the plugin could not read what it was given"},
		{FailBefore, says("code-6", 6, "failed to decode its configuration"), 0, Degrade, undone,
			"P36", "it does not understand what it was given"},
		{FailBefore, says("code-50", 50, "the plugin is not available"), 0, Degrade, undone,
			"P32 A26", "the plugin can not do an ADD now"},
	}
	if !kind.Changes() {
		return list
	}
	return append(list,
		entry{FailAfter, later, 0, Degrade, retried, "P26 P14", "all was done, code 11"},
		entry{FailAfter, internal, 0, Degrade, undone, "P14", "all was done, code 999"})
}

// known is the mark of a plugin that does not know the container: DEL succeeds.
func known(kind Kind) Mark {
	if kind == PluginDel || kind == IPAMDel {
		return Outside
	}
	return Degrade
}

func unknown(kind Kind) Expect {
	if kind == PluginDel {
		return Expect{Add: AI, Del: ID, GC: ID}
	}
	return undone
}
