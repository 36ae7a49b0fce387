package world

import (
	"context"
	"errors"
	"strconv"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
	"patchbay/sim/cluster"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
)

// How patiently the API server is asked; as backends/real/cluster does.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = time.Second
	tryLimit   = 5 * time.Second
)

// Pod reads a pod.
func (v *view) Pod(ctx context.Context, namespace, name string) (need.Pod, error) {
	var pod cluster.Pod
	key := cluster.Key{Namespace: namespace, Name: name}
	r := request{fault.Op{Kind: fault.PodGet, On: name}, cluster.CallPod, "pod " + key.String()}
	err := v.ask(ctx, r, func(out fault.Outcome) error {
		var err error
		if out.How == fault.Corrupt { // an old answer
			pod, err = v.api.GetPodBehind(v.token, key, max(fault.Spoil(out.N).Stale(), 1))
			if err == nil {
				return nil
			} // it was never so old: a kubelet knows no pod that was not there yet
		}
		pod, err = v.api.GetPodAt(v.token, v.node.World.stale, key)
		return err
	})
	return pod.Pod, err
}

// Definition reads a NetworkAttachmentDefinition.
func (v *view) Definition(
	ctx context.Context, namespace, name string,
) (need.Definition, error) {
	var def cluster.Definition
	key := cluster.Key{Namespace: namespace, Name: name}
	op := fault.Op{Kind: fault.NADGet, On: name}
	r := request{op, cluster.CallDefinition, "network " + key.String()}
	err := v.ask(ctx, r, func(out fault.Outcome) error {
		var err error
		if out.How == fault.Corrupt {
			behind := max(fault.Spoil(out.N).Stale(), 1)
			def, err = v.api.GetDefinitionBehind(v.token, key, behind)
			if err == nil {
				return nil
			} // as above
		}
		def, err = v.api.GetDefinitionAt(v.token, v.node.World.stale, key)
		return err
	})
	return def.Definition, err
}

// SetStatus writes the network-status annotation of a pod. When the API server
// objects, the pod is looked at: it may be another one of the same name.
func (v *view) SetStatus(ctx context.Context, pod record.Pod, status string) error {
	op := fault.Op{Kind: fault.StatusPatch, On: pod.Name}
	r := request{op, cluster.CallSetStatus, "pod " + pod.String()}
	err := v.ask(ctx, r, func(fault.Outcome) error {
		return v.api.SetStatus(v.token, pod, status)
	})
	code := cluster.CodeOf(err)
	if code != cluster.CodeInvalid && code != cluster.CodeConflict {
		return err
	}
	now, getErr := v.Pod(ctx, pod.Namespace, pod.Name)
	switch {
	case getErr != nil:
		return getErr
	case pod.UID != "" && now.UID != pod.UID:
		return fail.New(fail.NotFound, "pod %s is another one by now", pod)
	}
	return err
}

// Report writes events about a pod.
func (v *view) Report(ctx context.Context, pod record.Pod, events []backends.Event) error {
	for _, e := range events {
		op := fault.Op{Kind: fault.EventPost, On: pod.Name}
		r := request{op, cluster.CallReport, "event of pod " + pod.String()}
		posted := v.node.World.event(pod, e)
		err := v.ask(ctx, r, func(fault.Outcome) error {
			return v.api.CreateEvent(v.token, posted)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// event gives an event a name, as the real client does by the time.
func (w *World) event(pod record.Pod, e backends.Event) cluster.Event {
	w.events++
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	return cluster.Event{
		Namespace: pod.Namespace, Name: pod.Name + "." + strconv.FormatInt(int64(w.events), 16),
		About: pod, Type: kind, Reason: e.Reason, Message: e.Message,
	}
}

// request is one question to the API server.
type request struct {
	op     fault.Op
	call   cluster.Call
	object string
}

// ask asks until there is an answer or the budget is spent.
func (v *view) ask(
	ctx context.Context, r request, happen func(fault.Outcome) error,
) error {
	budget := time.Duration(v.node.config.APITimeoutSeconds * float64(time.Second))
	end := v.clock.Sched.Now() + budget
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		left := end - v.clock.Sched.Now()
		if left <= 0 {
			return fail.New(fail.Transient, "%s: no time is left to ask the API server", r.object)
		}
		err := v.try(ctx, r, min(left, tryLimit), happen)
		after, again := hiccup(r.call, err)
		switch {
		case err == nil:
			return nil
		case !again:
			return told(r, err)
		case ctx.Err() != nil:
			return fail.New(fail.Transient, "%s: gave up asking the API server: %w", r.object, err)
		}
		wait := max(pause, after)
		if end-v.clock.Sched.Now() < wait || v.clock.Sleep(ctx, wait) != nil {
			return fail.New(fail.Transient,
				"%s: no useful answer from the API server within %v: %w",
				r.object, budget, err)
		}
	}
}

func (v *view) try(
	ctx context.Context, r request, limit time.Duration, happen func(fault.Outcome) error,
) error {
	ctx, cancel := v.clock.WithTimeout(ctx, limit)
	defer cancel()
	return v.p.Do(ctx, r.op, func(out fault.Outcome) error {
		if v.node.World.apiDown {
			return errno.ECONNREFUSED
		}
		return happen(out)
	})
}

// hiccup reports whether asking again may help, and after how long.
func hiccup(call cluster.Call, err error) (time.Duration, bool) {
	if _, ok := errors.AsType[*proc.CutShort](err); ok {
		return 0, true
	}
	if _, ok := errors.AsType[errno.Errno](err); ok {
		return 0, true
	}
	if s := cluster.StatusOf(err); s != nil {
		return time.Duration(s.RetryAfterSeconds) * time.Second,
			cluster.VerdictOn(call, s.Trouble()).Again
	}
	return 0, false
}

// told is the error that the real client makes of an answer.
func told(r request, err error) error {
	if s := cluster.StatusOf(err); s != nil {
		if r.call == cluster.CallSetStatus &&
			(s.Code == cluster.CodeConflict || s.Code == cluster.CodeInvalid) {
			return err // the pod will be looked at
		}
		return s.Fail(r.call, r.object)
	}
	return fail.About(r.object, err)
}
