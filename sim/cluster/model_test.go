package cluster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"patchbay/sim/cluster"
)

// writer is a client that reads, thinks and writes: one step of it at a time.
type writer struct {
	name string
	read *cluster.Object
	done int // updates that were accepted
}

// TestNoUpdateIsLost has several writers append to one object, interleaved in
// any way. With optimistic concurrency each accepted update must be in the end
// result exactly once, and in the order of acceptance.
func TestNoUpdateIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cluster.New(cluster.Options{History: rapid.IntRange(0, 3).Draw(t, "history")})
		_ = c.CreateNamespace(admin, "default")
		o := cluster.Object{Meta: cluster.Meta{Namespace: "default", Name: "o"}}
		if _, err := c.CreateObject(admin, o); err != nil {
			t.Fatal(err)
		}
		writers := []*writer{{name: "a"}, {name: "b"}, {name: "c"}}
		var accepted strings.Builder
		newest := c.Version()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w := writers[rapid.IntRange(0, len(writers)-1).Draw(t, "writer")]
			if w.read == nil || rapid.Bool().Draw(t, "read") {
				got, err := c.GetObject(admin, "default", "o")
				if err != nil {
					t.Fatal(err)
				}
				w.read = &got
				continue
			}
			next := *w.read
			line := fmt.Sprintf("%s%d ", w.name, w.done)
			next.Data += line
			fresh := w.read.Version == newest
			got, err := c.UpdateObject(admin, next)
			if fresh != (err == nil) || err != nil && cluster.CodeOf(err) != 409 {
				t.Fatalf("version %d of %d: %v", w.read.Version, newest, err)
			}
			if err == nil {
				accepted.WriteString(line)
				w.done, w.read, newest = w.done+1, &got, got.Version
			}
		}
		got, _ := c.GetObject(admin, "default", "o")
		if got.Data != accepted.String() || got.Version != newest {
			t.Fatalf("got %q, want %q", got.Data, accepted.String())
		}
	})
}

// TestAddressesAreNeverSharedOrLost has containers take and give back addresses
// with conflicts, retries and lost replies.
func TestAddressesAreNeverSharedOrLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cluster.New(cluster.Options{})
		_ = c.CreateNamespace(admin, "default")
		if _, err := c.CreatePool(admin, pool("10.0.0.0/28", "10.0.0.4/31")); err != nil {
			t.Fatal(err)
		}
		held := map[string]string{} // what the model says: container to address
		read := make([]*cluster.Pool, 3)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			i := rapid.IntRange(0, len(read)-1).Draw(t, "client")
			if read[i] == nil || rapid.IntRange(0, 3).Draw(t, "read") == 0 {
				p, err := c.GetPool(admin, "default", "pool")
				if err != nil {
					t.Fatal(err)
				}
				read[i] = &p
				continue
			}
			h := holder(rapid.IntRange(0, 15).Draw(t, "pod"))
			p := *read[i]
			read[i] = nil
			if rapid.Bool().Draw(t, "release") {
				next, had := p.Release(h.ContainerID, h.IfName)
				if _, err := c.UpdatePool(admin, next); err == nil && had {
					delete(held, h.ContainerID)
				}
				continue
			}
			next, addr, err := p.Take(h)
			if err != nil {
				if len(p.Allocations) != 12 {
					t.Fatalf("%v with %d of 12 given", err, len(p.Allocations))
				}
				continue
			}
			if _, err := c.UpdatePool(admin, next); err == nil {
				held[h.ContainerID] = addr.String()
			}
		}
		p, _ := c.GetPool(admin, "default", "pool")
		stored := map[string]string{}
		for _, a := range p.Allocations {
			stored[a.ContainerID] = p.Addr(a.Offset).String()
		}
		addresses := slices.Sorted(maps.Values(stored))
		if !maps.Equal(stored, held) || len(slices.Compact(addresses)) != len(held) {
			t.Fatalf("stored %v, want %v", stored, held)
		}
	})
}

// TestViewsTellTheTruth compares every view with a copy of what was there then.
func TestViewsTellTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const steps = 30
		c := cluster.New(cluster.Options{History: steps, Log: 8 * steps})
		_ = c.CreateNamespace(admin, "default")
		names := []string{"p1", "p2"}
		look := func(v *cluster.View) string {
			var out strings.Builder
			for _, name := range names {
				p, err := c.GetPodAt(admin, v, key(name))
				fmt.Fprintf(&out, "%s %s %v %d; ", said(p, err), p.UID, p.Phase, p.Version)
			}
			list, _ := c.ListPodsAt(admin, v, "")
			return fmt.Sprintf("%s%d", out.String(), len(list))
		}
		head := c.View("head")
		truth := map[uint64]string{c.Version(): look(head)}
		for i := range steps {
			name := rapid.SampledFrom(names).Draw(t, "pod")
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0:
				_, _ = c.CreatePod(admin, pod(name))
			case 1:
				_, _ = c.DeletePod(admin, key(name), cluster.Deletion{})
			case 2:
				_ = c.SetStatus(admin, ref(name, ""), fmt.Sprint(i))
			case 3:
				_, _ = c.PatchPodStatus(admin, key(name), cluster.PodPatch{
					Phase: cluster.Phase(rapid.IntRange(1, 5).Draw(t, "phase")),
				})
			}
			truth[c.Version()] = look(head)
		}
		v := c.View("late")
		for version, want := range truth {
			v.Pin(version)
			if got := look(v); got != want {
				t.Fatalf("at %d: got %s, want %s", version, got, want)
			}
		}
	})
}

// TestSetStatusIsAPatch holds the fast way against the general one.
func TestSetStatusIsAPatch(t *testing.T) {
	for _, uid := range []string{"", "right", "wrong"} {
		for _, status := range []string{"", "[]", strings.Repeat("x", cluster.MaxAnnotations)} {
			for _, name := range []string{"p1", "p2"} {
				var dumps [2]string
				for i := range dumps {
					c := made(t, cluster.Options{})
					guard := uid
					p := must(c.CreatePod(admin, pod("p1")))(t)
					if uid == "right" {
						guard = p.UID
					}
					err := c.SetStatus(admin, ref(name, guard), status)
					if i == 1 {
						c = made(t, cluster.Options{})
						must(c.CreatePod(admin, pod("p1")))(t)
						_, err = c.PatchPodStatus(admin, key(name), cluster.PodPatch{
							UID: guard,
							Set: []cluster.Annotation{{Key: cluster.StatusKey, Value: status}},
						})
					}
					dumps[i] = fmt.Sprint(err, "\n", c.Dump())
				}
				if dumps[0] != dumps[1] {
					t.Errorf("set:\n%s\npatched:\n%s", dumps[0], dumps[1])
				}
			}
		}
	}
}
