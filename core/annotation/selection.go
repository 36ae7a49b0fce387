package annotation

import (
	"encoding/json"
	"fmt"

	"patchbay/core/fail"
)

// Profile says whose rules are followed where Multus and the standard differ.
type Profile string

// The profiles.
const (
	MultusV4 Profile = "multus-v4" // what Multus 4 accepts
	NPWG13   Profile = "npwg-1.3"  //nolint:gosec // no password: the NPWG standard v1.3
)

// check refuses a profile that does not exist, which would otherwise be the
// laxer one by accident.
func (p Profile) check() error {
	switch p {
	case MultusV4, NPWG13:
		return nil
	default:
		return fail.New(fail.Invalid, "profile %s is neither %s nor %s",
			quote(string(p)), MultusV4, NPWG13)
	}
}

// Selection is one network that a pod asks for (NPWG v1.3 §4.1.2).
type Selection struct {
	// Namespace and Name are those of the NetworkAttachmentDefinition.
	Namespace, Name string
	// Interface is the name the pod wants, or "" for a generated one.
	Interface string
	// MAC and InfinibandGUID are as the user wrote them, in a form that
	// [ParseMAC] takes, or "".
	MAC, InfinibandGUID string
	// IPs are addresses with or without a prefix length, as the user wrote them.
	IPs []string
	// PortMappings is in the user's order, which decides who is first to get
	// a host port.
	PortMappings []PortMapping
	Bandwidth    *Bandwidth
	DeviceID     string
	// CNIArgs is a JSON object byte for byte as it was written, so that no
	// number is rounded, or nil.
	CNIArgs json.RawMessage
	// DefaultRoute holds gateways in their canonical form. Nil means that
	// nothing was asked; empty, that the network's own default route counts.
	DefaultRoute *[]string
	// IPAMClaim names an IPAMClaim of the pod's namespace, or is "".
	IPAMClaim string
	// Optional lets the pod start without this network; ours alone.
	Optional bool
	// Unknown holds the keys that nobody knows, in their order. They have no
	// effect; somebody may want to warn of them.
	Unknown []string
}

// PortMapping is one entry of the "portMappings" capability (CNI conventions).
type PortMapping struct {
	HostPort      int    `json:"hostPort"`
	ContainerPort int    `json:"containerPort"`
	Protocol      string `json:"protocol,omitempty"`
	HostIP        string `json:"hostIP,omitempty"`
}

// Bandwidth is the "bandwidth" capability (CNI conventions): rates in bits per
// second and bursts in bits, 0 for no limit.
type Bandwidth struct {
	IngressRate  int64 `json:"ingressRate"`
	IngressBurst int64 `json:"ingressBurst"`
	EgressRate   int64 `json:"egressRate"`
	EgressBurst  int64 `json:"egressBurst"`
}

// Ref is "namespace/name", by which people know the network.
func (s Selection) Ref() string { return s.Namespace + "/" + s.Name }

// MarshalJSON prints s as an element of the JSON grammar, so that [Parse] of a
// list of them gives the same selections less their Unknown keys. CNIArgs is
// printed byte for byte; [json.Marshal] would then take the white space out.
func (s Selection) MarshalJSON() ([]byte, error) {
	out, err := json.Marshal(struct {
		Namespace      string        `json:"namespace,omitempty"`
		Name           string        `json:"name"`
		Interface      string        `json:"interface,omitempty"`
		MAC            string        `json:"mac,omitempty"`
		InfinibandGUID string        `json:"infiniband-guid,omitempty"`
		IPs            []string      `json:"ips,omitempty"`
		PortMappings   []PortMapping `json:"portMappings,omitempty"`
		Bandwidth      *Bandwidth    `json:"bandwidth,omitempty"`
		DeviceID       string        `json:"deviceID,omitempty"`
		DefaultRoute   *[]string     `json:"default-route,omitempty"`
		IPAMClaim      string        `json:"ipam-claim-reference,omitempty"`
		Optional       bool          `json:"optional,omitempty"`
	}{
		s.Namespace, s.Name, s.Interface, s.MAC, s.InfinibandGUID, s.IPs, s.PortMappings,
		s.Bandwidth, s.DeviceID, s.DefaultRoute, s.IPAMClaim, s.Optional,
	})
	if err != nil {
		return nil, fmt.Errorf("selection of %s: %w", s.Ref(), err)
	}
	if s.CNIArgs == nil {
		return out, nil
	}
	if !json.Valid(s.CNIArgs) {
		return nil, fmt.Errorf("selection of %s: cni-args is not valid JSON", s.Ref())
	}
	out = append(out[:len(out)-1], `,"cni-args":`...)
	return append(append(out, s.CNIArgs...), '}'), nil
}
