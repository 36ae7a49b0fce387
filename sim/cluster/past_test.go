package cluster_test

import (
	"strconv"
	"strings"
	"testing"

	"patchbay/sim/cluster"
)

// statuses sets the status of p1 to each of the numbers from 1 to n.
func statuses(t testing.TB, c *cluster.Cluster, n int) {
	t.Helper()
	for i := range n {
		ok(t, c.SetStatus(admin, ref("p1", ""), strconv.Itoa(i+1)))
	}
}

// said is the status in an answer, or the code of a refusal.
func said(p cluster.Pod, err error) string {
	if err != nil {
		return strconv.Itoa(cluster.CodeOf(err))
	}
	if p.Annotations[cluster.StatusKey] == "" {
		return "none"
	}
	return p.Annotations[cluster.StatusKey]
}

func TestBehind(t *testing.T) {
	for _, tc := range []struct {
		history int
		want    string // 0, 1, 2, … versions ago
	}{
		{0, "3 3 3 3 3 3"},
		{1, "3 2 2 2 2 2"},
		{2, "3 2 1 1 1 1"},
		{3, "3 2 1 none 404 404"},
		{8, "3 2 1 none 404 404"},
	} {
		t.Run(strconv.Itoa(tc.history), func(t *testing.T) {
			c := made(t, cluster.Options{History: tc.history})
			must(c.CreatePod(admin, pod("p1")))(t)
			statuses(t, c, 3)
			var got []string
			for k := range 6 {
				got = append(got, said(c.GetPodBehind(admin, p1, k)))
			}
			if s := strings.Join(got, " "); s != tc.want {
				t.Errorf("got %s, want %s", s, tc.want)
			}
		})
	}
	c := made(t, cluster.Options{History: 2})
	d := must(c.CreateDefinition(admin, definition("red", "1")))(t)
	d.Config = "2"
	must(c.UpdateDefinition(admin, d))(t)
	if got := must(c.GetDefinitionBehind(admin, key("red"), 1))(t); got.Config != "1" {
		t.Error(got)
	}
	_, err := c.GetDefinitionBehind(admin, key("blue"), 1)
	wants(t, err, 404, "")
}

func TestViews(t *testing.T) {
	c := made(t, cluster.Options{History: 8})
	v := c.View("replica-b")
	if c.View("replica-b") != v || v.Name() != "replica-b" {
		t.Fatal("another view of the same name")
	}
	see := func(want string) {
		t.Helper()
		if got := said(c.GetPodAt(admin, v, p1)); got != want {
			t.Errorf("at %d of %d: got %s, want %s", v.Version(), c.Version(), got, want)
		}
	}
	v.Freeze() // before the pod
	first := must(c.CreatePod(admin, pod("p1")))(t)
	see("404")
	v.Catch(1)
	see("none")
	statuses(t, c, 2)
	see("none")
	v.Catch(1)
	see("1")
	v.Follow(0)
	see("2")
	must(c.DeletePod(admin, p1, cluster.Deletion{}))(t)
	see("404")
	v.Follow(1)
	see("2") // of a pod that is gone
	if list := must(c.ListPodsAt(admin, v, "default"))(t); len(list) != 1 {
		t.Error(list)
	}
	second := must(c.CreatePod(admin, pod("p1")))(t)
	see("404")
	v.Follow(2)
	if p := must(c.GetPodAt(admin, v, p1))(t); p.UID != first.UID || p.UID == second.UID {
		t.Error("the view sees the new pod before the old one is gone")
	}
	v.Pin(0)
	see("404")
	v.Pin(1 << 40)
	if v.Version() != c.Version() {
		t.Error("the view sees the future")
	}
	must(c.CreateDefinition(admin, definition("red", "1")))(t)
	_, err := c.GetDefinitionAt(admin, v, key("red"))
	wants(t, err, 404, "")
	must(c.CreatePool(admin, pool("10.0.0.0/29")))(t)
	_, err = c.GetPoolAt(admin, v, key("pool"))
	wants(t, err, 404, "")
}

func TestTheDeadAreForgotten(t *testing.T) {
	c := made(t, cluster.Options{History: 2, Graves: 3})
	for i := range 10 {
		name := "p" + strconv.Itoa(i)
		must(c.CreatePod(admin, pod(name)))(t)
		must(c.DeletePod(admin, key(name), cluster.Deletion{}))(t)
	}
	var got []string
	for i := range 10 {
		got = append(got, said(c.GetPodBehind(admin, key("p"+strconv.Itoa(i)), 1)))
	}
	want := strings.Repeat("404 ", 7) + strings.Repeat("none ", 3)
	if s := strings.Join(got, " ") + " "; s != want {
		t.Error(s)
	}
	if c.CountPods() != 0 {
		t.Error(c.CountPods())
	}
}

