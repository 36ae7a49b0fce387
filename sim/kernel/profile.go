package kernel

// Profile is what differs between kernels, as data.
type Profile struct {
	Name string
	// RenameWhileUp: a link that is up may get another name (since Linux 6.2;
	// before, EBUSY).
	RenameWhileUp bool
	// ReuseInodes: a new namespace may get the inode of one that is gone.
	ReuseInodes bool
	// BridgeVLANs: bridges can filter VLANs (CONFIG_BRIDGE_VLAN_FILTERING).
	BridgeVLANs bool
	// Missing lists the kinds of link that the kernel was built without;
	// making one is EOPNOTSUPP.
	Missing []Kind
	// Fixed are switches with another value than Linux' default at boot, such
	// as those of a distribution's sysctl.conf.
	Fixed []Setting
}

// Setting is a switch under /proc/sys/net with its value.
type Setting struct{ Name, Value string }

// Kernel618 is Linux 6.18 with all kinds of link.
func Kernel618() Profile {
	return Profile{Name: "linux-6.18", RenameWhileUp: true, BridgeVLANs: true}
}

// Kernel515 is Linux 5.15, the oldest that people still run pods on.
func Kernel515() Profile {
	return Profile{Name: "linux-5.15", BridgeVLANs: true}
}
