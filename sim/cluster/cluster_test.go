package cluster_test

import (
	"strings"
	"testing"
	"time"

	"patchbay/core/need"
	"patchbay/core/record"
	"patchbay/sim/cluster"
)

var admin cluster.Token // everybody here, unless it is about rights

// made is a cluster with the namespace "default" and what the options say.
func made(t testing.TB, opts cluster.Options) *cluster.Cluster {
	t.Helper()
	c := cluster.New(opts)
	ok(t, c.CreateNamespace(admin, "default"))
	return c
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](got T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		ok(t, err)
		return got
	}
}

func pod(name string) cluster.Pod {
	return cluster.Pod{
		Pod: need.Pod{
			Namespace: "default", Name: name,
			Annotations: map[string]string{"k8s.v1.cni.cncf.io/networks": "red"},
		},
		Node: "node-1",
	}
}

// wants compares the code and a part of the words of an answer.
func wants(t testing.TB, err error, code int, part string) {
	t.Helper()
	if cluster.CodeOf(err) != code {
		t.Fatalf("got %v, want code %d", err, code)
	}
	if part != "" && (err == nil || !strings.Contains(err.Error(), part)) {
		t.Errorf("%v lacks %q", err, part)
	}
}

var p1 = cluster.Key{Namespace: "default", Name: "p1"}

