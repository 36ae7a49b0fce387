package result

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/types/create"

	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/rawjson"
	"patchbay/core/record"
)

// Outcome is what became of an attachment.
type Outcome struct {
	// Raw is the result as the last plugin printed it, with a version where it
	// printed none; nil when it printed no result, or the attachment failed.
	Raw []byte
	// Version is that of Raw.
	Version string
	// Result is Raw in the newest version.
	Result *current.Result
	// DeviceInfo is the content of the device information file, or nil.
	DeviceInfo json.RawMessage
	// Err is why an optional network is not there.
	Err error
}

// Parse reads what a plugin printed on ADD. The version is the result's own,
// else the one of the network it was asked in, as with libcni: the specification
// wants one (CNI spec 1.1 §5, "Success"), and there are plugins that print none.
func Parse(version string, raw []byte) (Outcome, error) {
	if len(raw) == 0 {
		return Outcome{}, fail.New(fail.Decode, "it printed no result")
	}
	o, ok := plain(raw)
	if !ok {
		var err error
		if o, err = decode(version, raw); err != nil {
			return Outcome{}, err
		}
	}
	if err := sound(o.Result); err != nil {
		return Outcome{}, err
	}
	return o, nil
}

// sound refuses addresses that are none, and those on an interface that is not in
// the list (CNI spec 1.1 §5, "ips"): the status would tell the pod of them. Where
// there is no list at all, as some plugins have it, the index means nothing.
func sound(r *current.Result) error {
	for i, ip := range r.IPs {
		if len(ip.Address.IP) == 0 {
			return fail.New(fail.Decode, "its result has no address in ips[%d]", i)
		}
		at := ip.Interface
		if at != nil && len(r.Interfaces) > 0 && (*at < 0 || *at >= len(r.Interfaces)) {
			return fail.New(fail.Decode, "its result has ips[%d] on interface %d of %d",
				i, *at, len(r.Interfaces))
		}
	}
	return nil
}

// decode is Parse of any result, and has the words for what is wrong.
func decode(version string, raw []byte) (Outcome, error) {
	var keys struct {
		CNIVersion string `json:"cniVersion"`
	}
	if err := json.Unmarshal(raw, &keys); err != nil {
		return Outcome{}, fail.New(fail.Decode, "its result is no JSON object: %w", err)
	}
	version = cmp.Or(keys.CNIVersion, version, "0.1.0")
	if err := noNulls(raw); err != nil {
		return Outcome{}, err
	}
	if keys.CNIVersion == "" {
		var err error
		if raw, err = withVersion(raw, version); err != nil {
			return Outcome{}, err
		}
	}
	typed, err := create.Create(version, raw)
	if err != nil {
		return Outcome{}, fail.New(fail.Decode, "its result: %w", err)
	}
	newest, err := current.NewResultFromResult(typed)
	if err != nil {
		return Outcome{}, fail.New(fail.Version, "its result: %w", err)
	}
	return Outcome{Raw: raw, Version: version, Result: newest}, nil
}

// IsKept reports whether a result that was parsed before it was kept can be handed
// on as it is: it is whole, and of that version. What it says is not looked at.
func IsKept(raw []byte, version string) bool {
	found := false
	c := rawjson.Over(raw)
	for c.Enter('{'); c.Next('}'); {
		key := string(c.Key())
		if !strings.EqualFold(key, "cniVersion") {
			c.Value()
			continue
		}
		if found || key != "cniVersion" || string(c.Plain()) != version {
			return false // encoding/json has rules for which one counts
		}
		found = true
	}
	return c.Done() && found
}

// withVersion writes a version into a result, which the CNI types demand.
func withVersion(raw []byte, version string) ([]byte, error) {
	text, err := json.Marshal(version)
	if err != nil {
		return nil, fail.New(fail.Internal, "version %q: %w", version, err)
	}
	raw, err = netconf.Set(raw, "cniVersion", text)
	return raw, fail.About("its result", err)
}

// noNulls refuses lists with holes, which the CNI types would trip over.
func noNulls(raw []byte) error {
	var lists struct {
		Interfaces []*json.RawMessage `json:"interfaces"`
		IPs        []*json.RawMessage `json:"ips"`
		Routes     []*json.RawMessage `json:"routes"`
	}
	if err := json.Unmarshal(raw, &lists); err != nil {
		return fail.New(fail.Decode, "its result: %w", err)
	}
	if slices.Contains(slices.Concat(lists.Interfaces, lists.IPs, lists.Routes), nil) {
		return fail.New(fail.Decode, "its result has a null among its interfaces, ips or routes")
	}
	return nil
}

// In returns the result in a version; "" counts as 0.1.0 (CNI spec 0.2.0).
func (o Outcome) In(version string) (types.Result, error) {
	if version == "" {
		version = "0.1.0"
	}
	if o.Result == nil {
		return nil, fail.New(fail.Internal, "there is no result")
	}
	out, err := o.Result.GetAsVersion(version)
	if err != nil {
		return nil, fail.New(fail.Version,
			"the result cannot be told in CNI version %s: %w", version, err)
	}
	return out, nil
}

// Empty reports a result without interfaces and addresses, which nobody needs
// to hear of.
func (o Outcome) Empty() bool {
	return o.Result == nil || len(o.Result.Interfaces) == 0 && len(o.Result.IPs) == 0
}

// SyntheticFor is the answer for a pod that the cluster does not know: the
// interface as asked for, with an address that means nothing.
func SyntheticFor(ifName, netns string) Outcome {
	zero := 0
	nowhere := netip.IPv4Unspecified().AsSlice()
	ip := &current.IPConfig{Interface: &zero, Gateway: nowhere}
	ip.Address.IP, ip.Address.Mask = nowhere, make([]byte, len(nowhere))
	return Outcome{Result: &current.Result{
		CNIVersion: current.ImplementedSpecVersion,
		Interfaces: []*current.Interface{{Name: ifName, Sandbox: netns}},
		IPs:        []*current.IPConfig{ip},
	}}
}

// InSandbox lists the names of the interfaces that the result says to be in the
// sandbox.
func (o Outcome) InSandbox() []string {
	if o.Result == nil {
		return nil
	}
	var names []string
	for _, i := range o.Result.Interfaces {
		if i.Sandbox != "" {
			names = append(names, i.Name)
		}
	}
	return names
}

// Object names an attachment of a pod in an error: errors are read far from
// where they arise.
func Object(r record.Record, a record.Attachment) string {
	if r.Pod.Name == "" {
		return a.String()
	}
	return "pod " + r.Pod.String() + ": " + a.String()
}
