package fault

// outputRows are of plugins that do their work and print something odd.
func outputRows() []Row {
	var rows []Row
	for _, kind := range on(PluginAdd, IPAMAdd) {
		rows = append(rows, tableOf(on(kind), unreadable()...)...)
		rows = append(rows, tableOf(on(kind), untrue(kind)...)...)
	}
	for _, kind := range on(PluginDel, PluginCheck, PluginGC, PluginStatus) {
		rows = append(rows, tableOf(on(kind), noise()...)...)
	}
	for _, kind := range on(IPAMDel, IPAMCheck, IPAMStatus) {
		rows = append(rows, tableOf(on(kind), unheard()...)...)
	}
	return concat(rows, liars())
}

// saying is an answer of exit status 0.
func saying(name string, p Print) *Answer { return &Answer{Name: name, Print: p} }

// unreadable is output of ADD that is no result.
func unreadable() []entry {
	failedTruth := &Answer{Name: "success-exit-1", Status: failed, Print: PrintTruth}
	errorExit0 := &Answer{
		Name: "error-exit-0", Print: PrintError, Code: 999, Msg: "it did not work",
	}
	flood := &Answer{Name: "flood", Print: PrintHuge, Stderr: logLine}
	return []entry{
		prints(saying("empty", PrintNothing)).degrade(undone, "P05", "exit status 0"),
		prints(saying("garbage", PrintGarbage)).degrade(undone, "P06", "no JSON at all"),
		prints(saying("log-before", PrintLogBefore)).degrade(undone, "P07",
			"its log goes to standard output, and comes first"),
		prints(saying("log-after", PrintLogAfter)).degrade(undone, "P07",
			"its log goes to standard output, and comes last"),
		prints(saying("twice", PrintTwice)).degrade(undone, "P07",
			"the result of a delegate, then its own"),
		prints(saying("half", PrintHalf)).degrade(undone, "P06", "it broke off"),
		prints(saying("list", PrintList)).degrade(undone, "P06", "JSON, and no object"),
		prints(saying("null", PrintNull)).degrade(undone, "P06", "JSON, and no object"),
		prints(saying("string", PrintStringOnly)).degrade(undone, "P06", "JSON, and no object"),
		prints(saying("nul", PrintNUL)).degrade(undone, "P23", "a NUL byte before it"),
		prints(saying("not-utf8", PrintUTF8)).degrade(undone, "P23",
			"bytes that are no text before it"),
		prints(flood).degrade(undone, "P22 P24 D20",
			"100 MB: read up to 16 MiB, and the plugin is not waited for"),
		prints(failedTruth).degrade(undone, "P09",
			"a result and exit status 1: the exit status wins"),
		prints(errorExit0).degrade(undone, "P10", "an error and exit status 0: the error wins"),
		prints(saying("bad-error", PrintBadError)).degrade(undone, "P10",
			"an error of which the code is no number"),
	}
}

// untrue is a result of ADD that is not what was done.
func untrue(kind Kind) []entry {
	if kind == IPAMAdd {
		return untrueIPAM()
	}
	return []entry{
		prints(saying("version", PrintVersion)).degrade(undone, "P16",
			"a cniVersion that nobody knows"),
		prints(saying("ip4", PrintEmptyIP4)).degrade(undone, "P16",
			"a result of 0.2.0 with an address that is none: refused"),
		prints(saying("object", PrintObject)).outside(Expect{Add: AI | RB}, "P05 P20",
			"an object without members is a result without anything, as some plugins give"),
		prints(saying("bad-ip", PrintBadIP)).degrade(undone, "P39 P06",
			"an address that is none"),
		prints(saying("bad-index", PrintBadIndex)).degrade(undone, "P39",
			"an address on an interface that is not in the list: refused"),
		prints(saying("if-name", PrintIfName)).outside(Expect{Add: AI | RB}, "P17 P21",
			"the result names an interface that is not there; CHECK will say so, and DEL "+
				"goes by CNI_IFNAME"),
		prints(saying("no-ip", PrintNoIP)).outside(Expect{Add: AI}, "P20",
			"a network without addresses is a network; nobody can tell"),
		prints(saying("no-links", PrintNoLinks)).outside(Expect{Add: AI}, "P21",
			"allowed until 1.0.0, and common"),
		prints(saying("sandbox", PrintSandbox)).outside(Expect{Add: AI}, "P17 N10",
			"the result names another sandbox; ADD goes by CNI_NETNS"),
	}
}

