package invariant

import (
	"slices"
	"strconv"
	"strings"

	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/kernel"
	"patchbay/sim/world"
)

// State is a world as far as two runs of one story must agree on it: without the
// choices of the kernel, of pools and of the runtime. It is data and is good when
// the world is gone.
type State struct {
	// Lines is what must be the same, sorted.
	Lines []string
	// Residue is what plugins are known to leave for good, and what was set aside
	// of which nothing else is left.
	Residue []string
}

// Snapshot describes a world.
func Snapshot(w *world.World) State {
	var s State
	for _, n := range w.Nodes {
		v := viewOf(n)
		v.sandboxes(&s)
		v.host(&s)
		v.disk(&s)
	}
	statuses(w, &s)
	slices.Sort(s.Lines)
	slices.Sort(s.Residue)
	return s
}

// Diff lists in what two states differ: "-" what only the first has, "+" what only
// the second. The order is that of the lines.
func Diff(a, b State) []string { return differ(a.Lines, b.Lines) }

// Neutral lists in what the world after all pods is not as the world before them,
// residue aside (row AddDelNeutral).
func Neutral(before, after State) []string { return Diff(before, after) }

func differ(a, b []string) []string {
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && a[i] < b[j]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// nodeView is a node as a State describes it.
type nodeView struct {
	n     *world.Node
	name  string            // with a blank
	files map[string]string // the names of pods, by container
	had   map[string]bool   // containers that have anything but a quarantine
}

func viewOf(n *world.Node) *nodeView {
	v := &nodeView{n: n, name: n.Name + " ", files: map[string]string{}, had: map[string]bool{}}
	for _, key := range n.Live() {
		v.had[key.ContainerID] = true
	}
	dir := strings.TrimSuffix(asideIn, "/")
	for _, name := range v.names(recordDir) {
		v.learn(name, recordsIn+name)
	}
	for _, name := range v.names(dir) {
		v.learn(name, asideIn+name+"/record.json")
	}
	for _, b := range n.Sandboxes() { // who made it knows best of which pod it is
		v.files[b.Key.ContainerID] = b.Pod.Name
	}
	return v
}

func (v *nodeView) names(dir string) []string {
	return (&node{world: v.n}).names(dir)
}

// learn finds out by a record which pod a container is of.
func (v *nodeView) learn(name, path string) {
	id, _, ok := strings.Cut(name, "@")
	data, err := v.n.Disk.ReadFile(path)
	if !ok || err != nil {
		return
	}
	text := string(data)
	for _, member := range []string{"\n  \"pod\": {", "\"name\": \""} {
		i := strings.Index(text, member)
		if i < 0 {
			return
		}
		text = text[i+len(member):]
	}
	pod, _, _ := strings.Cut(text, "\"")
	v.files[id] = pod
}

// whose names the pod of a container, or says that it is unknown.
func (v *nodeView) whose(container string) string {
	if pod, ok := v.files[container]; ok {
		return "pod " + pod
	}
	return "unknown pod"
}

// sandboxes describes every namespace but the node's.
func (v *nodeView) sandboxes(s *State) {
	for _, ns := range v.n.Kernel.Namespaces() {
		key := ns.Mark.Key
		if ns == v.n.Kernel.Host() || !ns.Alive() || key == (record.Key{}) {
			continue
		}
		head := v.name + v.whose(key.ContainerID) + ": "
		for _, l := range ns.Links() {
			b := append([]byte(head), "link "...)
			s.Lines = append(s.Lines, string(appendLink(append(b, l.Name...), l)))
			s.addAddrs(head+"link "+l.Name, l)
			if len(l.Qdiscs) > 0 {
				s.Lines = append(s.Lines, head+"link "+l.Name+" is shaped")
			}
		}
		s.addRoutes(head, ns)
		if n := len(ns.Chains()); n > 0 {
			s.Lines = append(s.Lines, head+"chains "+strconv.Itoa(n))
		}
	}
}

func appendLink(b []byte, l *kernel.Link) []byte {
	b = append(append(b, ' '), l.Kind.String()...)
	if l.Up {
		b = append(b, " up"...)
	}
	b = strconv.AppendInt(append(b, " mtu "...), int64(l.MTU), 10)
	if l.Lower != nil {
		b = append(append(b, " on "...), l.Lower.Name...)
	}
	if l.Master != nil {
		b = append(append(b, " in "...), l.Master.Name...)
	}
	if l.VlanID != 0 {
		b = strconv.AppendInt(append(b, " vlan "...), int64(l.VlanID), 10)
	}
	if l.Peer != nil {
		b = append(b, " peer"...)
	}
	if l.Kind == kernel.Device {
		b = append(append(b, " pci "...), l.PCI...)
	}
	return b
}

// addAddrs describes the addresses of a link by their networks. Those that a link
// gives itself go with its MAC.
func (s *State) addAddrs(head string, l *kernel.Link) {
	for _, list := range [2][]kernel.Addr{l.V4, l.V6} {
		for i := range list {
			a := &list[i]
			if a.IP.IsLinkLocalUnicast() {
				continue
			}
			b := append([]byte(head), " address in "...)
			s.Lines = append(s.Lines, string(a.Network().AppendTo(b)))
		}
	}
}

// addRoutes describes the routes that somebody made. Those that the kernel makes
// go with addresses.
func (s *State) addRoutes(head string, ns *kernel.Namespace) {
	for _, v6 := range [2]bool{false, true} {
		for _, id := range ns.Tables(v6) {
			for _, r := range ns.Routes(v6, id) {
				if r.Proto == kernel.ProtoKernel {
					continue
				}
				s.Lines = append(s.Lines, routeLine(head, r))
			}
		}
	}
}

func routeLine(head string, r *kernel.Route) string {
	b := r.Dst.AppendTo(append([]byte(head), "route "...))
	if r.Gw.IsValid() {
		b = r.Gw.AppendTo(append(b, " via "...))
	}
	if r.Dev != nil {
		b = append(append(b, " dev "...), r.Dev.Name...)
	}
	if r.Table != kernel.TableMain {
		b = strconv.AppendInt(append(b, " table "...), int64(r.Table), 10)
	}
	return string(b)
}

// host describes the node's own namespace. Names of links that pods have there are
// drawn at random; bridges without ports stay for good.
func (v *nodeView) host(s *State) {
	ns := v.n.Kernel.Host()
	for _, l := range ns.Links() {
		name, key := l.Name, l.Mark.Key
		into := &s.Lines
		if !stays(l) {
			continue
		}
		switch {
		case l.Kind == kernel.Bridge:
			if !slices.ContainsFunc(l.Ports(), stays) {
				into = &s.Residue
			}
		case key != (record.Key{}):
			name = "of " + v.whose(key.ContainerID)
		}
		b := append([]byte(v.name+"link "), name...)
		*into = append(*into, string(appendLink(b, l)))
		if key == (record.Key{}) && l.Kind != kernel.Loopback {
			s.addAddrs(v.name+"link "+l.Name, l)
		}
	}
	for _, chain := range ns.Chains() {
		s.Residue = append(s.Residue, v.name+"chain "+chain.Table+" "+chain.Name)
		for _, r := range chain.Rules {
			if r.Key != "" {
				s.Lines = append(s.Lines, v.name+"rule in "+chain.Name+" of "+
					v.whose(r.Mark.Key.ContainerID))
			}
		}
	}
}

// stays reports whether a link does not go with its peer, whose namespace is dying.
func stays(l *kernel.Link) bool { return l.Peer == nil || l.Peer.NS.Alive() }

// disk describes files.
func (v *nodeView) disk(s *State) {
	for _, name := range v.names(recordDir) {
		id, rest, _ := strings.Cut(name, "@")
		s.Lines = append(s.Lines, v.name+"record of "+v.whose(id)+" "+rest)
	}
	for _, name := range v.names(strings.TrimSuffix(resultsIn, "/")) {
		s.Lines = append(s.Lines, v.name+"result "+v.anonymous(name))
	}
	for _, name := range v.names(strings.TrimSuffix(asideIn, "/")) {
		id, rest, _ := strings.Cut(name, "@")
		into := &s.Lines
		if !v.had[id] {
			into = &s.Residue
		}
		*into = append(*into, v.name+"set aside "+v.whose(id)+" "+rest)
	}
	for _, name := range v.names(strings.TrimSuffix(stateDir, "/")) {
		switch name {
		case "records", "results", "quarantine", "lock":
			s.Residue = append(s.Residue, v.name+"file "+name)
		default:
			s.Lines = append(s.Lines, v.name+"scratch file of "+v.whose(name))
		}
	}
	for _, network := range v.names(strings.TrimSuffix(networksIn, "/")) {
		for _, name := range v.names(networksIn + network) {
			path := network + "/" + name
			if !address(path) {
				s.Residue = append(s.Residue, v.name+"file "+path)
				continue
			}
			data, _ := v.n.Disk.ReadFile(networksIn + path)
			id, rest, _ := strings.Cut(strings.TrimSpace(string(data)), "\r\n")
			if id == "" {
				s.Residue = append(s.Residue, v.name+"lease of "+network+" of nobody")
				continue
			}
			s.Lines = append(s.Lines, v.name+"lease of "+network+" of "+v.whose(id)+" "+rest)
		}
	}
}

// anonymous is a name with the pod in place of its container.
func (v *nodeView) anonymous(name string) string {
	for _, key := range v.n.Live() {
		if isOf(name, &box{key: key}) {
			return strings.Replace(name, key.ContainerID, v.whose(key.ContainerID), 1)
		}
	}
	return "of unknown pod"
}

// statuses describes pods and what the cluster says of their networks.
func statuses(w *world.World, s *State) {
	pods, err := w.API.ListPods(cluster.Token{}, "")
	if err != nil {
		return
	}
	var read reader
	for i := range pods {
		p := &pods[i]
		head := "pod " + p.Namespace + "/" + p.Name
		if p.Deleting {
			head += " (deleting)"
		}
		s.Lines = append(s.Lines, head)
		status := p.Annotations[cluster.StatusKey]
		if status == "" {
			continue
		}
		ok := read.each(status, func(e *entry) {
			b := append([]byte(head+" status "), e.name...)
			b = append(append(b, ' '), e.ifName...)
			b = strconv.AppendInt(append(b, " ips "...), int64(len(e.ips)), 10)
			b = strconv.AppendInt(append(b, " gateways "...), int64(e.gateways), 10)
			b = strconv.AppendBool(append(b, " default "...), e.isDefault)
			b = strconv.AppendBool(append(b, " failed "...), e.failed)
			s.Lines = append(s.Lines, string(b))
		})
		if !ok {
			s.Lines = append(s.Lines, head+" status can not be read")
		}
	}
}
