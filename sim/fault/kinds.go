package fault

// What Patchbay asks of its node and its cluster.
const (
	PodGet      Kind = "pod.get"
	NADGet      Kind = "nad.get"
	StatusPatch Kind = "status.patch"
	EventPost   Kind = "event.post"
	ConfRead    Kind = "conf.read"
	BootRead    Kind = "boot.read"
	PluginFind  Kind = "plugin.find"
	NSLook      Kind = "ns.look"      // which namespace a path leads to, and what is in it
	LinkAbsent  Kind = "link.absent"  // is there no such interface?
	LinkPresent Kind = "link.present" // are there all these?
	RouteList   Kind = "route.list"
	DeviceRead  Kind = "device.read"
	DeviceDrop  Kind = "device.drop"
)

// Runs of plugins, by Patchbay or, of an IPAM plugin, by a plugin.
const (
	PluginAdd    Kind = "plugin.add"
	PluginDel    Kind = "plugin.del"
	PluginCheck  Kind = "plugin.check"
	PluginGC     Kind = "plugin.gc"
	PluginStatus Kind = "plugin.status"
	IPAMAdd      Kind = "ipam.add"
	IPAMDel      Kind = "ipam.del"
	IPAMCheck    Kind = "ipam.check"
	IPAMStatus   Kind = "ipam.status"
)

// Files, of the record store and of plugins.
const (
	FileRead   Kind = "file.read"
	FileWrite  Kind = "file.write"  // not synced
	FileStore  Kind = "file.store"  // written and synced
	FileCreate Kind = "file.create" // fails if it is there
	FileRename Kind = "file.rename"
	FileRemove Kind = "file.remove"
	FileLock   Kind = "file.lock"
	DirLook    Kind = "dir.look"
	DirMake    Kind = "dir.make"
	DirList    Kind = "dir.list"
	DirSync    Kind = "dir.sync"
)

// What plugins, and Patchbay where it moves routes, ask of the kernel.
const (
	NSOpen      Kind = "ns.open"
	LinkGet     Kind = "link.get"
	LinkList    Kind = "link.list"
	LinkAdd     Kind = "link.add"
	LinkDel     Kind = "link.del"
	LinkUp      Kind = "link.up"
	LinkDown    Kind = "link.down"
	LinkRename  Kind = "link.rename"
	LinkMove    Kind = "link.move"
	LinkMaster  Kind = "link.master"
	LinkSet     Kind = "link.set" // MTU, MAC, promisc, alias, altnames, bridge port attributes
	AddrAdd     Kind = "addr.add"
	AddrDel     Kind = "addr.del"
	AddrList    Kind = "addr.list"
	RouteAdd    Kind = "route.add"
	RouteDel    Kind = "route.del"
	RuleAdd     Kind = "rule.add"
	RuleDel     Kind = "rule.del"
	SysctlRead  Kind = "sysctl.read"
	SysctlWrite Kind = "sysctl.write"
	FilterAdd   Kind = "filter.add" // rules and chains of the packet filter
	FilterDel   Kind = "filter.del"
	ShapeAdd    Kind = "shape.add" // queueing disciplines
)

// Stores of addresses, as far as they are not files like any other.
const (
	LeaseList   Kind = "lease.list"   // the files of addresses
	LeaseRemove Kind = "lease.remove" // the file of an address
	DHCPLease   Kind = "dhcp.lease"
	DHCPRelease Kind = "dhcp.release"
	PoolGet     Kind = "pool.get"
	PoolUpdate  Kind = "pool.update"
)
