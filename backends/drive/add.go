package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/need"
	"patchbay/core/plan"
	"patchbay/core/record"
	"patchbay/core/result"
)

// Add attaches a pod to its networks and returns the result of the default
// network, in the version of our own configuration. On an error nothing is
// left, or a record is, which the runtime's DEL or GC works off.
func (d *Driver) Add(ctx context.Context, req need.Request) (types.Result, error) {
	d = d.remembering()
	unlockNode, err := d.lockNode(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlockNode()
	unlock, err := d.lock(ctx, req.Key())
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err = d.awaitReady(ctx, req); err != nil {
		return nil, err
	}
	settled, err := d.Settle(ctx, req)
	if err != nil {
		d.reportRefusal(ctx, req, err)
		return nil, err
	}
	for _, w := range settled.Warnings {
		d.Log.WarnContext(ctx, "the request is suspicious", "why", w)
	}
	if settled.Synthetic {
		d.Log.WarnContext(ctx, "the cluster does not know the pod: nothing is attached",
			"pod", req.Pod().String())
		return result.SyntheticFor(req.IfName, req.Netns).In(req.Config.CNIVersion)
	}
	if settled.Record.Seq, err = d.undoLeftover(ctx, req); err != nil {
		return nil, err
	}
	return d.attachAll(ctx, req, settled)
}

// undoLeftover undoes what an earlier ADD of the same attachment left. Settling
// has made sure that none of its interfaces is in the sandbox: it is about
// another sandbox, an earlier boot, or an attempt that came to nothing.
func (d *Driver) undoLeftover(ctx context.Context, req need.Request) (uint64, error) {
	old, err := d.Backend.Records.Load(ctx, req.Key())
	switch {
	case fail.Is(err, fail.NotFound):
		return 1, nil
	case fail.Is(err, fail.Decode):
		d.Log.WarnContext(ctx, "an earlier record is set aside", "error", err)
		return 1, nil
	case err != nil:
		return 0, err
	}
	if err = d.undo(ctx, req, adopt(old, req)); err != nil {
		return 0, fmt.Errorf("an earlier attachment of the same container is in the way: %w", err)
	}
	return old.Seq + 1, nil
}

func (d *Driver) attachAll(
	ctx context.Context, req need.Request, settled need.Settled,
) (types.Result, error) {
	s := d.session(req, settled.Record, settled.Record.Netns)
	s.dropped = settled.Dropped
	p := plan.Of(s.rec)
	m := ladder.Up(p)
	s.walk(ctx, m)
	if err := m.Err(); err != nil {
		if !m.Clean() {
			s.keep(ctx, unfinished(s.rec.Attachments, m.Failures()))
		}
		return nil, fail.As(kindOf(m), err)
	}
	out, err := s.answer(req)
	if err == nil {
		err = s.forgetRefused(ctx, m)
	}
	if err != nil {
		down := ladder.Down(p)
		s.walk(ctx, down)
		return nil, errors.Join(err, down.Err())
	}
	for _, f := range m.Failures() { // of optional networks, or it would be an error
		d.Log.WarnContext(ctx, "the pod goes without an optional network",
			"effect", f.Effect.String(), "error", f.Err)
	}
	s.reportAttached(ctx)
	return out, nil
}

// keep saves the record with what may still be there. What was undone, and what was
// never begun, may be somebody else's by the time of the DEL. Without it the record
// names more than there is, which is the lesser evil.
func (s *session) keep(ctx context.Context, left []record.Attachment) {
	ctx = context.WithoutCancel(ctx)
	rec := s.rec
	rec.Seq++
	rec.Attachments = left
	if err := s.Backend.Records.Save(ctx, rec); err != nil {
		s.Log.WarnContext(ctx, "the record names more than is left",
			"sandbox", rec.Key().String(), "error", err)
	}
}

// forgetRefused takes optional networks out of the record whose interface was there
// already: it is a stranger's, and DEL by this record would take it away.
func (s *session) forgetRefused(ctx context.Context, m *ladder.Machine) error {
	refused := map[string]bool{}
	for _, f := range m.Failures() {
		if e, ok := f.Effect.(plan.RequireAbsent); ok {
			refused[e.IfName] = true
		}
	}
	if len(refused) == 0 {
		return nil
	}
	rec := s.rec
	rec.Seq++
	rec.Attachments = slices.DeleteFunc(slices.Clone(rec.Attachments),
		func(a record.Attachment) bool { return refused[a.IfName] })
	return s.Backend.Records.Save(ctx, rec)
}

// kindOf is the kind of the failure that turned the walk round; those after it
// are failed undos.
func kindOf(m *ladder.Machine) fail.Kind {
	for _, f := range m.Failures() {
		if !f.Undo && !f.Optional {
			return fail.Of(f.Err)
		}
	}
	return fail.Internal
}

// answer is what the runtime gets: the result of the default network, in the
// version of our configuration, or as it is when that has none.
func (s *session) answer(req need.Request) (types.Result, error) {
	for _, a := range s.rec.Attachments {
		if a.Master {
			o, _ := s.outcome(a.IfName)
			out, err := o.In(cmp.Or(req.Config.CNIVersion, o.Version))
			return out, fail.About(result.Object(s.rec, a), err)
		}
	}
	return nil, fail.New(fail.Internal, "no attachment is the default network")
}

// reportRefusal tells the cluster when a network that a pod asks for is not
// there. The ADD fails anyway, so that a failing report is only logged.
func (d *Driver) reportRefusal(ctx context.Context, req need.Request, err error) {
	if _, ok := errors.AsType[*need.NoNetworkError](err); !ok || !req.Cluster {
		return
	}
	d.report(ctx, req.Pod(), []backends.Event{{
		Warning: true, Reason: "NoNetworkFound", Message: err.Error(),
	}})
}

func (s *session) reportAttached(ctx context.Context) {
	if !s.rec.Announce {
		return
	}
	var events []backends.Event
	for _, a := range s.rec.Attachments {
		o, _ := s.outcome(a.IfName)
		switch {
		case o.Err != nil:
			events = append(events, withoutNetwork(a.String(), o.Err))
		case !o.Empty():
			events = append(events, attached(a, o))
		}
	}
	for _, lost := range s.dropped {
		events = append(events, withoutNetwork(lost.IfName+" ("+lost.Network+")", lost.Reason))
	}
	s.report(ctx, s.rec.Pod, events)
}

func attached(a record.Attachment, o result.Outcome) backends.Event {
	ips := make([]string, 0, len(o.Result.IPs))
	for _, ip := range o.Result.IPs {
		ips = append(ips, ip.Address.String())
	}
	return backends.Event{
		Reason:  "AddedInterface",
		Message: "Add " + a.IfName + " [" + strings.Join(ips, " ") + "] from " + a.Network,
	}
}

func withoutNetwork(object string, err error) backends.Event {
	return backends.Event{
		Warning: true, Reason: "OptionalNetworkFailed",
		Message: "the pod goes without " + object + ": " + err.Error(),
	}
}

func (d *Driver) report(ctx context.Context, pod record.Pod, events []backends.Event) {
	if pod.Name == "" || len(events) == 0 {
		return
	}
	if err := d.Backend.Cluster.Report(ctx, pod, events); err != nil {
		d.Log.WarnContext(ctx, "events were not reported", "pod", pod.String(), "error", err)
	}
}
