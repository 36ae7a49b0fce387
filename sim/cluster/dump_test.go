package cluster_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"patchbay/sim/cluster"
)

// full is a cluster with something of everything.
func full(t testing.TB) *cluster.Cluster {
	t.Helper()
	now := time.Second
	c := made(t, cluster.Options{History: 2, Now: func() time.Duration { return now }})
	must(c.CreateNode(admin, cluster.Node{Meta: cluster.Meta{Name: "n1"}, BootID: "b1"}))(t)
	must(c.CreatePod(admin, pod("p2")))(t)
	p := pod("p1")
	p.Annotations = map[string]string{"b": "2", "a": "1", "c": "\n"}
	must(c.CreatePod(admin, p))(t)
	ok(t, c.SetStatus(admin, ref("p1", ""), `[{"name":"red"}]`))
	must(c.DeletePod(admin, key("p1"), cluster.Deletion{Grace: 30 * time.Second}))(t)
	must(c.CreateDefinition(admin, definition("red", `{"type":"bridge"}`)))(t)
	next, _, err := pool("10.0.0.0/24", "10.0.0.1/32").Take(holder(1))
	ok(t, err)
	must(c.CreatePool(admin, next))(t)
	lease := cluster.Lease{Meta: cluster.Meta{Namespace: "default", Name: "l"}, Holder: "me"}
	must(c.CreateLease(admin, lease))(t)
	must(c.CreateObject(admin, cluster.Object{
		Meta: cluster.Meta{Namespace: "default", Name: "o"}, Data: "d",
	}))(t)
	ok(t, c.CreateEvent(admin, event("e1", "p1")))
	c.View("late").Pin(3)
	return c
}

func TestDump(t *testing.T) {
	want := `namespace default
node n1 boot="b1" ready=false
pod default/p1 node="node-1" phase="Pending" hostNetwork=false deleting=true a="1" b="2" c="\n" ` +
		`k8s.v1.cni.cncf.io/network-status="[{\"name\":\"red\"}]"
pod default/p2 node="node-1" phase="Pending" hostNetwork=false k8s.v1.cni.cncf.io/networks="red"
nad default/red config="{\"type\":\"bridge\"}"
ippool default/pool range="10.0.0.0/24" excluded="10.0.0.1/32" 2:"default/p1"/"net1"/"c1"
lease default/l holder="me"
object default/o data="d"
`
	c := full(t)
	if got := c.Essence(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for range 20 {
		other := full(t)
		if other.Dump() != c.Dump() || other.Hash() != c.Hash() {
			t.Fatalf("the same is not the same:\n%s\n%s", c.Dump(), other.Dump())
		}
	}
}

func TestHashSeesEverything(t *testing.T) {
	seen := map[uint64]string{full(t).Hash(): "nothing"}
	for name, change := range map[string]func(c *cluster.Cluster) error{
		"status": func(c *cluster.Cluster) error { return c.SetStatus(admin, ref("p1", ""), "x") },
		"phase": func(c *cluster.Cluster) error {
			_, err := c.PatchPodStatus(admin, p1, cluster.PodPatch{Phase: cluster.Failed})
			return err
		},
		"annotation": func(c *cluster.Cluster) error {
			_, err := c.PatchPod(admin, p1, cluster.PodPatch{
				Set: []cluster.Annotation{{Key: "a", Value: "2"}},
			})
			return err
		},
		"deletion": func(c *cluster.Cluster) error {
			_, err := c.DeletePod(admin, key("p1"), cluster.Deletion{})
			return err
		},
		"event": func(c *cluster.Cluster) error { return c.CreateEvent(admin, event("e2", "p1")) },
		"user": func(c *cluster.Cluster) error {
			c.AddUser("me")
			return nil
		},
	} {
		c := full(t)
		ok(t, change(c))
		if other, has := seen[c.Hash()]; has {
			t.Errorf("%s is like %s", name, other)
		}
		seen[c.Hash()] = name
	}
}

func pods(t testing.TB, n int, opts cluster.Options) (*cluster.Cluster, []string) {
	t.Helper()
	c := made(t, opts)
	names := make([]string, n)
	shared := pod("x").Annotations
	for i := range names {
		names[i] = "pod-" + strconv.Itoa(i)
		p := pod(names[i])
		p.Annotations, p.Node = shared, "node-"+strconv.Itoa(i/100)
		must(c.CreatePod(admin, p))(t)
	}
	return c, names
}

func TestAPodIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many pods")
	}
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, names := pods(t, n, cluster.Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (after.HeapAlloc - before.HeapAlloc) / n
	t.Logf("%d bytes a pod, its names with it", each)
	if each > 400 {
		t.Errorf("%d bytes a pod, want no more than 400", each)
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(names)
}

func BenchmarkCluster(b *testing.B) {
	for _, n := range []int{100, 10_000, 1_000_000} {
		c, names := pods(b, n, cluster.Options{})
		ok(b, errOf(c.CreateDefinition(admin, definition("red", `{"type":"bridge"}`))))
		at := 0
		next := func() string {
			at = (at + 7919) % n
			return names[at]
		}
		text := fmt.Sprintf("%0500d", 1)
		texts := []string{text, text[:499] + "2"}
		run := func(name string, f func(i int) error) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if err := f(i); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("GetPod", func(int) error { return errOf(c.GetPod(admin, "default", next())) })
		run("GetDefinition", func(int) error {
			return errOf(c.GetDefinition(admin, "default", "red"))
		})
		flip := 0
		run("SetStatus", func(int) error {
			flip++
			return c.SetStatus(admin, ref(next(), ""), texts[flip/n&1])
		})
		run("GetPodWithStatus", func(int) error { return errOf(c.GetPod(admin, "default", next())) })
		run("CreateAndDeletePod", func(int) error {
			p := pod("other")
			_, err := c.CreatePod(admin, p)
			if err == nil {
				_, err = c.DeletePod(admin, key("other"), cluster.Deletion{})
			}
			return err
		})
		if n == 100 {
			run("CreateEvent", func(i int) error {
				return c.CreateEvent(admin, event("e"+strconv.Itoa(i), "p1"))
			})
		}
	}
}

func errOf[T any](_ T, err error) error { return err }
