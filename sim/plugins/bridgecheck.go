//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"errors"
	"fmt"

	"patchbay/sim/kernel"
)

// bridgeCheck looks at the bridge, the pair and the sandbox. It runs the IPAM
// plugin even if there is none, and so fails for a network without addresses.
func bridgeCheck(c *call) error {
	n, _, err := c.loadBridge()
	if err != nil {
		return err
	}
	ns, err := c.sandbox()
	if err != nil {
		return err
	}
	if _, err = c.ipam("CHECK"); err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("Required prevResult missing")
	}
	r, err := c.previous()
	if err != nil {
		return err
	}
	if err := c.checkPair(n, ns, &r); err != nil {
		return err
	}
	return c.checkLayer3(ns, &r)
}

// checkPair looks for the bridge and the pair that the result names.
func (c *call) checkPair(n *bridge, ns *kernel.Namespace, r *result) error {
	var atBridge, inside iface
	for _, i := range r.ifaces {
		switch {
		case i.name == n.BrName:
			atBridge = i
		case i.name == c.IfName && i.sandbox == c.NetNS:
			inside = i
		}
	}
	br, err := c.checkBridge(&atBridge, n)
	if err != nil {
		return err
	}
	if inside.sandbox != c.NetNS {
		return fmt.Errorf("Sandbox in prevResult %s doesn't match configured netns: %s",
			inside.sandbox, c.NetNS)
	}
	link, err := c.checkInside(ns, &inside)
	if err != nil {
		return err
	}
	found := false
	for i := range r.ifaces {
		if said := &r.ifaces[i]; said.name != atBridge.name && said.name != inside.name {
			if found, err = c.checkPort(said, br, link); err != nil {
				return err
			}
			if found {
				break
			}
		}
	}
	if !found {
		return fmt.Errorf("CNI veth created for bridge %s was not found", n.BrName)
	}
	return nil
}

// named finds the link that a result names, in the sandbox or on the node.
func (c *call) named(ns *kernel.Namespace, said *iface) (*kernel.Link, error) {
	inSandbox := ns != c.host
	if said.name == "" {
		return nil, errors.New("Interface name missing ")
	}
	l, err := c.find(ns, said.name)
	if err != nil {
		return nil, fmt.Errorf("Interface name %s not found", said.name)
	}
	if inSandbox && said.sandbox == "" {
		return nil, fmt.Errorf("Interface %s is expected to be in a sandbox", said.name)
	}
	if !inSandbox && said.sandbox != "" {
		return nil, fmt.Errorf("Interface %s should not be in sandbox", said.name)
	}
	return l, nil
}

func (c *call) checkBridge(said *iface, n *bridge) (*kernel.Link, error) {
	br, err := c.named(c.host, said)
	if err != nil {
		return nil, err
	}
	if br.Kind != kernel.Bridge {
		return nil, fmt.Errorf("Interface %s does not have link type of bridge", said.name)
	}
	if said.mac != "" && said.mac != macOf(br) {
		return nil, fmt.Errorf("Bridge interface %s Mac doesn't match: %s", said.name, said.mac)
	}
	if br.Promisc != n.PromiscMode {
		return nil, fmt.Errorf("Bridge interface %s configured Promisc Mode %v "+
			"doesn't match current state: %v ", said.name, n.PromiscMode, br.Promisc)
	}
	return br, nil
}

func (c *call) checkInside(ns *kernel.Namespace, said *iface) (*kernel.Link, error) {
	l, err := c.named(ns, said)
	if err != nil {
		return nil, err
	}
	if l.Kind != kernel.Veth {
		return nil, fmt.Errorf("Error: Container interface %s not of type veth", l.Name)
	}
	return l, checkMAC(l, said, "Interface %s Mac %s doesn't match container Mac: %s")
}

// checkPort reports whether a link of the result is the other end of the pair
// and a port of the bridge. What is no such pair is somebody else's.
func (c *call) checkPort(said *iface, br, inside *kernel.Link) (bool, error) {
	l, err := c.named(c.host, said)
	if err != nil {
		return false, err
	}
	if l.Kind != kernel.Veth || l.Peer != inside || l.Master != br {
		return false, nil
	}
	if said.mac != "" && said.mac != macOf(l) {
		return false, fmt.Errorf("Interface %s Mac doesn't match: %s not found",
			said.name, said.mac)
	}
	return true, nil
}
