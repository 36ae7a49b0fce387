package drive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

// lockWait is how long a verb waits for another one on the same sandbox. It is
// longer than a healthy ADD and shorter than a kubelet's patience.
const lockWait = 60 * time.Second

// Driver carries out CNI verbs on a backend.
type Driver struct {
	Backend backends.Backend
	Log     *slog.Logger
	// Observe, when set, is told of every effect and every plugin run, before
	// and after. It may be called from several goroutines.
	Observe func(Moment)
	// Networks, when set, keeps parsed configurations from verb to verb.
	Networks *Networks
	// Crew, when set, makes what does several things side by side instead of
	// goroutines.
	Crew func() Crew
}

// Moment is the beginning or the end of something the driver does.
type Moment struct {
	What fmt.Stringer
	Done bool
	Err  error // when Done
}

// Exec is one run of a plugin, as a Moment has it.
type Exec struct{ Verb, Plugin, IfName string }

// String says the run as a line of a trace.
func (e Exec) String() string { return "exec " + e.Verb + " " + e.Plugin + " " + e.IfName }

// observed performs something between the two moments it has.
func (d *Driver) observed(what fmt.Stringer, perform func() error) error {
	if d.Observe == nil {
		return perform()
	}
	d.Observe(Moment{What: what})
	err := perform()
	d.Observe(Moment{What: what, Done: true, Err: err})
	return err
}

// lock takes the lock of a sandbox.
func (d *Driver) lock(ctx context.Context, key record.Key) (func(), error) {
	ctx, cancel := d.Backend.Clock.WithTimeout(ctx, lockWait)
	defer cancel()
	return d.Backend.Records.Lock(ctx, key)
}

// lockNode takes the lock between garbage collection and new attachments.
func (d *Driver) lockNode(ctx context.Context, exclusive bool) (func(), error) {
	ctx, cancel := d.Backend.Clock.WithTimeout(ctx, lockWait)
	defer cancel()
	return d.Backend.Records.LockNode(ctx, exclusive)
}

// gather asks until nothing is missing.
func (d *Driver) gather(
	ctx context.Context, missing func(need.Facts) []need.Query,
) need.Facts {
	facts := make(need.Facts, 16) // what three networks need
	for {
		queries := missing(facts)
		if len(queries) == 0 {
			return facts
		}
		for i, fact := range d.answers(ctx, queries) {
			facts[queries[i]] = fact
		}
	}
}

// answers asks several things side by side: most of the time they take is
// spent waiting for the API server.
func (d *Driver) answers(ctx context.Context, queries []need.Query) []need.Fact {
	out := make([]need.Fact, len(queries))
	if len(queries) == 1 {
		out[0] = d.answer(ctx, queries[0])
		return out
	}
	crew := d.crew()
	for i, q := range queries {
		crew.Go(func() { out[i] = d.answer(ctx, q) })
	}
	for range queries {
		crew.Wait()
	}
	return out
}

func (d *Driver) answer(ctx context.Context, q need.Query) need.Fact {
	var out need.Fact
	err := d.guarded(ctx, q, func() error {
		out = d.look(ctx, q)
		return out.Err
	})
	return need.Fact{Value: out.Value, Err: err}
}

// guarded makes an error of a defect where it shows: in a goroutine it would else
// end the process, and anywhere it would leave undone what was begun.
func (d *Driver) guarded(ctx context.Context, what fmt.Stringer, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Log.ErrorContext(ctx, "defect", "what", what.String(), "stack", string(debug.Stack()))
			err = fail.New(fail.Internal, "defect in patchbay: %v: %v", what, r)
		}
	}()
	return do()
}

// look hands the question to the part of the backend that can answer it.
func (d *Driver) look(ctx context.Context, q need.Query) need.Fact {
	b := d.Backend
	switch q := q.(type) {
	case need.ReadPod:
		return fact(b.Cluster.Pod(ctx, q.Namespace, q.Name))
	case need.ReadDefinition:
		return fact(b.Cluster.Definition(ctx, q.Namespace, q.Name))
	case need.ReadFiles:
		return fact(b.Confs.Read(ctx, q.Path, q.Suffixes))
	case need.LookSandbox:
		return fact(b.Links.Look(ctx, q.Path))
	case need.FindPlugin:
		return fact(b.Plugins.Find(ctx, q.Type, q.Path))
	case need.ReadBootID:
		return fact(b.Records.BootID(ctx))
	}
	return need.Fact{Err: fail.New(fail.Internal, "nobody can answer %v", q)}
}

func fact[T any](value T, err error) need.Fact { return need.Fact{Value: value, Err: err} }

// everyPod lists the networks that every pod of the node gets.
func (d *Driver) everyPod(ctx context.Context, req need.Request) ([]record.Attachment, error) {
	return need.SettleNetworks(req, d.gather(ctx, func(facts need.Facts) []need.Query {
		return need.MissingNetworks(req, facts)
	}))
}

// awaitReady waits for the file that says that the default network is ready.
func (d *Driver) awaitReady(ctx context.Context, req need.Request) error {
	file := req.Config.ReadinessIndicatorFile
	if file == "" {
		return nil
	}
	patience := seconds(req.Config.ReadinessTimeoutSeconds)
	ctx, cancel := d.Backend.Clock.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := d.Backend.Confs.Read(ctx, file, "")
		if !fail.Is(err, fail.NotFound) {
			return nil // it is there, whatever it holds
		}
		if d.Backend.Clock.Sleep(ctx, time.Second) != nil {
			if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
				return fail.New(fail.Transient, "readiness indicator %s: given up: %w", file, cause)
			}
			return fail.New(fail.Transient,
				"readiness indicator %s did not appear within %v: the default network is not ready",
				file, patience)
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
