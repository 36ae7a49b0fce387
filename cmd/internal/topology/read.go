package topology

import (
	"context"
	"encoding/json"
	"slices"

	"patchbay/backends"
	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
	"patchbay/core/result"
)

// Kernel looks into namespaces, as package kernel does.
type Kernel interface {
	Host(ctx context.Context) (kernel.Namespace, error)
	At(ctx context.Context, path string) (kernel.Namespace, error)
}

// node is the kernel of this node.
type node struct{}

// Host looks at our own namespace.
func (node) Host(ctx context.Context) (kernel.Namespace, error) { return kernel.Host(ctx) }

// At looks at the namespace at a path.
func (node) At(ctx context.Context, path string) (kernel.Namespace, error) {
	return kernel.At(ctx, path)
}

// Read makes the picture of a node. What could not be looked at is in its Notes;
// an error means that not even the records could be listed.
func Read(ctx context.Context, b backends.Backend) (Model, error) {
	return ReadWith(ctx, b, node{})
}

// ReadWith is Read for another kernel than this node's.
func ReadWith(ctx context.Context, b backends.Backend, k Kernel) (Model, error) {
	keys, err := b.Records.List(ctx)
	if err != nil {
		return Model{}, err
	}
	m := Model{Pods: []Pod{}, Networks: []Network{}}
	r := reader{Backend: b, kernel: k, model: &m}
	r.bootID, err = b.Records.BootID(ctx)
	r.note(err)
	if len(keys) > 0 {
		r.host, err = k.Host(ctx)
		r.note(err)
	}
	for _, key := range keys {
		rec, err := b.Records.Load(ctx, key)
		switch {
		case fail.Is(err, fail.NotFound): // its DEL was faster
		case err != nil:
			r.note(fail.About("record "+key.String(), err))
		default:
			r.pod(ctx, rec)
		}
	}
	m.sort()
	return m, nil
}

// reader puts a model together.
type reader struct {
	backends.Backend
	kernel Kernel
	model  *Model
	bootID string
	host   kernel.Namespace
}

func (r *reader) note(err error) {
	if err == nil {
		return
	}
	if text := err.Error(); !slices.Contains(r.model.Notes, text) {
		r.model.Notes = append(r.model.Notes, text)
	}
}

func (r *reader) pod(ctx context.Context, rec record.Record) {
	p := Pod{
		Namespace: rec.Pod.Namespace, Name: rec.Pod.Name, Container: rec.ContainerID,
		Netns: rec.Netns, Interfaces: []Interface{},
	}
	sandbox, err := StateOf(ctx, r.Backend, rec, r.bootID)
	p.State = sandbox
	r.note(err)
	var inside *kernel.Namespace
	if p.State == Alive {
		found, err := r.kernel.At(ctx, rec.Netns)
		if err == nil {
			inside = &found
		}
		r.note(err)
	}
	for _, a := range rec.Attachments {
		i, network := r.recorded(ctx, rec, a)
		if inside != nil {
			r.seen(*inside, &i, &network)
		}
		r.model.join(network)
		p.Interfaces = append(p.Interfaces, i)
	}
	r.model.Pods = append(r.model.Pods, p)
}

// StateOf tells whether the sandbox of a record still is the one it was written
// for. It is Unknown with an error, or when the record does not say where it is.
func StateOf(
	ctx context.Context, b backends.Backend, rec record.Record, bootID string,
) (State, error) {
	if rec.BootID != "" && bootID != "" && rec.BootID != bootID {
		return Gone, nil
	}
	if rec.Netns == "" {
		return Unknown, nil
	}
	found, err := b.Links.Look(ctx, rec.Netns)
	switch {
	case fail.Is(err, fail.BadSandbox):
		return Gone, nil
	case err != nil:
		return Unknown, err
	case rec.NetnsID != (record.Inode{}) && rec.NetnsID != found.ID:
		return Gone, nil
	}
	return Alive, nil
}

// recorded is what record and result say of an attachment.
func (r *reader) recorded(
	ctx context.Context, rec record.Record, a record.Attachment,
) (Interface, Network) {
	i := Interface{Name: a.IfName, Network: a.Network}
	n := networkOf(a)
	raw, err := r.Records.Result(ctx, rec, a.IfName)
	if err != nil || raw == nil {
		r.note(err)
		return i, n
	}
	o, err := result.Parse("", raw)
	if err != nil {
		r.note(fail.About(result.Object(rec, a), err))
		return i, n
	}
	mine := func(at int) bool {
		l := o.Result.Interfaces
		return at >= 0 && at < len(l) && l[at].Sandbox != "" && l[at].Name == a.IfName
	}
	for at, l := range o.Result.Interfaces {
		if mine(at) {
			i.MAC = l.Mac
		}
	}
	for _, ip := range o.Result.IPs {
		if ip.Interface == nil || mine(*ip.Interface) {
			i.IPs = append(i.IPs, ip.Address.String())
		}
	}
	return i, n
}

// networkOf is what the configuration says: the reference plugins call their
// link on the node "bridge" or "master" (containernetworking/plugins).
func networkOf(a record.Attachment) Network {
	n := Network{Name: a.Network}
	parsed, err := netconf.ParseNetwork(a.Config)
	if err != nil || len(parsed.Plugins) == 0 {
		return n // the picture shows it without
	}
	first := parsed.Plugins[0]
	n.Plugin = first.Type
	var keys struct {
		Bridge string `json:"bridge"`
		Master string `json:"master"`
	}
	if json.Unmarshal(first.Raw, &keys) != nil {
		return n // keys of the same name with another meaning
	}
	switch {
	case keys.Bridge != "":
		n.Link, n.LinkIs = keys.Bridge, "bridge"
	case keys.Master != "":
		n.Link, n.LinkIs = keys.Master, "parent"
	case first.Type == "bridge":
		n.Link, n.LinkIs = "cni0", "bridge" // the plugin's default
	}
	return n
}

// seen puts what the kernel says over what was recorded.
func (r *reader) seen(inside kernel.Namespace, i *Interface, n *Network) {
	at := slices.IndexFunc(inside.Links, func(l kernel.Link) bool { return l.Name == i.Name })
	if at < 0 {
		i.Missing = true
		return
	}
	l := inside.Links[at]
	i.Kind, i.MAC = l.Kind, l.MAC
	if shown := kernel.WorthShowing(l.Addresses); len(shown) > 0 {
		i.IPs = shown
	}
	if peer, ok := r.host.Peer(inside, l); ok {
		i.Host = peer.Name
		if bridge, ok := r.host.ByIndex(peer.Master); ok {
			n.Link, n.LinkIs = bridge.Name, "bridge"
		}
		return
	}
	// Only for what can not be half of a pair is the index one of the node's.
	if parent, ok := r.host.ByIndex(l.Parent); ok && l.Kind != "veth" && l.NetNS != kernel.None {
		i.Host = parent.Name
		n.Link, n.LinkIs = parent.Name, "parent"
	}
}
