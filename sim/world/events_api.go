package world

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"patchbay/core/record"
	"patchbay/sim/cluster"
)

// apiActions are of the cluster, and of what people write in it.
func apiActions() []action {
	return []action{
		{ChangeNAD, func(w *World, s Step) { w.changeNAD(s, s.To) }},
		{DeleteNAD, func(w *World, s Step) {
			w.complain("delete "+s.On, w.API.DeleteDefinition(admin, nad(s.On), ""))
		}},
		{BreakNAD, (*World).breakNAD},
		{ShrinkRange, (*World).shrinkRange},
		{EmptyNamespace, (*World).emptyNamespace},
		{APIDown, func(w *World, s Step) { w.during(s.For, &w.apiDown) }},
		{APIStale, func(w *World, _ Step) { w.stale.Freeze() }},
		{RotateToken, (*World).rotateToken},
		{RevokeRole, (*World).revokeRole},
		{ManyNetworks, (*World).manyNetworks},
		{SameDefault, (*World).sameDefault},
		{ChangeConfig, (*World).changeConfig},
	}
}

// nad is the key of a definition by its name, or by "namespace/name".
func nad(name string) cluster.Key {
	if namespace, rest, ok := strings.Cut(name, "/"); ok {
		return cluster.Key{Namespace: namespace, Name: rest}
	}
	return cluster.Key{Namespace: "default", Name: name}
}

func (w *World) changeNAD(s Step, config string) {
	key := nad(s.On)
	def, err := w.API.GetDefinition(admin, key.Namespace, key.Name)
	if err == nil {
		def.Config = config
		_, err = w.API.UpdateDefinition(admin, def)
	}
	w.complain("change "+s.On, err)
}

// breakNAD makes the configuration of a definition no JSON, until it heals.
func (w *World) breakNAD(s Step) {
	key := nad(s.On)
	def, err := w.API.GetDefinition(admin, key.Namespace, key.Name)
	w.complain(string(s.Do), err)
	if err != nil {
		return
	}
	w.changeNAD(s, "{")
	w.mended(func() { w.changeNAD(s, def.Config) })
}

// shrinkRange puts another subnet in the place of the first of a definition.
func (w *World) shrinkRange(s Step) {
	key := nad(s.On)
	def, err := w.API.GetDefinition(admin, key.Namespace, key.Name)
	w.complain(string(s.Do), err)
	_, rest, ok := strings.Cut(def.Config, `"subnet":"`)
	old, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		w.complain(string(s.Do), fmt.Errorf("network %q has no range", s.On))
		return
	}
	w.changeNAD(s, strings.Replace(def.Config, old, s.To, 1))
}

// emptyNamespace deletes a namespace: what is in it goes first, and pods when
// their kubelets have let them go.
func (w *World) emptyNamespace(s Step) {
	if err := w.API.DeleteNamespace(admin, s.On); err != nil {
		w.complain(string(s.Do), err)
		return
	}
	for _, d := range w.definitionsIn(s.On) {
		w.complain(string(s.Do), w.API.DeleteDefinition(admin, d, ""))
	}
	pods, err := w.API.ListPods(admin, s.On)
	w.complain(string(s.Do), err)
	for _, p := range pods {
		key := cluster.Key{Namespace: p.Namespace, Name: p.Name}
		_, err := w.API.DeletePod(admin, key, cluster.Deletion{Grace: grace})
		w.complain(string(s.Do), err)
	}
	for _, n := range w.Nodes {
		n.pokeAll()
	}
	w.beside("namespace controller", func() {
		for w.API.FinishNamespace(admin, s.On) != nil && !w.Sched.Closing() {
			w.Sched.Sleep(time.Second)
		}
	})
}

func (w *World) definitionsIn(namespace string) []cluster.Key {
	all, err := w.API.ListDefinitions(admin, namespace)
	w.complain("list networks", err)
	out := make([]cluster.Key, 0, len(all))
	for _, d := range all {
		out = append(out, cluster.Key{Namespace: d.Namespace, Name: d.Name})
	}
	return out
}

// rotateToken ends our token; after a while there is another one in the file.
func (w *World) rotateToken(s Step) {
	w.API.Expire(w.token)
	fresh := func() {
		w.token = w.API.Renew(w.token)
		for _, n := range w.Nodes {
			n.Machine.Pools.Token = w.token
		}
	}
	done := false
	w.Sched.Go("token", func() {
		w.Sched.Sleep(s.For)
		if !done {
			done = true
			fresh()
		}
	})
	w.mended(func() {
		if !done {
			done = true
			fresh()
		}
	})
}

// revokeRole takes a row of our role away, by the name of its resource, or all of
// them, until it heals.
func (w *World) revokeRole(s Step) {
	found := false
	for _, r := range role() {
		if s.On != "" && r.resource.String() != s.On {
			continue
		}
		found = true
		w.API.Deny(w.token, "", r.resource, r.verbs)
		w.mended(func() { w.API.Allow(w.token, "", r.resource, r.verbs) })
	}
	if !found {
		w.complain(string(s.Do), fmt.Errorf("our role says nothing of %q", s.On))
	}
}

// many is how many networks a pod asks for that asks for too many.
const many = 1000

// manyNetworks creates a pod that asks for one network a thousand times.
func (w *World) manyNetworks(s Step) {
	w.withPod(s, func(p Pod) {
		p.Networks = strings.TrimSuffix(strings.Repeat(s.To+",", many), ",")
		w.create(p)
	})
}

// sameDefault creates a pod with networks each of which is to have its default
// route.
func (w *World) sameDefault(s Step) {
	type element struct {
		Name    string   `json:"name"`
		Default []string `json:"default-route"`
	}
	var list []element
	for item := range strings.SplitSeq(s.To, ",") {
		name, gateway, _ := strings.Cut(item, "=")
		list = append(list, element{name, []string{gateway}})
	}
	text, err := json.Marshal(list)
	w.complain(string(s.Do), err)
	w.withPod(s, func(p Pod) {
		p.Networks = string(text)
		w.create(p)
	})
}

// changeConfig changes our own configuration: On is the default network, To the
// other members, as a story has them.
func (w *World) changeConfig(s Step) {
	n := w.Nodes[s.At]
	config, err := w.configOf(s.On, s.To)
	w.complain(string(s.Do), err)
	if err == nil {
		n.config = config
	}
}

// mirror creates a pod that a kubelet has from a file: it has a UID of its own, and
// what the cluster knows is its mirror. Deleting it means to remove the file.
func (w *World) mirror(p Pod) {
	const hash = "0123456789abcdef0123456789abcdef"
	made, err := w.API.CreatePod(admin, cluster.Mirror(w.object(p), hash))
	if err != nil {
		w.complain("create mirror of pod "+p.Name, err)
		return
	}
	w.Nodes[p.Node].startMirror(record.Pod{
		Namespace: made.Namespace, Name: made.Name, UID: hash,
	}, made.UID)
}
