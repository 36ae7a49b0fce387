package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"patchbay/core/fail"
)

// OriginScratch is the Origin of a record that Multus left.
const OriginScratch = "multus-scratch"

// deviceInfoDir is where the NPWG device information specification 1.1.0
// (§ "file locations") has the files of CNI plugins.
const deviceInfoDir = "/var/run/k8s.cni.cncf.io/devinfo/cni/"

// delegate is one element of Multus' scratch file, <cniDir>/<containerID>.
type delegate struct {
	Conf         json.RawMessage `json:"Conf"`     // the fields that libcni knows, of a plugin …
	ConfList     json.RawMessage `json:"ConfList"` // … or of a list
	Name         string          `json:"Name"`     // "namespace/name", or the CNI name
	IfName       string          `json:"ifnameRequest,omitempty"`
	MAC          string          `json:"macRequest,omitempty"`
	GUID         string          `json:"infinibandGUIDRequest,omitempty"`
	IPs          []string        `json:"ipRequest,omitempty"`
	DefaultRoute *[]string       `json:"default-route,omitempty"`
	FilterV4     bool            `json:"IsFilterV4Gateway"` // of use to ADD only
	FilterV6     bool            `json:"IsFilterV6Gateway"`
	DeviceID     string          `json:"deviceID,omitempty"`
	Resource     string          `json:"resourceName,omitempty"`
	Bytes        []byte          `json:"Bytes"` // the configuration, as ADD used it
}

// offer is what Multus may fill runtimeConfig from, as far as it is written
// down: port mappings and bandwidth are not.
type offer struct {
	MAC        string   `json:"mac,omitempty"`
	IPs        []string `json:"ips,omitempty"`
	GUID       string   `json:"infinibandGUID,omitempty"`
	DeviceID   string   `json:"deviceID,omitempty"`
	DeviceInfo string   `json:"CNIDeviceInfoFile,omitempty"`
}

// DecodeScratch reads what Multus wrote before its first delegate ran. The file
// says nothing of the sandbox itself; known does, as far as a DEL knows it, and
// is returned with the attachments. Decode: the file is torn, lists nothing, or
// lists something without a usable configuration.
func DecodeScratch(data []byte, known Record) (Record, error) {
	var delegates []delegate
	if err := json.Unmarshal(data, &delegates); err != nil {
		return Record{}, fail.New(fail.Decode,
			"the scratch file of Multus is not readable: %w", err)
	}
	if len(delegates) == 0 {
		return Record{}, fail.New(fail.Decode, "the scratch file of Multus lists no network")
	}
	r := known
	r.Origin = OriginScratch
	r.Attachments = make([]Attachment, 0, len(delegates))
	for i, d := range delegates {
		a, err := d.attachment(known, i)
		if err != nil {
			return Record{}, fail.New(fail.Decode,
				"the scratch file of Multus, network %d (%s): %w", i, d.Name, err)
		}
		r.Attachments = append(r.Attachments, a)
	}
	if err := r.Validate(); err != nil {
		return Record{}, fail.New(fail.Decode, "the scratch file of Multus: %w", err)
	}
	return r, nil
}

func (d delegate) attachment(known Record, i int) (Attachment, error) {
	config, name, err := d.config()
	if err != nil {
		return Attachment{}, err
	}
	a := Attachment{
		Network: d.Name, Name: name, IfName: d.IfName, Config: config,
		Args: podArgs(known), Master: i == 0, DefaultRoute: d.DefaultRoute,
	}
	if a.IfName == "" && i == 0 {
		a.IfName = known.IfName
	} else if a.IfName == "" {
		a.IfName = fmt.Sprintf("net%d", i)
	}
	if d.MAC != "" {
		a.Args += ";MAC=" + d.MAC
	}
	if len(d.IPs) > 0 {
		a.Args += ";IP=" + strings.Join(d.IPs, ",")
	}
	if d.DeviceID != "" {
		a.DeviceInfo = deviceInfoDir + strings.ReplaceAll(d.Name, "/", "-") + "-" +
			known.ContainerID + "_" + a.IfName
	}
	offered, err := json.Marshal(offer{d.MAC, d.IPs, d.GUID, d.DeviceID, a.DeviceInfo})
	if err != nil {
		return Attachment{}, fail.New(fail.Decode, "its requests: %w", err)
	}
	if string(offered) != "{}" {
		a.Capabilities = offered
	}
	return a, nil
}

