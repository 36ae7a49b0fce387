package fault

import (
	"patchbay/sim/errno"
)

// runs are the runs of plugins.
//
//nolint:gochecknoglobals // a constant table
var runs = on(PluginAdd, PluginDel, PluginCheck, PluginGC, PluginStatus,
	IPAMAdd, IPAMDel, IPAMCheck, IPAMStatus)

// notStarted are the answers of execve(2) and fork(2), in the words of who asked.
func notStarted() []entry {
	cant := func(name string, e errno.Errno) *Answer { return &Answer{Name: name, Errno: e} }
	return []entry{
		before(cant("EACCES", errno.EACCES)).degrade(undone, "P03 D11",
			"it lost its x bit, or SELinux forbids it"),
		before(cant("ENOEXEC", enoexec)).degrade(undone, "P03",
			"it is of another architecture, or half downloaded"),
		before(cant("ENOENT", errno.ENOENT)).degrade(missing, "P01 P02",
			"it was removed since it was found, or its interpreter is not there"),
		before(cant("ETXTBSY", errno.ETXTBSY)).degrade(retried, "P04",
			"it was being written for longer than that is waited for"),
		before(cant("EAGAIN", errno.EAGAIN)).degrade(undone, "P33 C21",
			"no more processes may be made"),
		before(cant("ENOMEM", errno.ENOMEM)).degrade(undone, "P33", "no memory to fork"),
		before(cant("EMFILE", errno.EMFILE)).degrade(undone, "C21 N13",
			"no more pipes may be opened"),
		before(cant("E2BIG", errno.E2BIG)).degrade(undone, "P38",
			"CNI_ARGS is longer than the kernel takes"),
		before(cant("EIO", errno.EIO)).degrade(undone, "P03 D03",
			"its first block can not be read"),
	}
}

// execRows are of how runs fail, whatever the plugin prints.
func execRows() []Row {
	var rows []Row
	for _, kind := range runs {
		rows = append(rows, tableOf(on(kind), notStarted()...)...)
		rows = append(rows, tableOf(on(kind), mute(kind)...)...)
		rows = append(rows, tableOf(on(kind), codes(kind)...)...)
	}
	return rows
}

// mute are plugins that end without a word.
func mute(kind Kind) []entry {
	gone := &Answer{Name: "killed", Status: killed, Print: PrintNothing}
	silent := &Answer{Name: "mute", Status: failed, Print: PrintNothing}
	panics := &Answer{
		Name: "panic", Status: "exit status 2", Print: PrintNothing,
		Stderr: "panic: runtime error: index out of range [1] with length 1\n\ngoroutine 1",
	}
	list := []entry{
		before(gone).degrade(undone, "P13", "the OOM killer, before it did anything"),
		before(silent).degrade(undone, "P08", "exit status 1 and nothing said"),
		before(panics).degrade(undone, "P15 P08",
			"a defect; the end of its trace is in the error"),
		hangs().degrade(undone, "P11 P12 P29",
			"it waits for ever, and for no signal: its process group is killed"),
		late(2_000).tolerate(asIf, "P29 P04", "slow, and within its deadline"),
	}
	if !kind.Changes() {
		return list
	}
	list = append(list,
		after(gone).degrade(undone, "P14",
			"killed when all was done: it is undone though it said nothing"),
		after(silent).degrade(undone, "P08 P14", "all was done, exit status 1"),
		after(panics).degrade(undone, "P15 P14", "all was done, and printing it panics"),
		lostReply().degrade(undone, "P11 P12 P25",
			"all was done, and a grandchild keeps it from ending"))
	for _, n := range []int{1, 2, 3, 5, 8, 13} {
		list = append(list, partly(gone, n).degrade(undone, "P14 K30 C01 C02",
			"killed after so many of its operations"))
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
		before(later).degrade(retried, "P26", "the runtime may try again later"),
		before(invalid).degrade(undone, "K11 K22", "the plugin rejects its configuration"),
		before(own).degrade(undone, "P39 K25", "a code of the plugin's own is kept"),
		before(internal).degrade(undone, "P08", "the code of most failures"),
		before(says("code-1", 1, "unsupported CNI version")).degrade(undone, "P16",
			"the plugin is older than the configuration"),
		before(says("code-3", 3, "unknown container")).marked(known(kind), unknown(kind), "P27",
			"the plugin knows nothing of it: nothing is left to undo"),
		before(says("code-4", 4, "CNI_IFNAME missing")).degrade(undone, "P32",
			"the plugin does not like its environment, or its verb"),
		before(says("code-5", 5, "failed to read stdin")).degrade(undone, "P36",
			"the plugin could not read what it was given"),
		before(says("code-6", 6, "failed to decode its configuration")).degrade(undone, "P36",
			"it does not understand what it was given"),
		before(says("code-50", 50, "the plugin is not available")).degrade(undone, "P32",
			"the plugin can not do an ADD now"),
	}
	if !kind.Changes() {
		return list
	}
	return append(list,
		after(later).degrade(retried, "P26 P14", "all was done, code 11"),
		after(internal).degrade(undone, "P14", "all was done, code 999"))
}

// known is the mark of a plugin that does not know the container: DEL succeeds.
func known(kind Kind) Mark {
	if kind == PluginDel || kind == IPAMDel {
		return Outside
	}
	return Degrade
}

func unknown(kind Kind) Expect {
	switch kind { //nolint:exhaustive // the others do not undo
	case PluginDel:
		return Expect{Add: AI, Del: ID, GC: ID}
	case IPAMDel:
		return Expect{Add: AI | RB, Del: ID | CT, GC: ID | CT}
	}
	return undone
}
