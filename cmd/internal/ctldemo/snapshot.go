package ctldemo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"patchbay/cmd/internal/kernel"
	"patchbay/core/fail"
)

// The kinds of things that a snapshot holds.
const (
	linksKind      = "link"
	addressesKind  = "address"
	routesKind     = "route"
	policyKind     = "routing rule"
	namespacesKind = "namespace"
	leasesKind     = "IP lease"
	stateKind      = "file"
	firewallKind   = "firewall line"
	settingsKind   = "setting"
)

// Kinds lists the kinds in the order in which they are shown.
func Kinds() []string {
	return []string{
		linksKind, addressesKind, routesKind, policyKind, namespacesKind,
		leasesKind, stateKind, firewallKind, settingsKind,
	}
}

// Snapshot is what a node has, as lines by kind.
type Snapshot struct {
	Lines map[string][]string
	// Blind says what could not be looked at, and why.
	Blind []string
}

// Take looks at the node and at the files of a demonstration. An error means
// that something that can be looked at was not.
func Take(ctx context.Context, p Place) (Snapshot, error) {
	s := Snapshot{Lines: map[string][]string{}}
	if err := s.kernel(ctx); err != nil {
		return Snapshot{}, err
	}
	entries, err := os.ReadDir("/run/netns")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, fail.New(fail.IO, "namespaces: %w", err)
	}
	for _, e := range entries {
		s.add(namespacesKind, e.Name())
	}
	if err = errors.Join(
		s.files(leasesKind, p.Addresses()), s.files(stateKind, p.State()),
		s.files(stateKind, p.Results()),
	); err != nil {
		return Snapshot{}, err
	}
	forward, err := os.ReadFile(forwarding)
	if err != nil {
		return Snapshot{}, fail.New(fail.IO, "forwarding: %w", err)
	}
	s.add(settingsKind, "net.ipv4.ip_forward="+strings.TrimSpace(string(forward)))
	return s, s.firewall(ctx)
}

func (s *Snapshot) add(kind, line string) { s.Lines[kind] = append(s.Lines[kind], line) }

func (s *Snapshot) kernel(ctx context.Context) error {
	node, err := kernel.Host(ctx)
	if err != nil {
		return err
	}
	names := map[int]string{0: "-"} // of a route by several links, or by none
	for _, l := range node.Links {
		names[l.Index] = l.Name
		s.add(linksKind, fmt.Sprintf("%s %s mtu %d", l.Name, l.Kind, l.MTU))
		for _, a := range kernel.WorthShowing(l.Addresses) {
			s.add(addressesKind, l.Name+" "+a)
		}
	}
	routes, err := kernel.Routes(ctx, kernel.Own)
	if err != nil {
		return err
	}
	for _, r := range routes {
		s.add(routesKind, names[r.Link]+" "+r.Text)
	}
	s.Lines[policyKind], err = kernel.Rules(ctx, kernel.Own)
	return err
}

// files lists the files under a directory, which need not be there. What
// host-local keeps between leases, and locks, hold nothing of a pod.
func (s *Snapshot) files(kind, dir string) error {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name := e.Name()
		if name == "lock" || strings.HasPrefix(name, "last_reserved_ip.") {
			return nil
		}
		s.add(kind, path)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail.New(fail.IO, "%s: %w", dir, err)
	}
	return nil
}

// Change is a line that one snapshot has and the other has not.
type Change struct {
	Kind, Line string
	Gone       bool // only the first has it
}

// Compare lists what changed, by kind. A line that is there more often than
// before is a change, too.
func Compare(before, after Snapshot) []Change {
	var out []Change
	for _, kind := range Kinds() {
		was, is := before.Lines[kind], after.Lines[kind]
		for _, line := range beyond(is, was) {
			out = append(out, Change{Kind: kind, Line: line})
		}
		for _, line := range beyond(was, is) {
			out = append(out, Change{Kind: kind, Line: line, Gone: true})
		}
	}
	return out
}

// beyond lists what of some lines is not among others.
func beyond(lines, others []string) []string {
	left := map[string]int{}
	for _, line := range others {
		left[line]++
	}
	var out []string
	for _, line := range lines {
		if left[line]--; left[line] < 0 {
			out = append(out, line)
		}
	}
	return out
}

// Ours tells what a demonstration has changed from what others on the node did
// meanwhile. Veths are the names of host-side links that plugins have told.
type Ours struct{ Veths []string }

// Owns reports whether a change is the demonstration's: by its names, its
// addresses, or because nobody else has to do with such things.
func (o Ours) Owns(c Change) bool {
	switch c.Kind {
	case leasesKind, stateKind, settingsKind:
		return true
	case namespacesKind:
		return strings.HasPrefix(c.Line, "pb-demo-")
	case firewallKind, policyKind:
		return o.named(c.Line)
	}
	link, _, _ := strings.Cut(c.Line, " ")
	return strings.HasPrefix(link, prefix) || strings.Contains(c.Line, subnets) ||
		slices.Contains(o.Veths, link)
}

// named reports a rule that speaks of our addresses or links.
func (o Ours) named(rule string) bool {
	return strings.Contains(rule, subnets) || strings.Contains(rule, prefix) ||
		slices.ContainsFunc(o.Veths, func(veth string) bool { return strings.Contains(rule, veth) })
}

// prefix is how the links of the examples begin.
const prefix = "pbdemo"

// subnets is how the addresses of the examples begin: 198.18.0.0/15 is for
// tests, and no node has them (RFC 2544).
const subnets = "198.18.10"

// Counts says how much a snapshot holds: "4 links, 2 addresses, …".
func (s Snapshot) Counts() string {
	var out []string
	for _, kind := range Kinds() {
		n := len(s.Lines[kind])
		switch {
		case kind == settingsKind || kind == firewallKind && n == 0 && len(s.Blind) > 0:
		case n == 1:
			out = append(out, "1 "+kind)
		case strings.HasSuffix(kind, "ss"):
			out = append(out, fmt.Sprintf("%d %ses", n, kind))
		default:
			out = append(out, fmt.Sprintf("%d %ss", n, kind))
		}
	}
	return strings.Join(out, ", ")
}
