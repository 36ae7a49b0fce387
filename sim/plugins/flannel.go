package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/errno"
	"patchbay/sim/fault"
)

const (
	flannelEnv = "/run/flannel/subnet.env"
	flannelDir = "/var/lib/cni/flannel"
)

// flannel is the configuration of the plugin "flannel".
type flannel struct {
	types.NetConf
	SubnetFile string         `json:"subnetFile"`
	DataDir    string         `json:"dataDir"`
	Delegate   map[string]any `json:"delegate"`
}

func makeFlannel(text []byte) (*flannel, error) {
	n := &flannel{SubnetFile: flannelEnv, DataDir: flannelDir}
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	return n, nil
}

// subnetEnv is what the daemon of flannel has written for the node.
type subnetEnv struct {
	networks []netip.Prefix
	subnets  []netip.Prefix
	mtu      int
	masq     bool
}

// subnet reads the daemon's file.
func (c *call) subnet(file string) (subnetEnv, error) {
	var data []byte
	err := c.p.Call(fault.FileRead, file, func() error {
		var err error
		data, err = c.Machine.Disk.ReadFile(file)
		return err
	})
	if err != nil {
		return subnetEnv{}, pathError("open", file, err)
	}
	var e subnetEnv
	var missing []string
	for _, key := range []string{
		"FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ",
	} {
		if !strings.Contains(string(data), key+"=") {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return e, fmt.Errorf("%v is missing %v", file, strings.Join(missing, ", "))
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		key, value, _ := strings.Cut(line, "=")
		var err error
		switch key {
		case "FLANNEL_NETWORK", "FLANNEL_IPV6_NETWORK":
			e.networks, err = appendPrefix(e.networks, value)
		case "FLANNEL_SUBNET", "FLANNEL_IPV6_SUBNET":
			e.subnets, err = appendPrefix(e.subnets, value)
		case "FLANNEL_MTU":
			e.mtu, err = strconv.Atoi(value)
		case "FLANNEL_IPMASQ":
			e.masq = value == "true"
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

func appendPrefix(list []netip.Prefix, text string) ([]netip.Prefix, error) {
	p, ok := parsePrefix(text)
	if !ok {
		return list, fmt.Errorf("invalid CIDR address: %s", text)
	}
	return append(list, p.Masked()), nil
}

// flannelConf writes the configuration of the plugin that does the work.
func (n *flannel) conf(e *subnetEnv) ([]byte, error) {
	d := map[string]any{}
	maps.Copy(d, n.Delegate)
	if d["type"] == nil {
		d["type"] = "bridge"
	}
	d["name"], d["cniVersion"] = n.Name, n.CNIVersion
	if d["ipMasq"] == nil {
		d["ipMasq"] = !e.masq
	}
	if d["mtu"] == nil {
		d["mtu"] = e.mtu
	}
	if d["type"] == "bridge" && d["isGateway"] == nil {
		d["isGateway"] = true
	}
	ipam, _ := d["ipam"].(map[string]any)
	if ipam == nil {
		ipam = map[string]any{}
	}
	ipam["type"] = "host-local"
	var ranges []any
	for _, s := range e.subnets {
		ranges = append(ranges, []any{map[string]any{"subnet": s.String()}})
	}
	ipam["ranges"] = ranges
	routes, _ := ipam["routes"].([]any)
	for _, network := range e.networks {
		routes = append(routes, map[string]any{"dst": network.String()})
	}
	ipam["routes"] = routes
	d["ipam"] = ipam
	return json.Marshal(d)
}

// pass runs the plugin that does the work.
func (c *call) pass(verb string, text []byte, kind fault.Kind) (result, error) {
	sub := call{Env: c.Env}
	sub.Stdin = text
	sub.read()
	d := delegated{
		call: c, name: sub.doc.base.Type, verb: verb, kind: kind, doc: sub.doc, prev: sub.prev,
	}
	err := d.run()
	return d.got, err
}

func flannelAdd(c *call) error {
	n, err := formOf(c, "flannel", makeFlannel)
	if err != nil {
		return err
	}
	e, err := c.subnet(n.SubnetFile)
	if err != nil {
		return fmt.Errorf("loadFlannelSubnetEnv failed: %w", err)
	}
	for _, key := range []string{"name", "ipam"} {
		if _, ok := n.Delegate[key].(string); ok {
			return fmt.Errorf("'delegate' dictionary must not have '%s' field, "+
				"it'll be set by flannel", key)
		}
	}
	text, err := n.conf(&e)
	if err != nil {
		return fmt.Errorf("error serializing delegate netconf: %w", err)
	}
	file := n.DataDir + "/" + c.ContainerID
	if err = c.makeDir(n.DataDir, 0o700); err != nil {
		return err
	}
	err = c.p.Call(fault.FileWrite, file, func() error {
		return c.Machine.Disk.WriteFile(file, text, 0o600)
	})
	if err != nil {
		return pathError("open", file, err)
	}
	r, err := c.pass("ADD", text, fault.PluginAdd)
	if err != nil {
		return fmt.Errorf("failed to delegate add: %w", err)
	}
	return c.print(&r)
}

// flannelDel uses the configuration that ADD has kept; without it there is
// nothing to do.
func flannelDel(c *call) error {
	n, err := formOf(c, "flannel", makeFlannel)
	if err != nil {
		return err
	}
	file := n.DataDir + "/" + c.ContainerID
	var text []byte
	err = c.p.Call(fault.FileRead, file, func() error {
		var failed error
		text, failed = c.Machine.Disk.ReadFile(file)
		return failed
	})
	if errors.Is(err, errno.ENOENT) {
		return nil
	}
	if err != nil {
		return pathError("open", file, err)
	}
	var check types.NetConf
	if err = json.Unmarshal(text, &check); err != nil {
		return fmt.Errorf("failed to parse netconf: %w", err)
	}
	if _, err = c.pass("DEL", text, fault.PluginDel); err != nil {
		return err
	}
	_ = c.removeFile(file)
	return nil
}

// flannelCheck does nothing, as the real one.
func flannelCheck(*call) error { return nil }
