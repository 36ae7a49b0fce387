package invariant

// ownRows are about who has what, and about intent.
//
//nolint:gochecknoglobals // a constant table
var ownRows = []Row{
	{
		Number: 1, Name: "OwnerUnique", When: Step,
		Text: "A device has one owner at most: a card goes into a sandbox from the node " +
			"alone, and never out of another sandbox that has it.",
		By:     "every move of a card",
		Except: "the same of virtual functions comes with sim/nic",
	},
	{
		Number: 2, Name: "IPUnique", When: Step,
		Text: "The file of an address names one sandbox until it is removed, and no two " +
			"attached sandboxes of one segment have the same address that was leased.",
		By:     "every write to a file of host-local, and every address that is added",
		Except: "addresses that nobody leases: who writes one into two definitions has it twice",
	},
	{
		Number: 3, Name: "Intent-first", When: Step,
		Text: "When a link, a lease or a result appears, a record of the sandbox is there and " +
			"would survive a power cut.",
		By:     "every link, lease and result that is made by a plugin or by Patchbay",
		Except: "a disk that has lied about a sync: then the record only has to be there",
	},
	{
		Number: 4, Name: "Fence", When: Step,
		Text: "What is done for a sandbox touches its own objects only: links by their mark, " +
			"files by the container in their name or content.",
		By: "every change of a link, an address, a route of the node and a file of ours",
		Except: "bridges of the node, which plugins share: ports, addresses, state, and never " +
			"their end; chains and switches of the node; what GC touches, see GCScope",
	},
	{
		Number: 5, Name: "NsFence", When: Step,
		Text: "Nothing is changed inside of a network namespace but the one that was made for " +
			"the sandbox: no other sandbox's, and none that took its path.",
		By: "every change in a namespace that is not the node's",
	},
	{
		Number: 6, Name: "BootFence", When: Step,
		Text: "For a sandbox of an earlier boot nothing is made any more; what is left of it is " +
			"released.",
		By: "everything that is made for a sandbox",
	},
	{
		Number: 7, Name: "UIDFence", When: Step,
		Text: "A status is written to the pod that has the UID of the sandbox, and to no other " +
			"of the same name.",
		By: "every status that is written",
	},
	{
		Number: 8, Name: "NoForeign", When: Step,
		Text: "Links that nobody of ours has made are not changed: not their name, state, MTU, " +
			"address or master, and they are not deleted or moved.",
		By: "every change of a link without a mark",
		Except: "what the kernel counts on a parent (promiscuity, multicast); a card that the " +
			"plugin host-device is told to give to a pod",
	},
	{
		Number: 9, Name: "PhaseMonotone", When: Step,
		Text: "A sandbox goes from intent to adding, added, deleting and gone: things are made " +
			"by an ADD alone, a record grows in sequence as long as it is there, and is not " +
			"written by a verb that only looks.",
		By:     "everything that is made, and every record that is put in place",
		Except: "the sequence begins anew for a record that was rebuilt because it was damaged",
	},
}

// fenceRows are about who may act when.
//
//nolint:gochecknoglobals // a constant table
var fenceRows = []Row{
	{
		Number: 10, Name: "AckImpliesDone", When: Step,
		Text: "When ADD has succeeded, every network that the pod asks for and that is not " +
			"optional is attached: its interface is in the sandbox, is up if it has addresses, " +
			"has every address that was leased for it, and its result is kept.",
		By:     "every ADD that succeeds",
		Except: "a pod that the cluster does not know: nothing is attached, as Multus does",
	},
	{
		Number: 11, Name: "DelAckImpliesGone", When: Step,
		Text: "When DEL has succeeded, nothing of the sandbox is left: no link, lease, result " +
			"or record, or it is in quarantine.",
		By: "every DEL that succeeds",
		Except: "links that go with a namespace that is dying; a record that somebody else has " +
			"removed: then nobody knows what there was",
	},
	{
		Number: 12, Name: "ErrImpliesUndoPlanned", When: Step,
		Text: "When ADD has failed, everything that is left of it has a record by which DEL " +
			"will undo it.",
		By: "every ADD that fails and lives to say so",
	},
	{
		Number: 13, Name: "NoSilentSuccess", When: Step,
		Text: "A verb of which a plugin's last run has failed does not succeed.",
		By:   "every ADD and DEL that succeeds",
		Except: "optional networks; code 3 of a DEL; a DEL that had no record, of plugins that " +
			"will never succeed",
	},
	{
		Number: 14, Name: "Serial", When: Step,
		Text: "At most one call changes a sandbox at a time: when a second has begun to, the " +
			"first does not go on.",
		By: "everything that is done for a sandbox",
	},
	{
		Number: 15, Name: "Tombstone", When: Step,
		Text: "An ADD that began before a DEL of the same sandbox that has succeeded makes " +
			"nothing any more.",
		By: "everything that is made for a sandbox",
	},
	{
		Number: 16, Name: "IfnameUnique", When: Step,
		Text: "No two networks of a sandbox are attached under one interface name, and no two " +
			"links of one namespace have a name in common.",
		By: "every run of a plugin that makes an interface, and every ADD that succeeds",
	},
	{
		Number: 17, Name: "VFSnapshot", When: Step, Waits: "sim/nic",
		Text: "The attributes of a virtual function differ from those before its first use only " +
			"as long as it has an owner, and those are stored before the first change.",
	},
	{
		Number: 18, Name: "DriverRestorable", When: Step, Waits: "sim/nic",
		Text: "The owner's record of a virtual function with another driver than its own holds " +
			"the driver, and the override, that it had.",
	},
	{
		Number: 19, Name: "NoNumVFsWithOwners", When: Step, Waits: "sim/nic",
		Text: "The number of virtual functions of a card is written only when none has an owner.",
	},
}

