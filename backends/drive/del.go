package drive

import (
	"context"
	"fmt"
	"slices"

	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/plan"
	"patchbay/core/record"
)

// patience is how many DELs of a sandbox may fail before it is set aside for
// people and GC: a kubelet would go on for ever, and the pod with it.
const patience = 20

// Del detaches a pod from everything its record names. It needs neither the
// cluster nor definitions, unless there is no record at all.
func (d *Driver) Del(ctx context.Context, req need.Request) error {
	unlock, err := d.lock(ctx, req.Key())
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := d.Backend.Records.Load(ctx, req.Key())
	switch {
	case fail.Is(err, fail.NotFound):
		return d.delUnrecorded(ctx, req)
	case fail.Is(err, fail.Decode):
		if guessErr := d.delUnreadable(ctx, req); guessErr != nil {
			return fmt.Errorf("%w; and it is not known what it had: %w", err, guessErr)
		}
		return nil
	case err != nil:
		return err
	}
	rec = adopt(rec, req)
	if rec.Origin == record.OriginRemains {
		rec = d.completed(ctx, req, rec)
	}
	return d.undo(ctx, req, rec)
}

// adopt fills in what a record that was rebuilt from another system's files
// does not know.
func adopt(r record.Record, req need.Request) record.Record {
	if r.Origin == "" {
		return r
	}
	r = r.WithPod(req.Pod())
	if r.PluginPath == "" {
		r.PluginPath = req.Config.PluginPath(req.CNIPath)
	}
	if r.FallbackVersion == "" {
		r.FallbackVersion = req.Config.CNIVersion
	}
	if r.Netns == "" {
		r.Netns = req.Netns
	}
	return r
}

// undo walks the plan of a record down. What can not be undone now is kept for
// the next try; what can never be is set aside, and both are errors.
func (d *Driver) undo(ctx context.Context, req need.Request, rec record.Record) error {
	s, m, err := d.down(ctx, req, rec)
	if err != nil {
		return err
	}
	s.walk(ctx, m)
	return d.note(ctx, rec, m)
}