// untrueIPAM is a result of an IPAM plugin that is not what was done. Plugins read it,
// and most want an address in it.
func untrueIPAM() []entry {
	either := Expect{Add: AI | RB}
	return []entry{
		prints(saying("version", PrintVersion)).degrade(either, "P16",
			"a cniVersion that nobody knows"),
		prints(saying("ip4", PrintEmptyIP4)).degrade(either, "P16",
			"a result of 0.2.0, whatever was asked for: converted, or refused"),
		prints(saying("object", PrintObject)).degrade(either, "P05 P20",
			"an object without members, which is a result without anything"),
		prints(saying("bad-ip", PrintBadIP)).degrade(undone, "P39 P06",
			"an address that is none"),
		prints(saying("no-ip", PrintNoIP)).degrade(either, "P20 I05",
			"an address is reserved, and not told"),
	}
}

// noise is output of verbs that have none, by plugins that succeed.
func noise() []entry {
	fine := Expect{Add: AI, Del: AI, GC: AI, Check: AI, Status: AI}
	errorExit0 := &Answer{
		Name: "error-exit-0", Print: PrintError, Code: 999, Msg: "it did not work",
	}
	return []entry{
		prints(saying("object", PrintObject)).tolerate(fine, "P39",
			"it prints where nothing is due"),
		prints(saying("garbage", PrintGarbage)).degrade(undone, "P06",
			"nobody knows what that is to mean"),
		prints(saying("null", PrintNull)).degrade(undone, "P06", "JSON, and no object"),
		prints(saying("flood", PrintHuge)).degrade(undone, "P22 P24", "100 MB"),
		prints(errorExit0).degrade(undone, "P10", "an error and exit status 0: the error wins"),
		prints(&Answer{Name: "stderr", Stderr: logLine}).tolerate(fine, "P24 D20",
			"only its log, which is ours then"),
	}
}

// unheard is the same of IPAM plugins: the library by which plugins run them goes by
// the exit status alone.
func unheard() []entry {
	either := Expect{Add: AI | RB, Del: AI | CT, GC: AI | CT, Check: AI | FF, Status: AI | FF}
	list := noise()
	for i := range list {
		list[i] = list[i].marked(Tolerate, either, list[i].taxonomy, list[i].why)
	}
	return list
}

// liars are of plugins that say they did, and did nothing.
func liars() []Row {
	return concat(
		tableOf(on(PluginAdd), lies().outside(Expect{Add: AI | RB}, "P18",
			"nothing says what a plugin that is not looked into should have done; CHECK "+
				"fails where an interface is missing")),
		tableOf(on(IPAMAdd), lies().outside(Expect{Add: AI | RB}, "P18 I02",
			"an address that was not reserved is not ours to see")),
		tableOf(on(PluginDel, IPAMDel), lies().outside(Expect{Add: AI, Del: AI, GC: AI}, "P19",
			"what a plugin holds outside of the sandbox only it knows; its GC is told what "+
				"is still used")),
		tableOf(on(PluginCheck, IPAMCheck), lies().outside(Expect{Check: AI}, "P32",
			"many plugins look at nothing; interfaces we look at")),
		tableOf(on(PluginGC), lies().outside(Expect{GC: AI}, "P32",
			"many plugins have no GC; the next one is told the same")),
		tableOf(on(PluginStatus, IPAMStatus), lies().outside(Expect{Status: AI}, "P32",
			"many plugins have no STATUS; ADD will say")),
	)
}