// answerRows are about what is written and said.
//
//nolint:gochecknoglobals // a constant table
var answerRows = []Row{
	{
		Number: 20, Name: "CacheDurable", When: Step,
		Text: "When ADD has succeeded, its record would survive a power cut: its bytes and its " +
			"name are synced.",
		By:     "every ADD that succeeds",
		Except: "a disk that has lied about a sync",
	},
	{
		Number: 21, Name: "CacheWellFormed", When: Step,
		Text: "A record is whole when it gets its name, and at rest every record can be read " +
			"or is in quarantine.",
		By:     "every record that is put in place; all records at rest",
		Except: "records that were damaged on the disk and that nobody has read since",
	},
	{
		Number: 22, Name: "StatusSubset", When: Step,
		Text: "A status names no interface that is not attached: each is in the sandbox of the " +
			"pod when the status is written.",
		By: "every status that is written",
	},
	{
		Number: 23, Name: "StatusTruth", When: Step,
		Text: "The addresses and the MAC in a status are those of the interface when it is " +
			"written.",
		By: "every status that is written",
	},
	{
		Number: 24, Name: "ResultTruth", When: Step,
		Text: "The result of ADD is true: its interfaces are where it says, with those MACs and " +
			"addresses, and its sandbox is CNI_NETNS.",
		By: "every ADD that succeeds",
	},
	{
		Number: 25, Name: "ResultVersion", When: Step,
		Text: "A result has the version of our configuration, and an error has a CNI code and a " +
			"text.",
		By: "every answer",
	},
	{
		Number: 26, Name: "PassThrough", When: Step,
		Text: "A plugin gets its configuration as it was written, but for the documented keys; " +
			"runtimeConfig has declared capabilities alone.",
		Elsewhere: "the tests and fuzz targets of core/netconf; the standard input of a plugin " +
			"is nothing that happens to the world",
	},
	{
		Number: 27, Name: "DELConfig", When: Step,
		Text: "DEL runs the plugins that ADD has run, for the same interfaces, whatever became " +
			"of the definitions since.",
		By: "every run of a plugin's DEL",
		Except: "a sandbox without a record, or with a damaged one: DEL then goes by what the " +
			"cluster says",
	},
	{
		Number: 28, Name: "Order", When: Step,
		Text: "Plugins are undone in the reverse order of their ADD, the one that failed first.",
		By:   "every run of a plugin's DEL",
		Except: "secondary networks with parallelAttachments; a sandbox with a damaged record, " +
			"or none",
	},
	{
		Number: 29, Name: "Deadline", When: Step,
		Text: "A call is answered before the runtime loses patience, and nothing is begun " +
			"after that.",
		By: "every answer",
		Except: "a call that was held up, by a plugin or by another call; a process that " +
			"dies does not answer",
	},
	{
		Number: 30, Name: "Bounded", When: Step,
		Text: "A call needs a bounded number of operations: 20,000, and for GC 500 more for " +
			"each sandbox of the node.",
		By: "every operation",
	},
	{
		Number: 31, Name: "NoGlobals", When: Step,
		Text: "Environment, working directory, root, umask and namespace of a process are after " +
			"a verb what they were before.",
		Elsewhere: "ci/node, with real processes; a pretended one has none of these",
	},
}

// verbRows are about GC, other pods, and verbs that only look.
//
//nolint:gochecknoglobals // a constant table
var verbRows = []Row{
	{
		Number: 32, Name: "GCScope", When: Step,
		Text: "GC touches no sandbox that the runtime lists, and none of which the ADD began " +
			"after GC did.",
		By: "everything that is done by GC",
		Except: "an ADD after the runtime made its list and before GC does anything: the " +
			"specification forbids it, and nobody can tell",
	},
	{
		Number: 33, Name: "GCKeepsInflight", When: Step,
		Text: "GC touches no sandbox of which an ADD is under way.",
		By:   "everything that is done by GC",
	},
	{
		Number: 34, Name: "DefaultIntact", When: Step,
		Text: "What became of secondary networks does not change the default network: when ADD " +
			"succeeds, its interface is as its plugins have left it.",
		By:     "every ADD that succeeds",
		Except: "its default route, which a secondary network may be asked to take",
	},
	{
		Number: 35, Name: "NoDowntime", When: Step,
		Text: "Nothing that is done for one sandbox changes an object of another that is " +
			"attached.",
		By:     "as Fence, when the other is attached",
		Except: "as Fence",
	},
	{
		Number: 36, Name: "PoolConservation", When: End,
		Text: "Every address of a pool is free or has an owner: each file of host-local says " +
			"whose it is, and so many leases are there as sandboxes have.",
		By: "all files of host-local",
		Except: "files of a crash of the plugin between making and writing, which the real " +
			"plugin leaves too; virtual functions come with sim/nic",
	},
	{
		Number: 37, Name: "Quarantine", When: Step,
		Text: "What was set aside is not forgotten as long as anything of its sandbox is there.",
		By:   "everything that is removed from the quarantine",
	},
	{
		Number: 38, Name: "Events", When: Step,
		Text: "A call reports at most one event for each network of the pod and one for the " +
			"pod, and verbs other than ADD none.",
		By: "the end of every call",
	},
	{
		Number: 39, Name: "Secrets", When: Step,
		Text: "No token and no kubeconfig is in a log, an error or a file of ours.",
		Elsewhere: "the tests of backends/real/cluster and cmd; a pretended cluster has no " +
			"secret that could be told",
	},
	{
		Number: 40, Name: "ReadOnlyOps", When: Step,
		Text: "CHECK and STATUS change nothing.",
		By:   "every change of kernel, disk and cluster",
		Except: "the file of the locks and its directories; a record or a result that can not " +
			"be read, which is set aside",
	},
}
