package main

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"patchbay/cmd/internal/ctldemo"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlpod"
	"patchbay/cmd/internal/ctlruntime"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/result"
)

// show is the demonstration up to the point where all is to be taken down.
func (d *demo) show(ctx context.Context) error {
	steps := []struct {
		title string
		do    func(context.Context) error
	}{
		{"The node gets the links that the networks build on", d.prepare},
		{"Three pods come up, as a container runtime brings them up", d.bringUp},
		{"What the cluster is told of demo/db", d.annotation},
		{"Pings over every network", d.ping},
		{"Who is plugged into what", d.draw},
		{"CHECK: are the networks as they were made?", d.check},
	}
	for i, step := range steps {
		d.page.Title("%d. %s", i+1, step.title)
		if err := errors.Join(step.do(ctx), d.page.Err()); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fail.New(fail.Transient, "interrupted")
		}
	}
	return nil
}

func (d *demo) prepare(context.Context) error {
	for _, pod := range d.set.Pods {
		// It is not ours, and would be taken down at the end as if it were.
		if at := ctlruntime.Of(identity(pod)).Netns; ctlruntime.HasNetns(at) {
			return fail.New(fail.Busy, "pod %s/%s is up already, in %s; take it down first",
				pod.Namespace, pod.Name, at)
		}
	}
	var err error
	if d.node, err = ctldemo.Prepare(); err != nil {
		return err
	}
	t := ctlout.Table{Indent: 2, Head: []string{"LINK", "WHAT IT IS"}}
	for _, l := range ctldemo.Describe() {
		t.Add(ctlout.Cell{Text: l[0], Style: ctlout.Name}, ctlout.Cell{Text: l[1]})
	}
	d.page.Table(t)
	return nil
}

func (d *demo) bringUp(ctx context.Context) error {
	for _, pod := range d.set.Pods {
		d.begun = append(d.begun, pod)
		r, err := podUp(ctx, d.pods, pod)
		r.Pod = pod.Namespace + "/" + pod.Name
		if err != nil {
			return fail.About("pod "+r.Pod, err)
		}
		d.up = append(d.up, r)
		if err = d.remember(ctx, ctlruntime.Of(identity(pod))); err != nil {
			return err
		}
		ctlpod.WriteOne(d.page, r)
	}
	return nil
}

// remember notes the links on the node that the plugins say to have made.
func (d *demo) remember(ctx context.Context, s ctlruntime.Sandbox) error {
	rec, err := d.pods.backend.Records.Load(ctx, s.Key())
	if err != nil {
		return err
	}
	for _, a := range rec.Attachments {
		raw, err := d.pods.backend.Records.Result(ctx, rec, a.IfName)
		if err != nil {
			return err
		}
		o, err := result.Parse("", raw)
		if err != nil {
			return fail.About(a.String(), err)
		}
		for _, i := range o.Result.Interfaces {
			if i.Sandbox == "" {
				d.ours.Veths = append(d.ours.Veths, i.Name)
			}
		}
	}
	return nil
}

// annotation shows the network-status annotation of the second pod, which has
// the most networks.
func (d *demo) annotation(ctx context.Context) error {
	pod := d.set.Pods[1]
	r, err := podStatus(ctx, d.pods, pod)
	if err != nil {
		return err
	}
	r.Pod, r.Interfaces = d.up[1].Pod, nil
	ctlpod.WriteOne(d.page, r)
	if len(r.Differences) > 0 {
		return fail.New(fail.Internal, "pod %s: the annotation is not what the kernel has", r.Pod)
	}
	d.page.Say("  %s", d.page.Paint(ctlout.Good, "the kernel agrees"))
	return nil
}

