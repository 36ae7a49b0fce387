package need

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// attach names the interfaces, works out what each delegate gets, and refuses
// what can be refused before anything has happened.
func (r *resolver) attach(list []wanted, rec record.Record) (Settled, error) {
	if r.attachments == nil {
		r.attachments, r.names = make([]known[record.Attachment], len(list)), r.interfaceNames(list)
	}
	for i := range list {
		if !errors.Is(list[i].err, errUnknown) {
			_, _ = recall(r, &r.attachments[i], func() (record.Attachment, error) {
				return r.attachment(i, &list[i])
			})
		}
	}
	if r.open > 0 {
		return Settled{}, errUnknown
	}
	return r.assemble(list, rec)
}

// assemble makes a record of attachments of which all is known.
func (r *resolver) assemble(list []wanted, rec record.Record) (Settled, error) {
	var (
		out     = Settled{}
		refused error
		routes  []annotation.Selection // those that ask for the default route
	)
	for i := range r.attachments {
		a, err := &r.attachments[i].value, r.attachments[i].err
		if other := holder(rec.Attachments, a.IfName); other != "" && err == nil {
			err = fail.New(fail.Invalid, "interface name %s is also that of %s", a.IfName, other)
		}
		switch {
		case err != nil && r.req.Verb == Del && !passing(err),
			err != nil && r.req.Verb == Add && a.Optional:
			out.Dropped = append(out.Dropped, Dropped{a.Network, a.IfName, err})
		case err != nil:
			refused = first(refused, fail.About(r.object(*a), err))
		default:
			rec.Attachments = append(slices.Grow(rec.Attachments, len(list)-i), *a)
			if s := list[i].selection; s.DefaultRoute != nil {
				routes = append(routes, *s)
			}
		}
	}
	if refused != nil {
		return Settled{}, refused
	}
	if err := annotation.CheckDefaultRoutes(routes, r.req.Config.Compat); err != nil {
		return Settled{}, fail.About("pod "+r.req.Pod().String(), err)
	}
	out.Record, out.Warnings = rec, r.warnings
	return out, nil
}

// holder is the network that has an interface of this name, or "".
func holder(list []record.Attachment, ifName string) string {
	for i := range list {
		if list[i].IfName == ifName {
			return list[i].Network
		}
	}
	return ""
}

// passing reports whether asking again may help. A DEL must not succeed on the
// word of an API server that was only busy, or of a disk that hiccuped: nobody
// would detach the network.
func passing(err error) bool {
	return fail.Is(err, fail.Transient) || fail.Is(err, fail.Busy) || fail.Is(err, fail.IO)
}

// object names pod and attachment: errors are read far from where they arise.
func (r *resolver) object(a record.Attachment) string {
	if pod := r.req.Pod(); pod.Name != "" {
		return fmt.Sprintf("pod %s: %s", pod, a)
	}
	return a.String()
}

// interfaceNames gives every network its interface: what was asked for, the
// runtime's for the default network, else net and the position in the list.
// The NPWG standard wants generated names to be unique (v1.3 §4.2.1).
func (r *resolver) interfaceNames(list []wanted) []string {
	unique := r.req.Config.Compat == annotation.NPWG13
	var used []string // what a generated name must not be
	for i := 0; unique && i < len(list); i++ {
		used = append(used, list[i].selection.Interface)
	}
	names := make([]string, len(list))
	for i := range list {
		switch asked := list[i].selection.Interface; {
		case asked != "":
			names[i] = asked
		case i == 0:
			names[i] = r.req.IfName
		default:
			names[i] = generatedName(i, used)
			if unique {
				used = append(used, names[i])
			}
		}
	}
	return names
}

// generatedName is net and a number, from n on, that is not used.
func generatedName(n int, used []string) string {
	for ; ; n++ {
		if name := "net" + strconv.Itoa(n); !slices.Contains(used, name) {
			return name
		}
	}
}

// attachment is what becomes of one network, or why nothing does.
func (r *resolver) attachment(i int, w *wanted) (record.Attachment, error) {
	a := record.Attachment{Network: w.title, IfName: r.names[i], Master: i == 0}
	// Without the default network there is no result for the runtime.
	a.Optional = w.optional && !a.Master
	if w.err != nil {
		return a, w.err
	}
	return r.complete(a, w)
}

// complete fills in what the delegate gets and checks that it can be run.
func (r *resolver) complete(a record.Attachment, w *wanted) (record.Attachment, error) {
	if w.net.Name == "" {
		return a, fail.New(fail.Invalid, "missing network name")
	}
	if !validName(w.net.Name) {
		return a, fail.New(fail.Invalid, "invalid network name %q", w.net.Name)
	}
	s := w.selection
	a.Name, a.Config, a.DefaultRoute = w.net.Name, w.net.Raw, s.DefaultRoute
	a.Args = r.args(s)
	if s.DeviceID != "" {
		a.DeviceInfo = r.deviceInfo(a)
	}
	asked := wishes(a, s)
	offers, err := r.offers(a, asked)
	if err != nil {
		return a, err
	}
	if err = r.undeclared(a, &w.net, asked); err != nil {
		return a, err
	}
	if a.Capabilities, err = json.Marshal(offers); err != nil {
		return a, fail.New(fail.Internal, "capabilities: %w", err)
	}
	if r.req.Verb != Add {
		return a, nil
	}
	return a, errors.Join(r.absent(a), r.runnable(&w.net))
}

