package doctor_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"patchbay/backends"
	"patchbay/cmd/internal/doctor"
	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/lint"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/record"
)

var key = record.Key{ContainerID: "abc", IfName: "eth0"}

// rec is a record with one attachment to network red.
func rec() record.Record {
	return record.Record{
		BootID: "boot", ContainerID: "abc", IfName: "eth0", Netns: "/run/netns/x", PluginPath: "/opt/cni/bin",
		Pod: record.Pod{Namespace: "default", Name: "p1"},
		Attachments: []record.Attachment{
			{Network: "default/red", Name: "red", IfName: "eth0", DeviceInfo: "/devinfo/known"},
		},
	}
}

// well is a node without findings.
func well() doctor.Facts {
	return doctor.Facts{
		BootID: "boot", AllSeen: true, Addresses: map[netip.Addr]bool{},
		Sandboxes: []doctor.Sandbox{{
			Key: key, File: "/r/abc@eth0.json", Record: rec(), State: topology.Alive,
			Links: []kernel.Link{{Name: "lo", NetNS: kernel.None}, {Name: "eth0", Kind: "veth", NetNS: 0}},
		}},
		Results: []nodefiles.Result{{
			Path: "/c/red-abc-eth0", Entry: record.Cached{ContainerID: "abc", IfName: "eth0", Network: "red"},
		}},
		Leases: []nodefiles.Lease{lease("red", "10.0.0.2", "abc", "eth0")},
		Pairs:  []doctor.Pair{{Name: "veth1", Found: true}}, DeviceInfo: []string{"/devinfo/known"},
	}
}

func lease(network, ip, containerID, ifName string) nodefiles.Lease {
	return nodefiles.Lease{
		Network: network, Address: netip.MustParseAddr(ip), ContainerID: containerID, IfName: ifName,
		Path: "/var/lib/cni/networks/" + network + "/" + ip,
	}
}

