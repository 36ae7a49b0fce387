package topology

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Model is the picture, before it is drawn.
type Model struct {
	Pods     []Pod     `json:"pods"`
	Networks []Network `json:"networks"`
	// Notes are sentences about what could not be looked at.
	Notes []string `json:"notes,omitempty"`
}

// State says whether a sandbox is there.
type State string

// The states of a sandbox.
const (
	Alive   State = "alive"
	Gone    State = "gone"      // no namespace, another one, or another boot
	Unknown State = "not known" // it could not be looked at
)

// Pod is a sandbox that Patchbay has a record of.
type Pod struct {
	Namespace  string      `json:"namespace,omitempty"`
	Name       string      `json:"name,omitempty"`
	Container  string      `json:"containerID"`
	Netns      string      `json:"netns,omitempty"`
	State      State       `json:"state"`
	Interfaces []Interface `json:"interfaces"`
}

// Title is "namespace/name", or the container where no pod is known.
func (p Pod) Title() string {
	if p.Name == "" {
		return "container " + shortID(p.Container)
	}
	return p.Namespace + "/" + p.Name
}

// Interface is one attachment, seen from the pod.
type Interface struct {
	Name    string   `json:"name"`
	Network string   `json:"network"` // the name of a Network of the model
	Kind    string   `json:"kind,omitempty"`
	MAC     string   `json:"mac,omitempty"`
	IPs     []string `json:"ips,omitempty"`  // with prefix length
	Host    string   `json:"host,omitempty"` // its other half, or its parent, on the node
	// Missing: the sandbox is there and has no such interface.
	Missing bool `json:"missing,omitempty"`
}

// Network is what pods are plugged into.
type Network struct {
	Name    string `json:"name"`
	Plugin  string `json:"plugin,omitempty"` // type of its first plugin
	Link    string `json:"link,omitempty"`   // the bridge or the parent on the node
	LinkIs  string `json:"linkIs,omitempty"` // "bridge" or "parent"
	Members int    `json:"interfaces"`       // how many interfaces are on it
}

// Description says what the network is made of: "bridge br0", "macvlan on eth1".
func (n Network) Description() string {
	switch {
	case n.Link == "":
		return cmp.Or(n.Plugin, "not known")
	case n.LinkIs == "bridge" && n.Plugin == "bridge":
		return "bridge " + n.Link
	case n.LinkIs == "bridge":
		return n.Plugin + ", bridge " + n.Link
	}
	return n.Plugin + " on " + n.Link
}

// Summary is the picture in one line: "2 pods, 3 networks".
func (m Model) Summary() string {
	return count(len(m.Pods), "pod") + ", " + count(len(m.Networks), "network")
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// shortID is as much of a container ID as people need to tell them apart.
func shortID(id string) string {
	const enough = 12
	return id[:min(len(id), enough)]
}

// at finds a network by name, or -1.
func (m Model) at(network string) int {
	return slices.IndexFunc(m.Networks, func(n Network) bool { return n.Name == network })
}

// join adds an attachment's network to the picture. What several attachments
// say of it is put together; the first that knows something wins.
func (m *Model) join(n Network) {
	i := m.at(n.Name)
	if i < 0 {
		m.Networks = append(m.Networks, Network{Name: n.Name})
		i = len(m.Networks) - 1
	}
	known := &m.Networks[i]
	known.Plugin = cmp.Or(known.Plugin, n.Plugin)
	if known.Link == "" {
		known.Link, known.LinkIs = n.Link, n.LinkIs
	}
	known.Members++
}

// sort brings the picture into an order that does not depend on when things
// were made.
func (m *Model) sort() {
	slices.SortStableFunc(m.Pods, func(a, b Pod) int {
		return cmp.Or(
			strings.Compare(a.Title(), b.Title()),
			strings.Compare(a.Container, b.Container),
		)
	})
	slices.SortFunc(m.Networks, func(a, b Network) int { return strings.Compare(a.Name, b.Name) })
}