// outline is what tells a plugin's configuration from a list's.
type outline struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Plugins []json.RawMessage `json:"plugins"`
}

// config returns the configuration and its CNI network name. Releases of Multus
// that wrote no Bytes leave only the fields that libcni knows; that loses the
// plugin's own ones, but it is what Multus itself would use for its DEL.
func (d delegate) config() ([]byte, string, error) {
	candidates := [][]byte{d.Bytes}
	if len(d.Bytes) == 0 {
		candidates = [][]byte{compact(d.ConfList), compact(d.Conf)}
	}
	for _, config := range candidates {
		var o outline
		if !isObject(config) || json.Unmarshal(config, &o) != nil {
			continue
		}
		if o.Type != "" || len(o.Plugins) > 0 {
			return config, o.Name, nil
		}
	}
	return nil, "", fail.New(fail.Decode, "it has no usable configuration")
}

// EncodeScratch returns the record as Multus would have written it, so that a
// node may be given back to Multus with pods on it. Every interface name is
// spelled out, whatever chose it.
func EncodeScratch(r Record) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	delegates := make([]delegate, 0, len(r.Attachments))
	for _, a := range canonical(r).Attachments {
		d, err := delegateOf(a)
		if err != nil {
			return nil, fail.About(a.String(), err)
		}
		delegates = append(delegates, d)
	}
	data, err := json.Marshal(delegates)
	if err != nil {
		return nil, fail.New(fail.Invalid, "the scratch file of Multus: %w", err)
	}
	return data, nil
}

func delegateOf(a Attachment) (delegate, error) {
	var o outline
	if err := json.Unmarshal(a.Config, &o); err != nil {
		return delegate{}, fail.New(fail.Invalid, "its configuration: %w", err)
	}
	var offered offer
	if len(a.Capabilities) > 0 {
		if err := json.Unmarshal(a.Capabilities, &offered); err != nil {
			return delegate{}, fail.New(fail.Invalid, "its capabilities: %w", err)
		}
	}
	asked := pairs(a.Args) // a plugin without capabilities is told by CNI_ARGS alone
	if ips := valueOf(asked, "IP"); len(offered.IPs) == 0 && ips != "" {
		offered.IPs = strings.Split(ips, ",")
	}
	d := delegate{
		Conf: json.RawMessage("{}"), ConfList: json.RawMessage("{}"),
		Name: a.Network, IfName: a.IfName,
		MAC: cmp.Or(offered.MAC, valueOf(asked, "MAC")), GUID: offered.GUID, IPs: offered.IPs,
		DefaultRoute: a.DefaultRoute, DeviceID: offered.DeviceID, Bytes: a.Config,
	}
	if len(o.Plugins) > 0 {
		d.ConfList = a.Config
	} else {
		d.Conf = a.Config
	}
	return d, nil
}

// podKeys are the items of CNI_ARGS that Multus gives to every delegate, in its
// order, with what they are filled from.
func podKeys(r Record) [][2]string {
	return [][2]string{
		{"K8S_POD_NAMESPACE", r.Pod.Namespace},
		{"K8S_POD_NAME", r.Pod.Name},
		{"K8S_POD_INFRA_CONTAINER_ID", r.ContainerID},
		{"K8S_POD_UID", r.Pod.UID},
	}
}

func podArgs(r Record) string {
	return joined(slices.Insert(podKeys(r), 0, [2]string{"IgnoreUnknown", "true"}))
}

// WithPod returns a record that was rebuilt without its pod with one: the empty
// slots of every attachment's Args are filled too. What is known stays.
func (r Record) WithPod(pod Pod) Record {
	if r.Pod == (Pod{}) {
		r.Pod = pod
	}
	r.Attachments = slices.Clone(r.Attachments)
	for i := range r.Attachments {
		args := pairs(r.Attachments[i].Args)
		for j, item := range args {
			if item[1] == "" {
				args[j][1] = valueOf(podKeys(r), item[0])
			}
		}
		r.Attachments[i].Args = joined(args)
	}
	return r
}