func TestDiagnose(t *testing.T) {
	for _, test := range []struct {
		name string
		ill  func(*doctor.Facts)
		want []string // severity, object: text => mend
	}{
		{"all is well", func(*doctor.Facts) {}, nil},
		{"namespace is gone", func(f *doctor.Facts) {
			f.Sandboxes[0].State, f.Sandboxes[0].Links = topology.Gone, nil
		}, []string{"warning pod default/p1 (abc@eth0): Its namespace /run/netns/x is gone, but what it " +
			"holds (addresses, say) was not released. => patchbayctl gc --yes"}},
		{"path was used again", func(f *doctor.Facts) {
			f.Sandboxes[0].State, f.Sandboxes[0].Links, f.Sandboxes[0].Recycled = topology.Gone, nil, true
		}, []string{"warning pod default/p1 (abc@eth0): The path /run/netns/x leads to another namespace now"}},
		{"another boot", func(f *doctor.Facts) {
			f.BootID, f.Sandboxes[0].State, f.Sandboxes[0].Links = "next", topology.Gone, nil
		}, []string{"warning pod default/p1 (abc@eth0): It was attached before the node was started anew"}},
		{"record is torn", func(f *doctor.Facts) {
			f.Sandboxes[0].Err = fail.New(fail.Decode, "the record is torn")
			f.Sandboxes[0].Record = record.Record{}
			f.Configured, f.DeviceInfo, f.Results = []string{"red"}, nil, nil
		}, []string{
			"error record abc@eth0: The record is torn. The next DEL",
			"info address 10.0.0.2 of network red: It is held for container abc eth0, of which the record can not be read",
		}},
		{"later record", func(f *doctor.Facts) {
			f.Sandboxes[0].Err = fail.New(fail.Version, "written by a later Patchbay")
			f.Leases = nil
		}, []string{"error record abc@eth0: Written by a later Patchbay. => use the later Patchbay"}},
		{
			"plugin is gone", func(f *doctor.Facts) { f.Sandboxes[0].Absent = []string{"bridge"} },
			[]string{"error pod default/p1 (abc@eth0): Plugin bridge is not in /opt/cni/bin, so its DEL will fail. => install bridge there"},
		},
		{"a stranger from outside and one of the pod's own", func(f *doctor.Facts) {
			f.Sandboxes[0].Links = append(f.Sandboxes[0].Links,
				kernel.Link{Name: "net9", Kind: "veth", NetNS: 0}, kernel.Link{Name: "wg0", Kind: "wireguard", NetNS: kernel.None},
				kernel.Link{Name: "tunl0", Kind: "ipip", NetNS: kernel.None})
		}, []string{
			"warning pod default/p1 (abc@eth0): Interface net9 (veth) leads out of its namespace, and no record speaks of it.",
			"info pod default/p1 (abc@eth0): No record speaks of interface wg0",
		}},
		{"a second interface of an attachment", func(f *doctor.Facts) {
			f.Sandboxes[0].Links = append(f.Sandboxes[0].Links, kernel.Link{Name: "aux0", Kind: "veth", NetNS: 0})
			f.Sandboxes[0].Owned = []string{"aux0"}
		}, nil},
		{
			"interface is missing", func(f *doctor.Facts) { f.Sandboxes[0].Links = f.Sandboxes[0].Links[:1] },
			[]string{"warning pod default/p1 (abc@eth0): It has no interface eth0, which network default/red gave it."},
		},
		{"quarantine", func(f *doctor.Facts) {
			r := rec()
			f.Quarantined = []backends.Quarantined{
				{Key: key, Reason: "the disk is full.", Record: &r, File: "/q/abc@eth0/record.json"},
				{Key: record.Key{ContainerID: "b", IfName: "eth0"}, Reason: "torn", File: "/q/b c"},
			}
		}, []string{
			"error quarantined abc@eth0: It could not be undone: the disk is full. => mend what the reason says, then patchbayctl records quarantine retry abc@eth0 --yes",
			"error quarantined b@eth0: It could not be undone: torn. => look at '/q/b c', release",
		}},
		{"a result without record", func(f *doctor.Facts) {
			f.Results = append(f.Results, nodefiles.Result{
				Path: "/c/blue-old-net1", Entry: record.Cached{ContainerID: "old", IfName: "net1", Network: "blue"},
			})
		}, []string{"warning /c/blue-old-net1: No record speaks of the cached result of net1 of container old. => patchbayctl gc"}},
		{"a broken result", func(f *doctor.Facts) {
			f.Results = append(f.Results, nodefiles.Result{Path: "/c/x", Err: errors.New("not readable")})
		}, []string{"warning /c/x: The cached result can not be read, so CHECK fails, and DEL goes without it: Not readable. => rm /c/x"}},
		{"addresses of nobody", func(f *doctor.Facts) {
			f.Addresses[netip.MustParseAddr("10.0.0.4")] = true
			f.Leases = append(f.Leases,
				lease("red", "10.0.0.3", "old", "eth0"), lease("red", "10.0.0.4", "old2", "eth0"),
				lease("red", "10.0.0.5", "abc", ""), lease("theirs", "10.9.0.3", "old", "eth0"))
		}, []string{
			"warning address 10.0.0.3 of network red: It is held for container old eth0, which no record names, and no interface has it: it is lost to others. => rm /var/lib/cni/networks/red/10.0.0.3",
			"info address 10.0.0.4 of network red: It is held for container old2 eth0, which no record names, but an interface has it; left alone.",
			"info network theirs: It is not ours, and the addresses it holds (1) are left alone.",
		}},
		{"addresses of nobody, half seen", func(f *doctor.Facts) {
			f.AllSeen, f.Unseen = false, []string{"/run/netns/y: no permission"}
			f.Leases = append(f.Leases, lease("red", "10.0.0.3", "old", "eth0"))
			f.Pairs[0].Found = false
		}, []string{
			"warning this look: It is not complete: /run/netns/y: no permission. => run it as root",
			"info address 10.0.0.3 of network red: It is held for container old eth0, which no record names; whether an interface",
		}},
		{
			"much unseen", func(f *doctor.Facts) { f.Unseen = []string{"a", "b", "c", "d", "e"} },
			[]string{"warning this look: It is not complete: a; b; c; and 2 more. =>"},
		},
		{
			"a pair that leads nowhere", func(f *doctor.Facts) { f.Pairs[0].Found = false },
			[]string{"warning interface veth1: Its other half is in a namespace without a name and without a process."},
		},
		{
			"device information", func(f *doctor.Facts) { f.DeviceInfo = append(f.DeviceInfo, "/devinfo/left") },
			[]string{"warning /devinfo/left: The file describes a device of an attachment that nobody has. => rm /devinfo/left"},
		},
		{
			"a temporary file", func(f *doctor.Facts) { f.Temporary = []string{"/r/.a.tmp"} },
			[]string{"info /r/.a.tmp: A write did not come to its end"},
		},
		{"the configuration", func(f *doctor.Facts) {
			f.Lint = []lint.Finding{{File: "/c.conf", Line: 3, Severity: lint.Warning, Text: "odd"}}
		}, []string{"warning /c.conf:3: Odd. => edit /c.conf"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := well()
			test.ill(&f)
			found := doctor.Diagnose(f)
			healthy := true
			for i := range max(len(found), len(test.want)) {
				if i >= len(found) {
					t.Errorf("not found: %s", test.want[i])
					continue
				}
				got := string(found[i].Severity) + " " + found[i].Object + ": " + found[i].Text
				if found[i].Mend != "" {
					got += " => " + found[i].Mend
				}
				healthy = healthy && found[i].Severity == doctor.Info
				switch {
				case i >= len(test.want):
					t.Errorf("found too: %s", got)
				case !strings.HasPrefix(got, test.want[i]):
					t.Errorf("found %s\n want %s", got, test.want[i])
				}
			}
			if doctor.Healthy(found) != healthy {
				t.Errorf("healthy is %v", !healthy)
			}
		})
	}
}