func TestWritesToPods(t *testing.T) {
	type cl = *cluster.Cluster
	for _, tc := range []struct {
		name string
		do   func(c cl, was cluster.Pod) error
		code int
		part string
		rise uint64 // of the version
	}{
		{"create what exists", func(c cl, _ cluster.Pod) error {
			_, err := c.CreatePod(admin, pod("p1"))
			return err
		}, 409, `409 Conflict: pods "p1" already exists`, 0},
		{"create with a version", func(c cl, _ cluster.Pod) error {
			p := pod("p2")
			p.Version = 3
			_, err := c.CreatePod(admin, p)
			return err
		}, 400, "resourceVersion should not be set", 0},
		{"create where there is no namespace", func(c cl, _ cluster.Pod) error {
			p := pod("p2")
			p.Namespace = "nowhere"
			_, err := c.CreatePod(admin, p)
			return err
		}, 404, `namespaces "nowhere" not found`, 0},
		{"create with a bad name", func(c cl, _ cluster.Pod) error {
			_, err := c.CreatePod(admin, pod("P_1"))
			return err
		}, 422, `Pod "P_1" is invalid: metadata.name`, 0},
		{"create with a bad annotation", func(c cl, _ cluster.Pod) error {
			p := pod("p2")
			p.Annotations = map[string]string{"b/": "", "a b": "", "c": ""}
			_, err := c.CreatePod(admin, p)
			return err
		}, 422, `metadata.annotations: Invalid value: "a b"`, 0},
		{"status", func(c cl, was cluster.Pod) error {
			return c.SetStatus(admin, ref("p1", was.UID), "[]")
		}, 200, "", 1},
		{"the same status twice", func(c cl, was cluster.Pod) error {
			same := ref("p1", was.UID)
			ok(t, c.SetStatus(admin, same, "[]"))
			return c.SetStatus(admin, same, "[]")
		}, 200, "", 1},
		{"status without a UID", func(c cl, _ cluster.Pod) error {
			return c.SetStatus(admin, ref("p1", ""), "[]")
		}, 200, "", 1},
		{"status with another UID", func(c cl, _ cluster.Pod) error {
			return c.SetStatus(admin, ref("p1", "u2"), "[]")
		}, 422, `metadata.uid: Invalid value: "u2": field is immutable`, 0},
		{"status of no pod", func(c cl, _ cluster.Pod) error {
			return c.SetStatus(admin, ref("p2", ""), "[]")
		}, 404, `pods "p2" not found`, 0},
		{"status that is too long", func(c cl, _ cluster.Pod) error {
			long := strings.Repeat("x", cluster.MaxAnnotations)
			return c.SetStatus(admin, ref("p1", ""), long)
		}, 422, "metadata.annotations: Too long", 0},
		{"patch with an old version and another UID", func(c cl, was cluster.Pod) error {
			_, err := c.PatchPodStatus(admin, p1, cluster.PodPatch{UID: "u2", Version: was.Version - 1})
			return err
		}, 409, "the object has been modified", 0},
		{"patch of nothing", func(c cl, was cluster.Pod) error {
			_, err := c.PatchPod(admin, p1, cluster.PodPatch{UID: was.UID, Version: was.Version})
			return err
		}, 200, "", 0},
		{"patch of the main resource leaves the phase", func(c cl, _ cluster.Pod) error {
			_, err := c.PatchPod(admin, p1, cluster.PodPatch{Phase: cluster.Running})
			return err
		}, 200, "", 0},
		{"patch of phase", func(c cl, _ cluster.Pod) error {
			_, err := c.PatchPodStatus(admin, p1, cluster.PodPatch{Phase: cluster.Running})
			return err
		}, 200, "", 1},
		{"patch that makes a mirror", func(c cl, _ cluster.Pod) error {
			_, err := c.PatchPod(admin, p1, cluster.PodPatch{
				Set: []cluster.Annotation{{Key: cluster.MirrorKey, Value: "h"}},
			})
			return err
		}, 422, "mirror pod annotation", 0},
		{"update with another UID", func(c cl, was cluster.Pod) error {
			was.UID, was.Version = "u2", 0
			_, err := c.UpdatePodStatus(admin, was)
			return err
		}, 409, "Precondition failed: UID in precondition: u2", 0},
		{"update with an old version", func(c cl, was cluster.Pod) error {
			was.Version--
			_, err := c.UpdatePodStatus(admin, was)
			return err
		}, 409, "the object has been modified", 0},
		{"update without a version", func(c cl, was cluster.Pod) error {
			was.Version, was.Annotations = 0, nil
			_, err := c.UpdatePod(admin, was)
			return err
		}, 200, "", 1},
		{"update of what does not change", func(c cl, was cluster.Pod) error {
			_, err := c.UpdatePod(admin, was)
			return err
		}, 200, "", 0},
		{"update to another node", func(c cl, was cluster.Pod) error {
			was.Node = "node-2"
			_, err := c.UpdatePod(admin, was)
			return err
		}, 422, "pod updates may not change", 0},
		{"update of the status takes no node", func(c cl, was cluster.Pod) error {
			was.Node = "node-2"
			_, err := c.UpdatePodStatus(admin, was)
			return err
		}, 200, "", 0},
		{"bind twice", func(c cl, was cluster.Pod) error {
			return c.BindPod(admin, p1, was.UID, "node-2")
		}, 409, `already assigned to node "node-1"`, 0},
		{"delete another", func(c cl, _ cluster.Pod) error {
			_, err := c.DeletePod(admin, p1, cluster.Deletion{UID: "u2"})
			return err
		}, 409, "Precondition failed", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := made(t, cluster.Options{})
			was := must(c.CreatePod(admin, pod("p1")))(t)
			before, dump := c.Version(), c.Dump()
			wants(t, tc.do(c, was), tc.code, tc.part)
			if got := c.Version() - before; got != tc.rise {
				t.Errorf("%d versions more, want %d", got, tc.rise)
			}
			if tc.rise == 0 && c.Dump() != dump {
				t.Errorf("it changed something:\n%s", c.Dump())
			}
		})
	}
}

func TestDeletionOfPods(t *testing.T) {
	var clock time.Duration
	c := made(t, cluster.Options{Now: func() time.Duration { return clock }})
	first := must(c.CreatePod(admin, pod("p1")))(t)
	del := func(grace time.Duration) bool {
		return must(c.DeletePod(admin, p1, cluster.Deletion{Grace: grace}))(t)
	}
	at := func(want time.Duration) {
		t.Helper()
		p := must(c.GetPod(admin, "default", "p1"))(t)
		if !p.Deleting || p.DeleteAt != want {
			t.Fatalf("deleting %v at %v, want %v", p.Deleting, p.DeleteAt, want)
		}
	}
	clock = 10 * time.Second
	if del(30 * time.Second) {
		t.Fatal("a pod that runs is gone at once")
	}
	at(40 * time.Second)
	clock = 15 * time.Second
	v := c.Version()
	if del(time.Minute) || c.Version() != v {
		t.Error("a second deletion made the grace longer")
	}
	at(40 * time.Second)
	if del(5 * time.Second) {
		t.Error("gone before the kubelet was heard")
	}
	at(15 * time.Second) // from the first request on
	wants(t, c.SetStatus(admin, ref("p1", first.UID), "[]"), 200, "")
	if !del(0) {
		t.Error("still there")
	}
	_, err := c.GetPod(admin, "default", "p1")
	wants(t, err, 404, `pods "p1" not found`)
	second := must(c.CreatePod(admin, pod("p1")))(t)
	if second.UID == first.UID || second.Deleting {
		t.Errorf("the new pod is the old one: %+v", second)
	}
	wants(t, c.SetStatus(admin, ref("p1", first.UID), "x"), 422, "immutable")
	waiting := pod("p2")
	waiting.Node = ""
	must(c.CreatePod(admin, waiting))(t)
	gone, err := c.DeletePod(admin, key("p2"), cluster.Deletion{Grace: time.Hour})
	if err != nil || !gone {
		t.Errorf("a pod that runs nowhere waits for a kubelet: %v, %v", gone, err)
	}
}

