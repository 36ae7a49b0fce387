package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/containernetworking/cni/pkg/types"
)

// bridge is the configuration of the plugin "bridge".
type bridge struct {
	types.NetConf
	BrName                    string      `json:"bridge"`
	IsGW                      bool        `json:"isGateway"`
	IsDefaultGW               bool        `json:"isDefaultGateway"`
	ForceAddress              bool        `json:"forceAddress"`
	IPMasq                    bool        `json:"ipMasq"`
	IPMasqBackend             *string     `json:"ipMasqBackend,omitempty"`
	MTU                       int         `json:"mtu"`
	HairpinMode               bool        `json:"hairpinMode"`
	PromiscMode               bool        `json:"promiscMode"`
	Vlan                      int         `json:"vlan"`
	VlanTrunk                 []*vlanItem `json:"vlanTrunk,omitempty"`
	PreserveDefaultVlan       bool        `json:"preserveDefaultVlan"`
	MacSpoofChk               bool        `json:"macspoofchk,omitempty"`
	EnableDad                 bool        `json:"enabledad,omitempty"`
	DisableContainerInterface bool        `json:"disableContainerInterface,omitempty"`
	PortIsolation             bool        `json:"portIsolation,omitempty"`

	Args struct {
		Cni struct {
			Mac string `json:"mac,omitempty"`
		} `json:"cni"`
	} `json:"args"`
	RuntimeConfig struct {
		Mac string `json:"mac,omitempty"`
	} `json:"runtimeConfig"`

	mac   string
	vlans []int
}

// vlanItem is an item of "vlanTrunk": one VLAN, or all from one to another.
type vlanItem struct {
	MinID *int `json:"minID,omitempty"`
	MaxID *int `json:"maxID,omitempty"`
	ID    *int `json:"id,omitempty"`
}

func makeBridge(text []byte) (*bridge, error) {
	n := &bridge{BrName: "cni0"}
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("failed to load netconf: %w", err)
	}
	if n.Vlan < 0 || n.Vlan > 4094 {
		return nil, fmt.Errorf("invalid VLAN ID %d (must be between 0 and 4094)", n.Vlan)
	}
	var err error
	n.vlans, err = trunk(n.VlanTrunk)
	n.mac = n.Args.Cni.Mac
	if mac := n.RuntimeConfig.Mac; mac != "" {
		n.mac = mac
	}
	return n, err
}

// trunk lists the VLANs of a trunk, sorted.
func trunk(items []*vlanItem) ([]int, error) {
	var out []int
	for _, item := range items {
		if item == nil {
			continue // the real plugin crashes
		}
		switch {
		case item.MinID != nil && item.MaxID != nil:
			low, high := *item.MinID, *item.MaxID
			switch {
			case low <= 0 || low > 4094:
				return nil, errors.New("incorrect trunk minID parameter")
			case high <= 0 || high > 4094:
				return nil, errors.New("incorrect trunk maxID parameter")
			case high < low:
				return nil, errors.New("minID is greater than maxID in trunk parameter")
			}
			for v := low; v <= high; v++ {
				out = append(out, v)
			}
		case item.MaxID != nil:
			return nil, errors.New(
				"minID and maxID should be configured simultaneously, minID is missing")
		case item.MinID != nil:
			return nil, errors.New(
				"minID and maxID should be configured simultaneously, maxID is missing")
		}
		if item.ID != nil {
			if *item.ID <= 0 || *item.ID > 4094 {
				return nil, errors.New("incorrect trunk id parameter")
			}
			out = append(out, *item.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// loadBridge reads the configuration and CNI_ARGS. Whoever gets the former must
// not change it; the address is the one that somebody asked for, or "".
func (c *call) loadBridge() (*bridge, string, error) {
	n, err := formOf(c, "bridge", makeBridge)
	if err != nil {
		return nil, "", err
	}
	args, err := c.arguments(knowsMAC)
	if err != nil {
		return nil, "", err
	}
	if n.mac != "" {
		return n, n.mac, nil
	}
	return n, args.MAC, nil
}