// note keeps of a record what a walk down could not undo, and counts the try.
func (d *Driver) note(ctx context.Context, rec record.Record, m *ladder.Machine) error {
	if m.Clean() {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // what was done is noted, as it was done
	undoErr := fail.As(fail.Of(m.Failures()[0].Err), m.Err())
	rec.Seq++
	rec.Attempts++
	rec.Attachments = unfinished(rec.Attachments, m.Failures())
	err := d.Backend.Records.Save(ctx, rec)
	if hopeless(m) || rec.Attempts >= patience {
		if err = d.Backend.Records.Quarantine(ctx, rec.Key(), undoErr.Error()); err != nil {
			return fmt.Errorf("%w; and it could not be set aside: %w", undoErr, err)
		}
		return fmt.Errorf("%w; set aside, see patchbayctl doctor", undoErr)
	}
	if err != nil {
		return fmt.Errorf("%w; and the attempt could not be noted: %w", undoErr, err)
	}
	return undoErr
}

// hopeless reports whether nothing that failed may succeed by being repeated.
func hopeless(m *ladder.Machine) bool {
	return !slices.ContainsFunc(m.Failures(), func(f ladder.Failure) bool {
		return !fail.Is(f.Err, fail.Broken)
	})
}

// unfinished are the attachments of which an undo failed. The others are gone,
// and what they had may be another's by the time of the next try.
func unfinished(all []record.Attachment, failures []ladder.Failure) []record.Attachment {
	stuck := map[string]bool{}
	for _, f := range failures {
		if !f.Undo {
			continue
		}
		switch e := f.Effect.(type) {
		case plan.Detach:
			stuck[e.IfName] = true
		case plan.DropResult:
			stuck[e.IfName] = true
		case plan.DropDeviceInfo:
			stuck[e.IfName] = true
		default: // the record itself stayed; how much of it is done matters little
			return all
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(a record.Attachment) bool {
		return !stuck[a.IfName]
	})
}

// down prepares the walk down the plan of a record.
func (d *Driver) down(
	ctx context.Context, req need.Request, rec record.Record,
) (*session, *ladder.Machine, error) {
	netns, err := d.ownNetns(ctx, rec)
	if err != nil {
		return nil, nil, err
	}
	return d.session(req, rec, netns), ladder.Down(plan.Of(rec)), nil
}

// ownNetns returns the path of the record's namespace if it still leads there,
// else "": a path that was used again is another pod's, and after a reboot
// nothing is what the record says. Plugins then release what they hold outside.
func (d *Driver) ownNetns(ctx context.Context, rec record.Record) (string, error) {
	if rec.Netns == "" {
		return "", nil
	}
	bootID, err := d.Backend.Records.BootID(ctx)
	if err != nil {
		return "", err
	}
	if rec.BootID != "" && rec.BootID != bootID {
		return "", nil
	}
	found, err := d.Backend.Links.Look(ctx, rec.Netns)
	switch {
	case fail.Is(err, fail.BadSandbox):
		return "", nil
	case err != nil:
		return "", err
	case rec.NetnsID != (record.Inode{}) && rec.NetnsID != found.ID:
		d.Log.WarnContext(ctx, "the path of the sandbox leads to another namespace now",
			"netns", rec.Netns)
		return "", nil
	}
	return rec.Netns, nil
}

// delUnrecorded is DEL when nothing is recorded. Then nothing was begun, unless
// the record got lost, so that what ADD would have attached is detached, if the
// cluster still knows. A sandbox that was set aside has been reported already.
func (d *Driver) delUnrecorded(ctx context.Context, req need.Request) error {
	aside, err := d.Backend.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, q := range aside {
		if q.Key != req.Key() {
			continue
		}
		if q.Record == nil && d.delUnreadable(ctx, req) == nil {
			return nil
		}
		d.Log.WarnContext(ctx, "the sandbox was set aside; see patchbayctl doctor",
			"file", q.File, "reason", q.Reason)
		return nil
	}
	guess, err := d.guess(ctx, req)
	switch {
	case fail.Is(err, fail.Transient) || fail.Is(err, fail.Busy) || fail.Is(err, fail.IO):
		return fmt.Errorf("nothing is recorded of the container, and it could not be "+
			"found out what it had: %w", err)
	case err != nil:
		// Nothing says that anything was attached, and asking again would not help.
		d.Log.WarnContext(ctx, "nothing is recorded of the container", "why", err)
		return nil
	}
	// An interface that is there without anybody having recorded it may be a
	// stranger's: its plugin is told of no namespace, and releases only what it
	// holds outside.
	found, err := d.Backend.Links.Look(ctx, guess.Record.Netns)
	switch {
	case fail.Is(err, fail.BadSandbox):
		guess.Record.Netns = "" // what comes to be there later is not what was meant
	case err != nil:
		return err
	}
	return d.delGuessed(ctx, req, guess.Record, found.Links)
}

// completed adds to a record that was rebuilt from the results of ADD what else the
// pod should have had: there is a result only of what came up to its end, and the
// others are known to the cluster alone, if to anybody. That there was a result at
// all says that the sandbox is one that we attached. DEL does not wait for a cluster
// that can not be asked: what is known is detached in any case.
func (d *Driver) completed(
	ctx context.Context, req need.Request, rec record.Record,
) record.Record {
	guess, err := d.guess(ctx, req)
	if err != nil {
		d.Log.WarnContext(ctx, "the record was rebuilt from results, and nobody says what else "+
			"there was", "sandbox", rec.Key().String(), "why", err)
		return rec
	}
	rec.Attachments = slices.Clone(rec.Attachments)
	for _, a := range guess.Record.Attachments {
		known := slices.ContainsFunc(rec.Attachments, func(k record.Attachment) bool {
			return k.IfName == a.IfName
		})
		if !known {
			a.Master = false
			rec.Attachments = append(rec.Attachments, a)
		}
	}
	return rec
}

// delGuessed detaches what a pod should have had, without a record that says so;
// strangers are interfaces that may be somebody else's.
func (d *Driver) delGuessed(
	ctx context.Context, req need.Request, rec record.Record, strangers []string,
) error {
	m, err := d.undoGuess(ctx, req, rec, strangers)
	switch {
	case err != nil:
		return err
	case m.Clean():
		return nil
	case hopeless(m):
		// An ADD would have been refused for the same reason.
		d.Log.WarnContext(ctx, "nothing is recorded of the container, and what it should "+
			"have had can not be detached", "error", m.Err())
		return nil
	}
	// From here on there is a record, so that this does not go on for ever. It
	// can not tell strangers, so that a DEL by it must not look for them.
	for _, a := range unfinished(rec.Attachments, m.Failures()) {
		if slices.Contains(strangers, a.IfName) {
			rec.Netns = ""
		}
	}
	return d.note(ctx, rec, m)
}

// delUnreadable is DEL when there was a record that nobody can read any more. It
// was set aside, and that it was there says that the interfaces are ours. When all
// of them are detached people need not look at it.
func (d *Driver) delUnreadable(ctx context.Context, req need.Request) error {
	guess, err := d.guess(ctx, req)
	if err != nil {
		return err
	}
	m, err := d.undoGuess(ctx, req, guess.Record, nil)
	if err != nil {
		return err
	}
	if err = m.Err(); err != nil || len(guess.Dropped) > 0 {
		return err
	}
	return d.Backend.Records.DropQuarantined(ctx, req.Key())
}

// guess is what the pod should have had, if the cluster knows it. NotFound: it
// does not.
func (d *Driver) guess(ctx context.Context, req need.Request) (need.Settled, error) {
	if !req.Cluster || req.Pod().Name == "" {
		return need.Settled{}, fail.New(fail.NotFound, "there is no cluster to ask")
	}
	req.Verb = need.Del
	settled, err := d.Settle(ctx, req)
	if err != nil {
		return need.Settled{}, err
	}
	if settled.Synthetic {
		return need.Settled{}, fail.New(fail.NotFound, "the cluster does not know pod %s",
			req.Pod())
	}
	for _, lost := range settled.Dropped {
		d.Log.WarnContext(ctx, "a network of the pod is not detached",
			"network", lost.Network, "interface", lost.IfName, "error", lost.Reason)
	}
	settled.Record.Announce = false
	return settled, nil
}

// undoGuess detaches what the pod should have had.
func (d *Driver) undoGuess(
	ctx context.Context, req need.Request, guess record.Record, strangers []string,
) (*ladder.Machine, error) {
	s, m, err := d.down(ctx, req, guess)
	if err != nil {
		return nil, err
	}
	s.strangers = strangers
	s.walk(ctx, m)
	return m, nil
}

// attachmentsOf lists what one network still has, for GC.
func attachmentsOf(records []record.Record, name string) []netconf.Attachment {
	out := []netconf.Attachment{}
	for _, r := range records {
		for _, a := range r.Attachments {
			if a.Name == name {
				out = append(out, netconf.Attachment{ContainerID: r.ContainerID, IfName: a.IfName})
			}
		}
	}
	return out
}
