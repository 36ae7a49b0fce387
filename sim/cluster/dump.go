package cluster

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Dump is all that is, as text that is the same for the same state: each object
// on a line, sorted by resource and name. The past is not in it.
func (c *Cluster) Dump() string {
	out := text{full: true}
	out.word("version ").number(c.version).word(" uids ").number(c.uids).word("\n")
	c.write(&out)
	for _, v := range c.views {
		out.word("view ").quoted(v.name).word(" at ").number(v.Version()).word("\n")
	}
	for _, u := range c.users {
		out.word("user ").quoted(u.name).word(" tokens ").number(uint64(u.oldest))
		out.word("-").number(uint64(u.newest)).word("\n")
	}
	return string(out.b)
}

// Essence is Dump without what two runs that end alike may differ in: versions,
// UIDs, times, events, views and users.
func (c *Cluster) Essence() string {
	var out text
	c.write(&out)
	return string(out.b)
}

// text is a text to be.
type text struct {
	b    []byte
	full bool
}

func (t *text) word(s string) *text   { t.b = append(t.b, s...); return t }
func (t *text) quoted(s string) *text { t.b = strconv.AppendQuote(t.b, s); return t }

func (t *text) number(n uint64) *text {
	t.b = strconv.AppendUint(t.b, n, 10)
	return t
}

func (t *text) flag(name string, set bool) *text {
	t.word(" ").word(name).word("=")
	t.b = strconv.AppendBool(t.b, set)
	return t
}

func (t *text) field(name, value string) *text {
	if value != "" {
		t.word(" ").word(name).word("=").quoted(value)
	}
	return t
}

func (t *text) time(name string, d time.Duration) *text {
	if t.full {
		t.word(" ").word(name).word("=").word(d.String())
	}
	return t
}

func (c *Cluster) write(t *text) {
	dumpStore(t, &c.namespaces, func(*text, namespaceSpec) {})
	dumpStore(t, &c.nodes, func(t *text, n nodeSpec) {
		t.field("boot", n.bootID).flag("ready", n.ready)
	})
	dumpStore(t, &c.pods, func(t *text, p podSpec) {
		t.field("node", p.node).field("phase", p.phase.String()).flag("hostNetwork", p.hostNetwork)
	})
	dumpStore(t, &c.definitions, func(t *text, config string) { t.field("config", config) })
	dumpStore(t, &c.pools, dumpPool)
	dumpStore(t, &c.leases, func(t *text, l leaseSpec) {
		t.field("holder", l.holder).time("renewed", l.renewed).time("duration", l.duration)
		if t.full {
			t.word(" transitions=").number(uint64(l.transitions)) //nolint:gosec // it counts up
		}
	})
	dumpStore(t, &c.objects, func(t *text, data string) { t.field("data", data) })
	if t.full {
		c.events.all(func(e *Event) { t.event(e) })
	}
}

func (t *text) event(e *Event) {
	t.word("event ").word(e.Namespace).word("/").word(e.Name).word(" rv=").number(e.Version)
	t.field("pod", e.About.Name).field("uid", e.About.UID).field("type", e.Type)
	t.field("reason", e.Reason).field("message", e.Message).time("at", e.At).word("\n")
}

func dumpPool(t *text, p poolSpec) {
	t.field("range", p.prefix.String())
	for _, x := range p.excluded {
		t.field("excluded", x.String())
	}
	for _, a := range p.allocations {
		t.word(" ").number(a.Offset).word(":").quoted(a.Pod)
		t.word("/").quoted(a.IfName).word("/").quoted(a.ContainerID)
	}
}

func dumpStore[T any](t *text, s *store[T], spec func(*text, T)) {
	for _, o := range s.list("", now) {
		t.word(resourceTable[s.resource].dump).word(" ").word(Key{o.namespace, o.name}.String())
		if t.full {
			t.field("uid", o.uid).word(" rv=").number(o.version)
		}
		spec(t, o.spec)
		if o.deleting {
			t.flag("deleting", true).time("deleteAt", o.deleteAt).time("grace", o.grace)
		}
		for _, k := range slices.Sorted(maps.Keys(o.base)) {
			t.word(" ").word(k).word("=").quoted(o.base[k])
		}
		if o.hasStatus {
			t.word(" ").word(StatusKey).word("=").quoted(o.status)
		}
		t.word("\n")
	}
}