// args is CNI_ARGS for a delegate.
func (r *resolver) args(s *annotation.Selection) string {
	args := r.podArgs
	if s.MAC == "" && len(s.IPs) == 0 {
		return r.podArgsText
	}
	args = slices.Clone(args)
	if s.MAC != "" {
		args = args.Set("MAC", s.MAC)
	}
	if len(s.IPs) > 0 {
		args = args.Set("IP", strings.Join(s.IPs, ","))
	}
	return args.String()
}

// deviceInfo is the file that describes an attachment's device (NPWG device
// information specification 1.1.0 §5).
func (r *resolver) deviceInfo(a record.Attachment) string {
	return fmt.Sprintf("%s/cni/%s-%s_%s", r.req.Config.DeviceInfoDir,
		strings.ReplaceAll(a.Network, "/", "-"), r.req.ContainerID, a.IfName)
}

// wish is what a pod asks of a network, as a capability of its plugins (CNI
// conventions, "Dynamic plugin specific fields").
type wish struct {
	capability string
	asked      bool
	value      any
	// hint: a plugin that does not know the capability may do without it.
	hint bool
}

// wishes is the table of what a pod can ask for, sorted by capability.
func wishes(a record.Attachment, s *annotation.Selection) []wish {
	var asked []wish
	for _, w := range [...]wish{
		{"CNIDeviceInfoFile", a.DeviceInfo != "", a.DeviceInfo, true},
		{"bandwidth", s.Bandwidth != nil, s.Bandwidth, false},
		{"deviceID", s.DeviceID != "", s.DeviceID, true},
		{"infinibandGUID", s.InfinibandGUID != "", s.InfinibandGUID, false},
		{"ips", len(s.IPs) > 0, s.IPs, false},
		{"mac", s.MAC != "", s.MAC, false},
		{"portMappings", len(s.PortMappings) > 0, s.PortMappings, false},
	} {
		if w.asked {
			asked = append(asked, w)
		}
	}
	return asked
}

// offers is what the runtimeConfig of a delegate may be filled from: what the
// runtime offers and, over it, what the pod asks of this network.
func (r *resolver) offers(a record.Attachment, list []wish) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	if a.Master || r.req.Config.Compat != annotation.NPWG13 {
		// The NPWG standard (v1.3 §7.5) keeps these for the default network.
		maps.Copy(out, r.req.Config.RuntimeConfig)
	}
	for _, w := range list {
		text, err := json.Marshal(w.value)
		if err != nil {
			return nil, fail.New(fail.Internal, "capability %s: %w", w.capability, err)
		}
		out[w.capability] = text
	}
	return out, nil
}

// undeclared finds requests of the pod that no plugin of the network will see.
// The NPWG standard fails them (v1.3 §4.1.2.1); Multus says nothing, so that
// we can only warn.
func (r *resolver) undeclared(a record.Attachment, net *netconf.Network, list []wish) error {
	for _, w := range list {
		if w.hint || net.Declares(w.capability) {
			continue
		}
		if r.req.Config.Compat == annotation.NPWG13 {
			return fail.New(fail.Invalid,
				"the pod asks for %s, but no plugin of the network declares it", w.capability)
		}
		r.warnf("%s: the pod asks for %s, but no plugin of the network declares it",
			r.object(a), w.capability)
	}
	return nil
}

// absent refuses an interface that the sandbox has already.
func (r *resolver) absent(a record.Attachment) error {
	sandbox, err := recall(r, &r.inside, r.sandbox)
	if err == nil && slices.Contains(sandbox.Links, a.IfName) {
		err = fail.New(fail.Invalid, "interface %s already exists in the sandbox", a.IfName)
	}
	return err
}

// ipamCallers are reference plugins, which execute the plugin named by
// ipam.type. Others may give the key a meaning of their own.
//
//nolint:gochecknoglobals // a constant table
var ipamCallers = []string{
	"bridge", "dummy", "host-device", "ipvlan", "macvlan", "ptp", "tap", "vlan",
}

// runnable makes sure that every plugin of the network is installed.
func (r *resolver) runnable(n *netconf.Network) error {
	var missing error
	for i := range n.Plugins {
		p := &n.Plugins[i]
		_, err := ask[string](r, FindPlugin{p.Type, r.pluginPath})
		missing = first(missing, err)
		if p.IPAM != "" && slices.Contains(ipamCallers, p.Type) {
			_, err = ask[string](r, FindPlugin{p.IPAM, r.pluginPath})
			missing = first(missing, about("ipam", err))
		}
	}
	return leading(missing)
}
