package fault

import "slices"

// kinds are all kinds, sorted.
//
//nolint:gochecknoglobals // a constant table
var kinds = sorted(
	PodGet, NADGet, StatusPatch, EventPost, ConfRead, BootRead, PluginFind, NSLook,
	LinkAbsent, LinkPresent, RouteList, DeviceRead, DeviceDrop,
	PluginAdd, PluginDel, PluginCheck, PluginGC, PluginStatus,
	IPAMAdd, IPAMDel, IPAMCheck, IPAMStatus,
	FileRead, FileWrite, FileStore, FileCreate, FileRename, FileRemove, FileLock,
	DirLook, DirMake, DirList, DirSync,
	NSOpen, LinkGet, LinkList, LinkAdd, LinkDel, LinkUp, LinkDown, LinkRename, LinkMove,
	LinkMaster, LinkSet, AddrAdd, AddrDel, AddrList, RouteAdd, RouteDel, RuleAdd, RuleDel,
	SysctlRead, SysctlWrite, FilterAdd, FilterDel, ShapeAdd,
	LeaseList, LeaseRemove, DHCPLease, DHCPRelease, PoolGet, PoolUpdate,
)

func sorted(list ...Kind) []Kind {
	slices.Sort(list)
	return list
}

// looks are the kinds that change nothing.
//
//nolint:gochecknoglobals // a constant table
var looks = sorted(
	PodGet, NADGet, ConfRead, BootRead, PluginFind, NSLook, LinkAbsent, LinkPresent,
	RouteList, DeviceRead, PluginCheck, PluginStatus, IPAMCheck, IPAMStatus, FileRead,
	DirLook, DirList, LeaseList, NSOpen, LinkGet, LinkList, AddrList, SysctlRead, PoolGet,
)

// Changes reports whether an operation of a kind changes the world. What does not
// is the same whether it happened or not.
func (k Kind) Changes() bool {
	_, found := slices.BinarySearch(looks, k)
	return !found
}

// within leaves of an expectation the verbs that have operations of a kind. What a
// plugin does for GC is what it does for DEL.
func (e Expect) within(k Kind) Expect {
	switch k { //nolint:exhaustive // the others are in every verb
	case PluginAdd, IPAMAdd, DHCPLease, StatusPatch, EventPost, LinkAbsent, DeviceRead:
		return Expect{Add: e.Add}
	case PluginDel, IPAMDel, DHCPRelease, LeaseRemove, DeviceDrop:
		return Expect{Add: e.Add, Del: e.Del, GC: e.GC}
	case PluginCheck, IPAMCheck, LinkPresent:
		return Expect{Check: e.Check}
	case PluginGC:
		return Expect{GC: e.GC}
	case PluginStatus, IPAMStatus:
		return Expect{Status: e.Status}
	case PodGet:
		return Expect{Add: e.Add, Del: e.Del}
	case NADGet:
		return Expect{Add: e.Add, Del: e.Del, GC: e.GC, Status: e.Status}
	case BootRead, NSLook:
		return Expect{Add: e.Add, Del: e.Del, GC: e.GC, Check: e.Check}
	}
	return e
}
