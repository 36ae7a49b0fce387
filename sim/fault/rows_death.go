package fault

// deaths are the ends of a process, and of the power, around every operation. Of
// what changes nothing only the end before it is listed: the one after it is the
// end before the next operation.
func deaths() []Row {
	var rows []Row
	for _, kind := range kinds {
		rows = append(rows, tableOf(on(kind), dying(kind)...)...)
	}
	return rows
}

func dying(kind Kind) []entry {
	list := []entry{
		ends(CrashBefore).tolerate(lived, "C01 C02 C03",
			"the runtime sees a process that died, and begins with DEL"),
		ends(CutBefore).tolerate(lived, "D24 T03 T04",
			"the next boot has no sandbox of this one"),
	}
	if kind.Changes() {
		list = append(list,
			ends(CrashAfter).tolerate(lived, "C01 C02 C03",
				"what was done is undone by the record, which is older"),
			ends(CutAfter).tolerate(lived, "D24 T03 T04",
				"what outlives the boot is undone by the record, if that was durable"))
	}
	return list
}

// stalls are operations that take long, or for ever.
func stalls() []Row {
	kernel := on(NSOpen, LinkGet, LinkList, LinkAdd, LinkDel, LinkUp, LinkDown, LinkRename,
		LinkMove, LinkMaster, LinkSet, AddrAdd, AddrDel, AddrList, RuleAdd, RuleDel,
		FilterAdd, FilterDel, ShapeAdd)
	disk := on(FileRead, FileWrite, FileStore, FileCreate, FileRename, FileRemove, FileLock,
		LeaseList, LeaseRemove, DirLook, DirMake, DirList, DirSync)
	routes := on(RouteAdd, RouteDel) // which Patchbay changes too
	views := on(NSLook, LinkAbsent, LinkPresent, RouteList)
	return concat(
		tableOf(kernel,
			late(5_000).tolerate(asIf, "K21",
				"RTNL is held for 5 s by somebody else; every deadline is longer"),
			hangs().degrade(undone, "K21 P11",
				"RTNL is held for ever: the plugin is killed at its deadline")),
		tableOf(routes,
			late(5_000).tolerate(asIf, "K21",
				"RTNL is held for 5 s by somebody else; every deadline is longer"),
			hangs().degrade(retried, "K21 P11",
				"RTNL is held for ever: until the deadline, or the end of the plugin")),
		tableOf(views,
			late(2_000).tolerate(asIf, "K21", "RTNL is held for 2 s"),
			hangs().degrade(retried, "K21", "RTNL is held until the deadline")),
		tableOf(disk,
			late(3_000).tolerate(asIf, "T09 T10",
				"the disk writes back what others wrote, for 3 s"),
			hangs().tolerate(lived, "D24 C09",
				"a disk that does not answer: nobody can be killed out of that but with "+
					"all, and the runtime loses patience")),
	)
}
