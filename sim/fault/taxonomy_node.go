package fault

// namespaceThreats are of network namespaces.
//
//nolint:gochecknoglobals // a constant table
var namespaceThreats = []Threat{
	threat("N01", "the path is gone before ADD").by(whenKillNetns),
	threat("N02", "the path is gone before DEL, as it often is").by(whenKillNetns),
	threat("N03", "a plain file is where a namespace was").by(whenPlainNetns),
	threat("N04", "the path leads to another namespace").by(whenSwapNetns),
	threat("N05", "the path leads to the node's own namespace").by(whenHostNetns),
	threat("N06", "the namespace can not be entered"),
	threat("N07", "the namespace ends in the middle of an ADD").by(whenKillNetns),
	threat("N08", "a namespace without a path lives on, held by somebody").by(whenKillNetns),
	threat("N09", "a thread does not come back from a namespace").
		notOurs("threads are of backends/real/links, which throws such a one away"),
	threat("N10", "in kind a device falls back to the machine and not to the node").notYet(withNIC),
	threat("N11", "a daemon does not see the mounts of the node").notYet(withDaemon),
	threat("N12", "a pod of the node's own network").
		notOurs("no runtime calls a plugin for such a pod; its path is refused as N05"),
	threat("N13", "too many files are open"),
	threat("N14", "no more namespaces can be made"),
	threat("N15", "two sandboxes have one namespace").by(whenShareNetns),
}

// deviceThreats are of virtual functions, PCI and vfio.
//
//nolint:gochecknoglobals // a constant table
var deviceThreats = []Threat{
	threat("V01", "the number of VFs can not be changed while there are some").notYet(withNIC),
	threat("V02", "more VFs are asked for than there can be").notYet(withNIC),
	threat("V03", "the PF has no driver that makes VFs").notYet(withNIC),
	threat("V04", "there are fewer VFs than were asked for").notYet(withNIC),
	threat("V05", "no room on the bus for VFs").notYet(withNIC),
	threat("V06", "somebody removes all VFs under a pod").notYet(withNIC),
	threat("V07", "the PF is reset, and its VFs are gone").notYet(withNIC),
	threat("V08", "the interface of a VF appears late").notYet(withNIC),
	threat("V09", "a VF has no driver").notYet(withNIC),
	threat("V10", "taking a driver off does not return").notYet(withNIC),
	threat("V11", "a driver refuses a device").notYet(withNIC),
	threat("V12", "the driver that was wanted stays written down").notYet(withNIC),
	threat("V13", "others in the IOMMU group are in the way").notYet(withNIC),
	threat("V14", "there is no IOMMU").notYet(withNIC),
	threat("V15", "the number of an IOMMU group changes with a boot").notYet(withNIC),
	threat("V16", "a MAC is not taken, or taken and ignored").notYet(withNIC),
	threat("V17", "a VLAN can not be set while the VF is reset").notYet(withNIC),
	threat("V18", "the reset of a VF does not end").notYet(withNIC),
	threat("V19", "a MAC of zeroes means this to one driver and that to another").notYet(withNIC),
	threat("V20", "what was set on a VF stays after DEL").notYet(withNIC),
	threat("V21", "a late DEL resets a VF that is another pod's").notYet(withNIC),
	threat("V22", "a process still has the VF at DEL").notYet(withNIC),
	threat("V23", "the representor is missing, or has another name").notYet(withNIC),
	threat("V24", "a VF comes back under another name").notYet(withNIC),
	threat("V25", "the card is pulled, or reports an error").notYet(withNIC),
	threat("V26", "the PF has another name than yesterday").notYet(withNIC),
	threat("V27", "there are too few huge pages").notYet(withNIC),
	threat("V28", "a driver that must stay is taken off").notYet(withNIC),
	threat("V29", "nothing says which device the pod got").
		notYet("the file may be missing, as the rows show; the device itself " + withNIC),
	threat("V30", "the address of a VF is another VF's after a boot").notYet(withNIC),
	threat("V31", "RDMA devices belong to all namespaces, or to one").notYet(withNIC),
	threat("V32", "a lock of an earlier boot").notYet(withNIC),
	threat("V33", "a VF is changed before it is noted what it was").notYet(withNIC),
	threat("V34", "the power goes between two drivers").notYet(withNIC),
	threat("V35", "a failed ADD leaves the VF with the wrong driver").notYet(withNIC),
	threat("V36", "the device plugin and the pod mean different devices").notYet(withNIC),
	threat("V37", "the VF that the pod got is broken").notYet(withNIC),
}

// apiThreats are of the API server.
//
//nolint:gochecknoglobals // a constant table
var apiThreats = []Threat{
	threat("A01", "it answers that it can not now"),
	threat("A02", "it sends us away for a while"),
	threat("A03", "it does not answer"),
	threat("A04", "it is not there when the node boots").by(whenAPIDown, whenReboot),
	threat("A05", "a cache does not have the annotation yet").by(whenAPIStale),
	threat("A06", "at ADD the name is another pod's").by(whenRecreate),
	threat("A07", "at DEL the name is another pod's").by(whenRecreate),
	threat("A08", "a pod of the kubelet's own has another UID").by(whenMirrorPod),
	threat("A09", "at ADD the pod is gone").by(whenDelete),
	threat("A10", "at DEL the pod is gone").by(whenDelete),
	threat("A11", "the definition is missing at ADD").by(whenDeleteNAD),
	threat("A12", "the definition is deleted between ADD and DEL").by(whenDeleteNAD),
	threat("A13", "the definition is changed between ADD and DEL").by(whenChangeNAD),
	threat("A14", "the definition is no JSON").by(whenBreakNAD),
	threat("A15", "the definition is in a namespace that the pod may not use").by(whenManyNetworks),
	threat("A16", "another writer was faster"),
	threat("A17", "it has written, and the answer is lost"),
	threat("A18", "we may not write").by(whenRevokeRole),
	threat("A19", "the annotations are full"),
	threat("A20", "our token has expired").by(whenRotateToken),
	threat("A21", "its certificate is not trusted, or ours is not"),
	threat("A22", "the version that we watch from is too old").
		notYet("nothing of ours watches; " + withDaemon),
	threat("A23", "another server of the cluster is behind the first").by(whenAPIStale),
	threat("A24", "the namespace is being deleted").by(whenEmptyNamespace),
	threat("A25", "a status is written to the successor of the pod").by(whenRecreate),
	threat("A26", "the node is deleted from the cluster").
		notOurs("nothing of ours reads the node object"),
	threat("A27", "a webhook refuses the status"),
	threat("A28", "many nodes change one pool at a time").by(whenChurn),
	threat("A29", "who leads changes in the middle of an allocation").
		notOurs("nothing of ours elects a leader; an IPAM plugin's is its own"),
	threat("A30", "our own requests wait for each other"),
	threat("A31", "an event of a watch is lost").by(whenChangeNAD, whenRecreate),
	threat("A32", "the server's name is not resolved"),
	threat("A33", "a network is named twice").by(whenManyNetworks),
	threat("A34", "1,000 networks in one annotation").by(whenManyNetworks),
}
