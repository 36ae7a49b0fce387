package cluster_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"patchbay/core/need"
	"patchbay/sim/cluster"
)

func TestRights(t *testing.T) {
	c := made(t, cluster.Options{})
	must(c.CreatePod(admin, pod("p1")))(t)
	me := c.AddUser("system:serviceaccount:kube-system:patchbay")
	_, err := c.GetPod(me, "default", "p1")
	wants(t, err, 403, `pods "p1" is forbidden: User `+
		`"system:serviceaccount:kube-system:patchbay" cannot get resource "pods" in API group `+
		`"" in the namespace "default"`)
	_, err = c.ListPods(me, "")
	wants(t, err, 403, "pods is forbidden: User")
	wants(t, err, 403, "at the cluster scope")

	c.Allow(me, "default", cluster.Pods, cluster.Get)
	c.Allow(me, "", cluster.PodStatus, cluster.Update)
	must(c.GetPod(me, "default", "p1"))(t)
	_, err = c.GetPod(me, "other", "p1")
	wants(t, err, 403, "")
	wants(t, c.SetStatus(me, ref("p1", ""), "[]"), 403, `cannot patch resource "pods/status"`)
	must(c.UpdatePodStatus(me, pod("p1")))(t)
	c.Deny(me, "default", cluster.Pods, cluster.Get)
	_, err = c.GetPod(me, "default", "p2")
	wants(t, err, 403, "") // what is forbidden is not looked for

	if maker, has := c.MakerOf(cluster.Pods, p1); !has || maker != admin {
		t.Error("nobody made p1")
	}
	if _, has := c.MakerOf(cluster.Pods, key("p2")); has {
		t.Error("somebody made p2")
	}
	c.Expire(me)
	_, err = c.GetPod(me, "default", "p1")
	wants(t, err, 401, "401 Unauthorized")
	c.Allow(me, "", cluster.Pods, cluster.Read)
	newer := c.Renew(me)
	must(c.GetPod(newer, "default", "p1"))(t)
	newest := c.Renew(newer)
	must(c.GetPod(newer, "default", "p1"))(t) // both are good for a while
	c.Expire(newer)
	_, err = c.GetPod(newer, "default", "p1")
	wants(t, err, 401, "")
	must(c.GetPod(newest, "default", "p1"))(t)
	c.Expire(admin)
	must(c.GetPod(admin, "default", "p1"))(t)
}

func definition(name, config string) cluster.Definition {
	return cluster.Definition{Definition: need.Definition{
		Namespace: "default", Name: name, Config: config,
	}}
}

func TestDefinitions(t *testing.T) {
	c := made(t, cluster.Options{})
	_, err := c.GetDefinition(admin, "default", "red")
	wants(t, err, 404, `network-attachment-definitions.k8s.cni.cncf.io "red" not found`)
	red := must(c.CreateDefinition(admin, definition("red", "{}")))(t)
	_, err = c.UpdateDefinition(admin, definition("red", "x"))
	wants(t, err, 422, "must be specified for an update")
	next := red
	next.Config = "not JSON"
	next = must(c.UpdateDefinition(admin, next))(t)
	if next.Version == red.Version || next.UID != red.UID {
		t.Error(next)
	}
	_, err = c.UpdateDefinition(admin, red)
	wants(t, err, 409, "Operation cannot be fulfilled on network-attachment-definitions")
	if again := must(c.UpdateDefinition(admin, next))(t); again.Version != next.Version {
		t.Error("an update that changes nothing made a version")
	}
	_, err = c.CreateDefinition(admin, definition("big", strings.Repeat("x", cluster.MaxObject+1)))
	wants(t, err, 500, "etcdserver: request is too large")
	wants(t, c.DeleteDefinition(admin, key("red"), "other"), 409, "Precondition failed")
	c.Serve(cluster.Definitions, false)
	_, err = c.GetDefinition(admin, "default", "red")
	wants(t, err, 404, "404 page not found")
	c.Serve(cluster.Definitions, true)
	ok(t, c.DeleteDefinition(admin, key("red"), red.UID))
	wants(t, c.DeleteDefinition(admin, key("red"), ""), 404, "")
	must(c.CreateDefinition(admin, definition("b", "{}")))(t)
	must(c.CreateDefinition(admin, definition("a", "{}")))(t)
	if list := must(c.ListDefinitions(admin, ""))(t); len(list) != 2 || list[0].Name != "a" {
		t.Error(list)
	}
}

