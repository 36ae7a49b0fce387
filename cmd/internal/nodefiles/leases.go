package nodefiles

import (
	"net/netip"
	"path/filepath"
	"strings"

	"patchbay/core/fail"
)

// HostLocal is where the host-local plugin keeps its stores unless a
// configuration has "dataDir" (containernetworking/plugins, host-local).
const HostLocal = "/var/lib/cni/networks"

// Lease is an address that host-local holds: a file named after it.
type Lease struct {
	Network     string
	Path        string
	Address     netip.Addr
	ContainerID string
	IfName      string // "" in stores of host-local before 0.7.0
}

// Leases lists what host-local holds in one of its directories. Files that are
// not addresses are its own business.
func Leases(dir string) ([]Lease, error) {
	networks, err := list(dir)
	if err != nil {
		return nil, err
	}
	var out []Lease
	for _, n := range networks {
		if !n.IsDir() {
			continue
		}
		leases, err := leasesOf(dir, n.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, leases...)
	}
	return out, nil
}

func leasesOf(dir, network string) ([]Lease, error) {
	files, err := list(filepath.Join(dir, network))
	if err != nil {
		return nil, err
	}
	var out []Lease
	for _, f := range files {
		address, err := netip.ParseAddr(f.Name())
		if err != nil || !f.Type().IsRegular() {
			continue
		}
		l := Lease{
			Network: network, Path: filepath.Join(dir, network, f.Name()), Address: address,
		}
		data, err := read(l.Path)
		if fail.Is(err, fail.NotFound) {
			continue // released meanwhile
		}
		if err != nil {
			return nil, err
		}
		l.ContainerID, l.IfName = Holder(data)
		out = append(out, l)
	}
	return out, nil
}

// Holder reads the content of a lease: the container ID and, on the second
// line, the interface.
func Holder(content []byte) (string, string) {
	text := strings.TrimSpace(string(content))
	containerID, ifName, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(containerID), strings.TrimSpace(ifName)
}