// story is what a watcher is told: "ADDED p1=none".
func story(t testing.TB, w *cluster.Watcher) string {
	t.Helper()
	var out []string
	for {
		n, more, err := w.Next()
		if err != nil {
			return strings.Join(append(out, strconv.Itoa(cluster.CodeOf(err))), ", ")
		}
		if !more {
			return strings.Join(out, ", ")
		}
		p, _ := n.Pod()
		out = append(out, n.Op.String()+" "+n.Name+"="+said(p, nil))
	}
}

func TestWatches(t *testing.T) {
	c := made(t, cluster.Options{Log: 6})
	begin := c.Version()
	watch := func(since uint64) *cluster.Watcher {
		t.Helper()
		return must(c.Watch(admin, cluster.Pods, "default", since))(t)
	}
	all, late, lossy := watch(begin), watch(begin), watch(begin)
	must(c.CreatePod(admin, pod("p1")))(t)
	must(c.CreateDefinition(admin, definition("red", "1")))(t)
	statuses(t, c, 1)
	lossy.Skip(c.Version())
	must(c.DeletePod(admin, p1, cluster.Deletion{}))(t)
	if got := story(t, all); got != "ADDED p1=none, MODIFIED p1=1, DELETED p1=1" {
		t.Error(got)
	}
	if got := story(t, lossy); got != "DELETED p1=1" {
		t.Error(got)
	}
	if n, has := lossy.Again(); !has || n.Op != cluster.Deleted {
		t.Error(n)
	}
	if got := story(t, watch(begin+1)); got != "MODIFIED p1=1, DELETED p1=1" {
		t.Error(got)
	}
	nads := must(c.Watch(admin, cluster.Definitions, "", begin))(t)
	if n, more, err := nads.Next(); err != nil || !more {
		t.Error(err)
	} else if d, is := n.Definition(); !is || d.Config != "1" {
		t.Error(d)
	}
	for range 3 {
		must(c.CreatePod(admin, pod("p1")))(t)
		must(c.DeletePod(admin, p1, cluster.Deletion{}))(t)
	}
	if got := story(t, late); got != "410" {
		t.Error(got)
	}
	_, err := c.Watch(admin, cluster.Pods, "", begin)
	wants(t, err, 410, "too old resource version: 1 (5)")
	_, err = c.Watch(admin, cluster.Pods, "", c.Version()+1)
	wants(t, err, 504, "Too large resource version")
	c.Compact(c.Version() - 1)
	if got := story(t, all); got != "410" {
		t.Error(got)
	}
	if got := story(t, watch(c.Version()-1)); got != "DELETED p1=none" {
		t.Error(got)
	}
	none := made(t, cluster.Options{})
	_, err = none.Watch(admin, cluster.Pods, "", 0)
	wants(t, err, 410, "")
}

func TestChangesAreTold(t *testing.T) {
	c := made(t, cluster.Options{})
	var got []string
	c.OnChange(func(ch cluster.Change) {
		line := ch.Op.String() + " " + ch.Resource.String() + " " + ch.String() + " " +
			strconv.FormatUint(ch.Version, 10) + " " + c.UserOf(ch.By)
		if ch.Restated {
			line += " " + ch.Status
		}
		got = append(got, line)
	})
	me := c.AddUser("me")
	c.Allow(me, "", cluster.PodStatus, cluster.Patch)
	must(c.CreatePod(admin, pod("p1")))(t)
	ok(t, c.SetStatus(me, ref("p1", ""), "[]"))
	ok(t, c.SetStatus(me, ref("p1", ""), "[]"))
	must(c.PatchPodStatus(admin, p1, cluster.PodPatch{Phase: cluster.Running}))(t)
	ok(t, c.CreateEvent(admin, event("e1", "p1")))
	must(c.DeletePod(admin, p1, cluster.Deletion{}))(t)
	want := `ADDED pods default/p1 2 system:admin
MODIFIED pods default/p1 3 me []
MODIFIED pods default/p1 4 system:admin
ADDED events default/e1 5 system:admin
DELETED pods default/p1 6 system:admin`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}