func TestNamespaces(t *testing.T) {
	c := made(t, cluster.Options{})
	p := must(c.CreatePod(admin, pod("p1")))(t)
	wants(t, c.CreateNamespace(admin, "a.b"), 422, "Namespace")
	wants(t, c.FinishNamespace(admin, "default"), 409, "whether it terminates is false")
	ok(t, c.DeleteNamespace(admin, "default"))
	v := c.Version()
	ok(t, c.DeleteNamespace(admin, "default"))
	if ns := must(c.GetNamespace(admin, "default"))(t); !ns.Terminating || c.Version() != v {
		t.Error(ns)
	}
	_, err := c.CreatePod(admin, pod("p2"))
	wants(t, err, 403, `pods "p2" is forbidden: unable to create new content in namespace `+
		"default because it is being terminated")
	wants(t, c.CreateEvent(admin, event("e1", "p1")), 403, "being terminated")
	ok(t, c.SetStatus(admin, ref("p1", p.UID), "[]")) // what is there can be changed
	wants(t, c.FinishNamespace(admin, "default"), 409, "it has 1 objects")
	must(c.DeletePod(admin, p1, cluster.Deletion{}))(t)
	ok(t, c.FinishNamespace(admin, "default"))
	_, err = c.GetNamespace(admin, "default")
	wants(t, err, 404, "")
	wants(t, c.DeleteNamespace(admin, "default"), 404, "")
	_, err = c.CreatePod(admin, pod("p2"))
	wants(t, err, 404, `namespaces "default" not found`)
}

func event(name, about string) cluster.Event {
	return cluster.Event{
		Namespace: "default", Name: name, About: ref(about, "u1"), Type: "Warning", Reason: "R",
	}
}

func TestEvents(t *testing.T) {
	c := made(t, cluster.Options{Events: 2})
	ok(t, c.CreateEvent(admin, event("e1", "p1")))
	wants(t, c.CreateEvent(admin, event("e1", "p1")), 409, `events "e1" already exists`)
	other := event("e2", "p1")
	other.About.Namespace = "other"
	wants(t, c.CreateEvent(admin, other), 422, "does not match event.namespace")
	other = event("e2", "p1")
	other.Type = "Error"
	wants(t, c.CreateEvent(admin, other), 422, "type")
	wants(t, c.CreateEvent(admin, event(strings.Repeat("x", 254), "p1")), 422, "253")
	ok(t, c.CreateEvent(admin, event("e2", "p2")))
	ok(t, c.CreateEvent(admin, event("e3", "p1")))
	ok(t, c.CreateEvent(admin, event("e1", "p1"))) // the first e1 has ended
	var names []string
	for _, e := range c.EventsAbout(ref("p1", "")) {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, " "); got != "e3 e1" {
		t.Error(got)
	}
	if list := c.EventsAbout(ref("p1", "u2")); len(list) != 0 {
		t.Error(list)
	}
}

func pool(prefix string, excluded ...string) cluster.Pool {
	p := cluster.Pool{
		Meta:  cluster.Meta{Namespace: "default", Name: "pool"},
		Range: netip.MustParsePrefix(prefix),
	}
	for _, x := range excluded {
		p.Excluded = append(p.Excluded, netip.MustParsePrefix(x))
	}
	return p
}

func holder(i int) cluster.Holder {
	return cluster.Holder{
		Pod: fmt.Sprintf("default/p%d", i), ContainerID: fmt.Sprintf("c%d", i), IfName: "net1",
	}
}

func TestAddressesOfPools(t *testing.T) {
	for _, tc := range []struct {
		name string
		pool cluster.Pool
		want string // until it is full, or four
	}{
		{"a small range", pool("10.0.0.0/29"), "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4"},
		{"network and broadcast are left out", pool("10.0.0.4/30"), "10.0.0.5 10.0.0.6 full"},
		{"host bits", pool("10.0.0.77/30"), "10.0.0.77 10.0.0.78 full"},
		{"version 6", pool("fd00::/126"), "fd00::1 fd00::2 full"},
		{"version 6, large", pool("fd00::/32"), "fd00::1 fd00::2 fd00::3 fd00::4"},
		{
			"excluded", pool("10.0.0.0/24", "10.0.0.2/31", "10.0.0.4/30", "10.0.0.9/32"),
			"10.0.0.1 10.0.0.8 10.0.0.10 10.0.0.11",
		},
		{"excluded to the end", pool("10.0.0.0/29", "10.0.0.2/31", "10.0.0.4/30"), "10.0.0.1 full"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			p := tc.pool
			for i := range 4 {
				next, addr, err := p.Take(holder(i))
				if err != nil {
					got = append(got, "full")
					break
				}
				got, p = append(got, addr.String()), next
			}
			if s := strings.Join(got, " "); s != tc.want {
				t.Errorf("got %s, want %s", s, tc.want)
			}
		})
	}
}