// ping sends from every pod to each pod after it, over every network that both
// are on.
func (d *demo) ping(ctx context.Context) error {
	t := ctlout.Table{Indent: 2, Head: []string{"NETWORK", "FROM", "TO", "ADDRESS", "ANSWER"}}
	lost := 0
	for i, from := range d.up {
		for _, to := range d.up[i+1:] {
			for _, pair := range shared(from, to) {
				took, err := ctldemo.Ping(ctx, from.Sandbox, pair.from.Name, pair.to)
				answer := ctlout.Cell{Text: took.Round(time.Microsecond).String()}
				answer.Style = ctlout.Good
				if err != nil {
					lost++
					answer = ctlout.Cell{Text: err.Error(), Style: ctlout.Bad}
				}
				t.Add(ctlout.Cell{Text: pair.from.Network},
					ctlout.Cell{Text: from.Pod + " " + pair.from.Name}, ctlout.Cell{Text: to.Pod},
					ctlout.Cell{Text: pair.to.String()}, answer)
			}
		}
	}
	d.page.Table(t)
	if lost > 0 {
		return fail.New(fail.Transient, "%d of %d pings were not answered", lost, len(t.Rows))
	}
	return nil
}

// pair is a way from one pod to another.
type pair struct {
	from ctlpod.Interface
	to   netip.Addr
}

// shared lists the networks that two pods have in common, IPv4 only.
func shared(from, to ctlpod.Report) []pair {
	var out []pair
	for _, a := range from.Interfaces {
		for _, b := range to.Interfaces {
			if a.Network != b.Network {
				continue
			}
			for _, text := range b.Addresses {
				if p, err := netip.ParsePrefix(text); err == nil && p.Addr().Is4() {
					out = append(out, pair{a, p.Addr()})
				}
			}
		}
	}
	return out
}

func (d *demo) draw(ctx context.Context) error {
	m, err := topology.Read(ctx, d.pods.backend)
	if err != nil {
		return err
	}
	topology.Show(d.page, m)
	return nil
}

func (d *demo) check(ctx context.Context) error {
	for _, pod := range d.set.Pods {
		name := pod.Namespace + "/" + pod.Name
		if _, err := podCheck(ctx, d.pods, pod); err != nil {
			return fail.About("pod "+name, err)
		}
		d.page.Say("  %s %s", d.page.Paint(ctlout.Good, "yes:"), name)
	}
	return nil
}

// clear takes down what came up, and whatever of a failed ADD may be left.
func (d *demo) clear(ctx context.Context) error {
	d.page.Title("%s", "All is taken down")
	var errs []error
	for _, pod := range slices.Backward(d.begun) {
		if _, err := podDown(ctx, d.pods, pod); err != nil {
			errs = append(errs, fail.About("pod "+pod.Namespace+"/"+pod.Name, err))
			continue
		}
		d.page.Say("  pod %s/%s is down", pod.Namespace, pod.Name)
	}
	if d.node != nil {
		errs = append(errs, d.node.Restore())
	}
	return errors.Join(errs...)
}

// compare shows what the node has that it had not before.
func (d *demo) compare(ctx context.Context) error {
	after, err := ctldemo.Take(ctx, d.place)
	if err != nil {
		return err
	}
	left := 0
	others := map[string][]string{} // by kind
	for _, c := range ctldemo.Compare(d.before, after) {
		verb, sign := "is left:", "+"
		if c.Gone {
			verb, sign = "is gone:", "-"
		}
		if !d.ours.Owns(c) {
			others[c.Kind] = append(others[c.Kind], sign+c.Line)
			continue
		}
		left++
		d.page.Say("  %s %s", d.page.Paint(ctlout.Bad, c.Kind+" "+verb), c.Line)
	}
	for _, kind := range slices.Sorted(maps.Keys(others)) {
		d.page.Say("  %s", d.page.Paint(ctlout.Faint, "changed meanwhile by others, "+kind+": "+
			strings.Join(others[kind], ", ")))
	}
	blind := ""
	if len(after.Blind) > 0 {
		blind = "; not looked at: " + strings.Join(after.Blind, "; ")
	}
	if left > 0 {
		return fail.New(fail.Broken, "%d things are not as they were before%s", left, blind)
	}
	d.page.Say("  %s beside the node's own %s%s",
		d.page.Paint(ctlout.Good, "nothing left"), after.Counts(),
		d.page.Paint(ctlout.Doubtful, blind))
	return nil
}