func TestNodesOfPods(t *testing.T) {
	c := made(t, cluster.Options{})
	for _, name := range []string{"p3", "p1", "p2", "p4"} {
		p := pod(name)
		if name == "p4" {
			p.Node = ""
		}
		must(c.CreatePod(admin, p))(t)
	}
	must(c.DeletePod(admin, key("p3"), cluster.Deletion{}))(t)
	ok(t, c.BindPod(admin, key("p4"), "", "node-1"))
	var names []string
	for _, p := range must(c.ListPodsOn(admin, "node-1"))(t) {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "p1 p2 p4" {
		t.Error(got)
	}
	if list := must(c.ListPodsOn(admin, "node-9"))(t); len(list) != 0 || c.CountPods() != 3 {
		t.Error(list, c.CountPods())
	}
	if list := must(c.ListPods(admin, "other"))(t); len(list) != 0 {
		t.Error(list)
	}
}

func TestMapsAreNeverChanged(t *testing.T) {
	c := made(t, cluster.Options{})
	p := pod("p1")
	must(c.CreatePod(admin, p))(t)
	before := must(c.GetPod(admin, "default", "p1"))(t)
	ok(t, c.SetStatus(admin, ref("p1", ""), "[1]"))
	with := must(c.GetPod(admin, "default", "p1"))(t)
	must(c.PatchPod(admin, p1, cluster.PodPatch{Set: []cluster.Annotation{
		{Key: "a", Value: "b"}, {Key: "k8s.v1.cni.cncf.io/networks", Remove: true},
	}}))(t)
	after := must(c.GetPod(admin, "default", "p1"))(t)
	for _, tc := range []struct {
		name      string
		got       map[string]string
		size      int
		networks  string
		status, a string
	}{
		{"given", p.Annotations, 1, "red", "", ""},
		{"before", before.Annotations, 1, "red", "", ""},
		{"with", with.Annotations, 2, "red", "[1]", ""},
		{"after", after.Annotations, 2, "", "[1]", "b"},
	} {
		if len(tc.got) != tc.size || tc.got["k8s.v1.cni.cncf.io/networks"] != tc.networks ||
			tc.got[cluster.StatusKey] != tc.status || tc.got["a"] != tc.a {
			t.Errorf("%s: %v", tc.name, tc.got)
		}
	}
	must(c.PatchPodStatus(admin, p1, cluster.PodPatch{Set: []cluster.Annotation{
		{Key: cluster.StatusKey, Remove: true},
	}}))(t)
	last := must(c.GetPod(admin, "default", "p1"))(t)
	if _, has := last.Annotations[cluster.StatusKey]; has {
		t.Error("the status can not be taken away")
	}
}

func TestMirrors(t *testing.T) {
	c := made(t, cluster.Options{})
	static := pod("p1")
	static.UID = "hash"
	got := must(c.CreatePod(admin, cluster.Mirror(static, "hash")))(t)
	if !got.Static() || got.UID == "hash" || got.Annotations[cluster.HashKey] != "hash" {
		t.Errorf("%+v", got)
	}
	static.Node = ""
	_, err := c.CreatePod(admin, cluster.Mirror(static, "hash"))
	wants(t, err, 422, "must be set for a mirror pod")
}

func ref(name, uid string) record.Pod {
	return record.Pod{Namespace: "default", Name: name, UID: uid}
}

func key(name string) cluster.Key { return cluster.Key{Namespace: "default", Name: name} }