func TestPools(t *testing.T) {
	c := made(t, cluster.Options{})
	for _, bad := range []string{"10.0.0.0/31", "10.0.0.0/32", "fd00::/127"} {
		_, err := c.CreatePool(admin, pool(bad))
		wants(t, err, 422, "no usable address")
	}
	must(c.CreatePool(admin, pool("10.0.0.0/29")))(t)
	first := must(c.GetPool(admin, "default", "pool"))(t)
	mine, a, err := first.Take(holder(1))
	ok(t, err)
	yours, b, err := first.Take(holder(2))
	ok(t, err)
	if a != b || len(first.Allocations) != 0 {
		t.Errorf("%v and %v of the same version", a, b)
	}
	must(c.UpdatePool(admin, mine))(t)
	_, err = c.UpdatePool(admin, yours)
	wants(t, err, 409, `ippools.whereabouts.cni.cncf.io "pool": the object has been modified`)

	second := must(c.GetPool(admin, "default", "pool"))(t)
	again := holder(1)
	again.ContainerID = "c9"
	retry, addr, err := second.Take(again)
	if err != nil || addr != a || len(retry.Allocations) != 1 {
		t.Errorf("a retry took %v, %v", addr, err)
	}
	if _, had := retry.Release("c1", "net1"); had {
		t.Error("the old container still has the address")
	}
	free, had := retry.Release("c9", "net1")
	if !had || len(free.Allocations) != 0 || len(second.Allocations) != 1 {
		t.Errorf("%v %v", free, second)
	}
	if got, has := second.Find("default/p1", "net1"); !has || second.Addr(got.Offset) != a {
		t.Error(got)
	}
	twice := second
	twice.Allocations = append(twice.Allocations[:1:1], twice.Allocations[0])
	_, err = c.UpdatePool(admin, twice)
	wants(t, err, 422, "offset 1")
	must(c.UpdatePool(admin, free))(t)
	if list := must(c.ListPools(admin, ""))(t); len(list) != 1 || len(list[0].Allocations) != 0 {
		t.Error(list)
	}
	ok(t, c.DeletePool(admin, key("pool"), ""))
}

func TestLeases(t *testing.T) {
	c := made(t, cluster.Options{})
	empty := cluster.Lease{Meta: cluster.Meta{Namespace: "default", Name: "lock"}}
	l, won := empty.Claim("a", 0, 10*time.Second)
	if !won {
		t.Fatal("a lease of nobody")
	}
	l = must(c.CreateLease(admin, l))(t)
	_, err := c.CreateLease(admin, l)
	wants(t, err, 400, "")
	if _, won = l.Claim("b", 9*time.Second, time.Second); won {
		t.Error("b took what a holds")
	}
	b, won := l.Claim("b", 10*time.Second, time.Second)
	renewed, still := l.Claim("a", 11*time.Second, time.Second)
	if !won || !still || b.Transitions != 2 || renewed.Transitions != 1 {
		t.Fatal(b, renewed)
	}
	b = must(c.UpdateLease(admin, b))(t)
	_, err = c.UpdateLease(admin, renewed)
	wants(t, err, 409, "")
	must(c.UpdateLease(admin, b.Resign()))(t)
	if got := must(c.GetLease(admin, "default", "lock"))(t); got.Holder != "" {
		t.Error(got)
	}
	empty.Name = "other"
	_, err = c.UpdateLease(admin, empty)
	wants(t, err, 404, "")
}

func TestNodesAndObjects(t *testing.T) {
	c := made(t, cluster.Options{})
	n := must(c.CreateNode(admin, cluster.Node{Meta: cluster.Meta{Name: "n1"}, BootID: "b1"}))(t)
	n.BootID, n.Ready = "b2", true
	must(c.UpdateNode(admin, n))(t)
	if got := must(c.GetNode(admin, "n1"))(t); got.BootID != "b2" || !got.Ready {
		t.Error(got)
	}
	if list := must(c.ListNodes(admin))(t); len(list) != 1 {
		t.Error(list)
	}
	ok(t, c.DeleteNode(admin, "n1"))
	o := cluster.Object{Meta: cluster.Meta{Namespace: "default", Name: "10.0.0.1"}, Data: "x"}
	must(c.CreateObject(admin, o))(t)
	_, err := c.CreateObject(admin, o)
	wants(t, err, 409, "already exists")
	o.Data = "y"
	must(c.UpdateObject(admin, o))(t)
	if got := must(c.GetObject(admin, "default", "10.0.0.1"))(t); got.Data != "y" {
		t.Error(got)
	}
	ok(t, c.DeleteObject(admin, o.Key(), ""))
}
