package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"patchbay/sim/fault"
)

// DHCP is the daemon that the plugin "dhcp" talks to, with the server behind it:
// one network whose addresses go round.
type DHCP struct {
	// Socket is where the daemon listens; "" is /run/cni/dhcp.sock.
	Socket string
	// Network is the network with the address of its gateway, which is the
	// server's too.
	Network netip.Prefix
	// Silent says that no server answers.
	Silent bool

	leases []Lease
	last   netip.Addr
}

// Lease is an address that the daemon keeps for an interface.
type Lease struct {
	// Client is "containerID/network/ifname".
	Client string
	Addr   netip.Addr
}

// Leases lists what the daemon keeps, the oldest first. It must not be changed.
func (d *DHCP) Leases() []Lease { return d.leases }

// Forget is what a restart of the daemon does.
func (d *DHCP) Forget() { d.leases = nil }

const dhcpSocket = "/run/cni/dhcp.sock"

// dhcpConf is the configuration of the IPAM plugin "dhcp".
type dhcpConf struct {
	IPAM struct {
		DaemonSocketPath string `json:"daemonSocketPath"`
	} `json:"ipam"`
}

func makeDHCP(text []byte) (*dhcpConf, error) {
	n := new(dhcpConf)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("error obtaining socketPath: error parsing socket path conf: %w",
			err)
	}
	if n.IPAM.DaemonSocketPath == "" {
		n.IPAM.DaemonSocketPath = dhcpSocket
	}
	return n, nil
}

// dial finds the daemon at the socket of the configuration.
func (c *call) dial() (*DHCP, error) {
	n, err := formOf(c, "dhcp", makeDHCP)
	if err != nil {
		return nil, err
	}
	d := c.Machine.Lease
	if d != nil {
		at := d.Socket
		if at == "" {
			at = dhcpSocket
		}
		if at == n.IPAM.DaemonSocketPath {
			return d, nil
		}
	}
	return nil, fmt.Errorf("error dialing DHCP daemon: dial unix %s: connect: "+
		"no such file or directory", n.IPAM.DaemonSocketPath)
}

func (c *call) client() string { return c.ContainerID + "/" + c.doc.name + "/" + c.IfName }

// lease has the daemon get an address for the interface, which must be there.
func (c *call) dhcpLease() (ipConf, error) {
	d, err := c.dial()
	if err != nil {
		return ipConf{}, err
	}
	var got netip.Addr
	err = c.p.Call(fault.DHCPLease, c.client(), func() error {
		ns, failed := c.k.Open(c.NetNS)
		if failed != nil {
			return fmt.Errorf("failed to Statfs %q: %w", c.NetNS, failed)
		}
		if ns.ByName(c.IfName) == nil {
			return fmt.Errorf("error looking up %q: %w", c.IfName, errNoLink)
		}
		got, failed = d.acquire(c.client())
		return failed
	})
	if err != nil {
		return ipConf{}, fmt.Errorf("error calling DHCP.Allocate: %w", err)
	}
	gw := d.Network.Addr()
	return ipConf{netip.PrefixFrom(got, d.Network.Bits()), gw, nowhere}, nil
}

// acquire is what daemon and server do.
func (d *DHCP) acquire(client string) (netip.Addr, error) {
	if d.Silent {
		return netip.Addr{}, errors.New("no more tries")
	}
	mine := func(l Lease) bool { return l.Client == client }
	if i := slices.IndexFunc(d.leases, mine); i >= 0 {
		return d.leases[i].Addr, nil
	}
	ip := d.last
	for range 1 << 16 {
		if !ip.IsValid() || !d.Network.Masked().Contains(ip.Next()) {
			ip = d.Network.Masked().Addr()
		}
		ip = ip.Next()
		taken := func(l Lease) bool { return l.Addr == ip }
		if ip == d.Network.Addr() || ip == lastOf(d.Network.Masked()).Next() ||
			slices.ContainsFunc(d.leases, taken) {
			continue
		}
		d.last = ip
		d.leases = append(d.leases, Lease{client, ip})
		return ip, nil
	}
	return netip.Addr{}, errors.New("no more tries")
}

func dhcpAdd(c *call) error {
	ip, err := c.dhcpLease()
	if err != nil {
		return err
	}
	zero := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	return c.print(&result{ips: []ipConf{ip}, routes: []route{{dst: zero, gw: ip.gw}}})
}

func dhcpDel(c *call) error {
	d, err := c.dial()
	if err != nil {
		return err
	}
	client := c.client()
	err = c.p.Call(fault.DHCPRelease, client, func() error {
		d.leases = slices.DeleteFunc(d.leases, func(l Lease) bool { return l.Client == client })
		return nil
	})
	if err != nil {
		return fmt.Errorf("error calling DHCP.Release: %w", err)
	}
	return nil
}

func dhcpCheck(c *call) error {
	_, err := c.dhcpLease()
	return err
}
