package fault

// outputRows are of plugins that do their work and print something odd.
func outputRows() []Row {
	var rows []Row
	for _, kind := range on(PluginAdd, IPAMAdd) {
		rows = append(rows, rowsOf(on(kind), unreadable()...)...)
		rows = append(rows, rowsOf(on(kind), untrue()...)...)
	}
	for _, kind := range on(PluginDel, PluginCheck, PluginGC, PluginStatus,
		IPAMDel, IPAMCheck, IPAMGC, IPAMStatus) {
		rows = append(rows, rowsOf(on(kind), noise()...)...)
	}
	return concat(rows, lies())
}

// prints is an answer of exit status 0.
func prints(name string, p Print) *Answer { return &Answer{Name: name, Print: p} }

// unreadable is output of ADD that is no result.
func unreadable() []entry {
	failedTruth := &Answer{Name: "success-exit-1", Status: failed, Print: PrintTruth}
	errorExit0 := &Answer{
		Name: "error-exit-0", Print: PrintError, Code: 999, Msg: "it did not work",
	}
	flood := &Answer{Name: "flood", Print: PrintHuge, Stderr: logLine}
	return []entry{
		{Corrupt, prints("empty", PrintNothing), 0, Degrade, undone, "P05", "exit status 0"},
		{Corrupt, prints("garbage", PrintGarbage), 0, Degrade, undone, "P06", "no JSON at all"},
		{Corrupt, prints("log-before", PrintLogBefore), 0, Degrade, undone, "P07",
			"its log goes to standard output"},
		{Corrupt, prints("log-after", PrintLogAfter), 0, Degrade, undone, "P07", "as above"},
		{Corrupt, prints("twice", PrintTwice), 0, Degrade, undone, "P07",
			"the result of a delegate, then its own"},
		{Corrupt, prints("half", PrintHalf), 0, Degrade, undone, "P06", "it broke off"},
		{Corrupt, prints("list", PrintList), 0, Degrade, undone, "P06", "JSON, and no object"},
		{Corrupt, prints("null", PrintNull), 0, Degrade, undone, "P06", "JSON, and no object"},
		{Corrupt, prints("string", PrintStringOnly), 0, Degrade, undone, "P06",
			"JSON, and no object"},
		{Corrupt, prints("nul", PrintNUL), 0, Degrade, undone, "P23", "a NUL byte before it"},
		{Corrupt, prints("not-utf8", PrintUTF8), 0, Degrade, undone, "P23",
			"bytes that are no text before it"},
		{Corrupt, flood, 0, Degrade, undone, "P22 P24 D20",
			"100 MB: read up to 16 MiB, and the plugin is not waited for"},
		{Corrupt, failedTruth, 0, Degrade, undone, "P09",
			"a result and exit status 1: the exit status wins"},
		{Corrupt, errorExit0, 0, Degrade, undone, "P10",
			"an error and exit status 0: the error wins"},
		{Corrupt, prints("bad-error", PrintBadError), 0, Degrade, undone, "P10",
			"an error of which the code is no number"},
	}
}

// untrue is a result of ADD that is not what was done.
func untrue() []entry {
	return []entry{
		{Corrupt, prints("version", PrintVersion), 0, Degrade, undone, "P16",
			"a cniVersion that nobody knows"},
		{Corrupt, prints("ip4", PrintEmptyIP4), 0, Degrade, Expect{Add: AI | RB}, "P16",
			"a result of 0.2.0, whatever was asked for: converted, or refused"},
		{Corrupt, prints("object", PrintObject), 0, Degrade, Expect{Add: AI | RB}, "P05 P20",
			"an object without members, which is a result without anything"},
		{Corrupt, prints("bad-ip", PrintBadIP), 0, Degrade, undone, "P39 P06",
			"an address that is none"},
		{Corrupt, prints("bad-index", PrintBadIndex), 0, Degrade, Expect{Add: AI | RB}, "P39",
			"an address on an interface that is not in the list"},
		{Corrupt, prints("if-name", PrintIfName), 0, Outside, Expect{Add: AI | RB}, "P17 P21",
			"the result names an interface that is not there; CHECK will say so, and DEL " +
				"goes by CNI_IFNAME"},
		{Corrupt, prints("no-ip", PrintNoIP), 0, Outside, Expect{Add: AI}, "P20",
			"a network without addresses is a network; nobody can tell"},
		{Corrupt, prints("no-links", PrintNoLinks), 0, Outside, Expect{Add: AI}, "P21",
			"allowed until 1.0.0, and common"},
		{Corrupt, prints("sandbox", PrintSandbox), 0, Outside, Expect{Add: AI}, "P17 N10",
			"the result names another sandbox; ADD goes by CNI_NETNS"},
	}
}

// noise is output of verbs that have none, by plugins that succeed.
func noise() []entry {
	fine := Expect{Add: AI, Del: AI, GC: AI, Check: AI, Status: AI}
	errorExit0 := &Answer{
		Name: "error-exit-0", Print: PrintError, Code: 999, Msg: "it did not work",
	}
	return []entry{
		{Corrupt, prints("object", PrintObject), 0, Tolerate, fine, "P39",
			"it prints where nothing is due"},
		{Corrupt, prints("garbage", PrintGarbage), 0, Degrade, undone, "P06",
			"nobody knows what that is to mean"},
		{Corrupt, prints("null", PrintNull), 0, Degrade, undone, "P06", "JSON, and no object"},
		{Corrupt, prints("flood", PrintHuge), 0, Degrade, undone, "P22 P24", "100 MB"},
		{Corrupt, errorExit0, 0, Degrade, undone, "P10",
			"an error and exit status 0: the error wins"},
		{Corrupt, &Answer{Name: "stderr", Stderr: logLine}, 0, Tolerate, fine, "P24 D20",
			"only its log, which is ours then"},
	}
}

// lies are of plugins that say they did, and did nothing.
func lies() []Row {
	return concat(
		rowsOf(on(PluginAdd), entry{Lie, nil, 0, Outside, Expect{Add: AI | RB}, "P18",
			"nothing says what a plugin that is not looked into should have done; CHECK " +
				"fails where an interface is missing"}),
		rowsOf(on(IPAMAdd), entry{Lie, nil, 0, Outside, Expect{Add: AI | RB}, "P18 I02",
			"an address that was not reserved is not ours to see"}),
		rowsOf(on(PluginDel, IPAMDel), entry{Lie, nil, 0, Outside,
			Expect{Add: AI, Del: AI, GC: AI}, "P19",
			"what a plugin holds outside of the sandbox only it knows; its GC is told what " +
				"is still used"}),
		rowsOf(on(PluginCheck, IPAMCheck), entry{Lie, nil, 0, Outside,
			Expect{Check: AI}, "P32", "many plugins look at nothing; interfaces we look at"}),
		rowsOf(on(PluginGC, IPAMGC), entry{Lie, nil, 0, Outside, Expect{GC: AI}, "P32",
			"many plugins have no GC; the next one is told the same"}),
		rowsOf(on(PluginStatus, IPAMStatus), entry{Lie, nil, 0, Outside,
			Expect{Status: AI}, "P32", "many plugins have no STATUS; ADD will say"}),
	)
}
