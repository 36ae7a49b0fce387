package invariant

// restRows hold when everything was healed and has come to rest.
//
//nolint:gochecknoglobals // a constant table
var restRows = []Row{
	{
		Number: 41, Name: "NoLeakLink", When: End,
		Text: "The links of ours are those of sandboxes that the runtime has, and each of " +
			"those has its interface.",
		By:     "all links of all namespaces",
		Except: "bridges, which the reference plugins leave too; what is in quarantine",
	},
	{
		Number: 42, Name: "NoLeakIP", When: End,
		Text: "The leases are those of sandboxes that the runtime has, and each has as many as " +
			"when it was attached.",
		By:     "all files of host-local",
		Except: "what is in quarantine, and what strangers have written",
	},
	{
		Number: 43, Name: "NoLeakVF", When: End,
		Text: "A card that no sandbox has is on the node, and as it was before the first pod: " +
			"its name, MTU, MAC and state.",
		By: "all cards",
		Except: "what is in quarantine; a card that came home by itself, for host-device gives " +
			"it its name back inside of the sandbox alone; virtual functions, see sim/nic",
	},
	{
		Number: 44, Name: "NoLeakFile", When: End,
		Text: "Records, results and scratch files are those of sandboxes that the runtime has, " +
			"and no temporary file is left.",
		By: "all files of ours",
		Except: "what is in quarantine; what GC could not undo and has noted so, with an " +
			"error; the file of the locks, which is one for ever",
	},
	{
		Number: 45, Name: "NoLeakNs", When: End,
		Text: "No namespace lives on without its sandbox, and when the last call of a node has " +
			"ended nobody holds a lock.",
		By:        "all namespaces; the end of every call",
		Elsewhere: "",
		Except:    "threads and descriptors of real processes, which ci/node counts",
	},
	{
		Number: 46, Name: "NoLeakRule", When: End,
		Text: "Routes and rules of the node that plugins have made are those of sandboxes that " +
			"the runtime has.",
		By: "all routes and all rules of the packet filter of the node",
		Except: "chains that plugins share; switches under /proc/sys, which plugins leave " +
			"set; rules of a sandbox whose namespace was gone before its DEL, in which the " +
			"reference plugins look for the addresses that the rules are about",
	},
	{
		Number: 47, Name: "StatusExact", When: End,
		Text: "The status of a pod that is attached lists its interfaces, all of them and no " +
			"other, as they are.",
		By:     "all pods",
		Except: "a pod of which the API server has said that it is not there or is another",
	},
	{
		Number: 48, Name: "NoOrphanStatus", When: End,
		Text:   "No pod has a status that has no sandbox.",
		By:     "all pods",
		Except: "pods that are being deleted, or of which the ADD fails again and again",
	},
}

// liveRows say that things come to an end.
//
//nolint:gochecknoglobals // a constant table
var liveRows = []Row{
	{
		Number: 49, Name: "Converge", When: Live,
		Text: "When everything is healed, every pod that is wanted is attached, and every pod " +
			"that is not is gone, before its kubelet has tried fifty times.",
		By: "all pods at rest",
	},
	{
		Number: 50, Name: "Stable", When: Live,
		Text: "At rest nothing changes by itself: there is no effect of a call that has ended.",
		By:   "every change, at any time",
	},
	{
		Number: 51, Name: "DELEnds", When: Live,
		Text: "When everything is healed, the DEL of every sandbox succeeds in the end.",
		By:   "all sandboxes at rest",
	},
	{
		Number: 52, Name: "RecoverStart", When: Live, Waits: "patchbayd",
		Text: "From whatever a crash has left, the daemon becomes ready. Without a daemon each " +
			"call is such a start: see Converge and DELEnds.",
	},
	{
		Number: 53, Name: "NoLivelock", When: Live,
		Text: "When everything is healed, no sandbox has its DEL fail more than 25 times: what " +
			"can not be undone is set aside before.",
		By: "every DEL that fails",
	},
}

// compareRows are about two runs.
//
//nolint:gochecknoglobals // a constant table
var compareRows = []Row{
	{
		Number: 54, Name: "SameAsReference", When: Compare,
		Text: "The healed end of a run with faults is that of the run without, but for " +
			"addresses within their subnets, MACs and container IDs.",
		By: "Diff of the states, by sim/explore",
	},
	{
		Number: 55, Name: "IdempotentDEL", When: Compare,
		Text: "A DEL after a DEL that has succeeded changes nothing.",
		By:   "Diff of the states before and after it, by a story that stops a sandbox again",
	},
	{
		Number: 56, Name: "Commute", When: Compare,
		Text: "Calls of different sandboxes commute: the end is the same in whatever order " +
			"they take turns.",
		By: "Diff of the states, by the mode that tries every order",
	},
	{
		Number: 57, Name: "AddDelNeutral", When: Compare,
		Text: "When all pods are deleted, the world is as it was before the first: on the node, " +
			"on its disk and in the cluster.",
		By: "Neutral of the states at the beginning and at the end",
		Except: "what plugins leave for good, which State lists apart: bridges without ports, " +
			"chains without rules, directories and last_reserved_ip of host-local, lock files",
	},
	{
		Number: 58, Name: "CrashEquivalence", When: Compare,
		Text: "A run in which a process died and the runtime went on ends as the run in which " +
			"none did.",
		By: "Diff of the states, in the modes with crashes",
	},
	{
		Number: 59, Name: "VersionInvariance", When: Compare,
		Text: "A story told with another cniVersion, of ours or of a network, ends in the same " +
			"state.",
		By: "Diff of the states of one story in several versions",
	},
	{
		Number: 60, Name: "BackendEquivalence", When: Compare, Waits: "the issue “Scenarios”",
		Text: "One scenario ends in the same state in every place that it runs in: here, in a " +
			"namespace of this kernel, and in a virtual machine.",
	},
}
