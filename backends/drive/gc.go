package drive

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// gcLockWait is how long GC waits for one sandbox: whoever holds its lock is
// busy attaching or detaching it, and GC has no business there.
const gcLockWait = 10 * time.Millisecond

// GC detaches every sandbox that the runtime no longer lists, then lets every
// plugin of every network release what belongs to no attachment (CNI spec 1.1
// §GC). It holds the node's lock alone, so that no new attachment is made while
// it counts which there are, and leaves sandboxes that somebody is working on.
func (d *Driver) GC(ctx context.Context, req need.Request) error {
	if req.Config.ValidAttachments == nil {
		return fail.New(fail.Invalid, "configuration: cni.dev/valid-attachments is missing: "+
			"nothing says what is still used, and nothing is collected")
	}
	d = d.remembering()
	// What is attached while we wait for the lock is not on the runtime's list,
	// which is older, and it is in use.
	stale, staleErr := d.stale(ctx, req)
	unlock, err := d.lockNode(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	errs := []error{staleErr}
	for _, suspect := range stale {
		errs = append(errs, d.collect(ctx, req, suspect))
	}
	errs = append(errs, d.retryQuarantined(ctx, req), d.collectInPlugins(ctx, req),
		d.Backend.Records.Sweep(ctx))
	return joined(errs)
}

func valid(c netconf.Config, key record.Key) bool {
	return slices.Contains(c.ValidAttachments, netconf.Attachment(key))
}

// stale lists the records that are not used any more and that nobody is working
// on, as they are now. It goes on behind one that can not be read.
func (d *Driver) stale(ctx context.Context, req need.Request) ([]record.Record, error) {
	keys, err := d.Backend.Records.List(ctx)
	var (
		out  []record.Record
		errs = []error{err}
	)
	for _, key := range keys {
		if valid(req.Config, key) {
			continue
		}
		rec, err := d.idle(ctx, key)
		errs = append(errs, err)
		if rec != nil {
			out = append(out, *rec)
		}
	}
	return out, joined(errs)
}

// idle reads a record, or returns nil if somebody is working on it.
func (d *Driver) idle(ctx context.Context, key record.Key) (*record.Record, error) {
	unlock, err := d.lockIdle(ctx, key)
	if unlock == nil {
		return nil, err
	}
	defer unlock()
	rec, err := d.Backend.Records.Load(ctx, key)
	if fail.Is(err, fail.NotFound) {
		return nil, nil // its DEL was faster
	}
	if err != nil {
		return nil, err
	}
	return &rec, nil
}

// lockIdle takes the lock of a sandbox, or returns nil if somebody else has it.
func (d *Driver) lockIdle(ctx context.Context, key record.Key) (func(), error) {
	ctx, cancel := d.Backend.Clock.WithTimeout(ctx, gcLockWait)
	defer cancel()
	unlock, err := d.Backend.Records.Lock(ctx, key)
	if fail.Is(err, fail.Busy) {
		d.Log.InfoContext(ctx, "left alone: somebody is working on it", "sandbox", key.String())
		return nil, nil
	}
	return unlock, err
}

// collect undoes one record, unless somebody else is at it, or it is about
// another sandbox by now.
func (d *Driver) collect(ctx context.Context, req need.Request, suspect record.Record) error {
	key := suspect.Key()
	unlock, err := d.lockIdle(ctx, key)
	if unlock == nil {
		return err
	}
	defer unlock()
	rec, err := d.Backend.Records.Load(ctx, key)
	if fail.Is(err, fail.NotFound) {
		return nil // its DEL was faster
	}
	if err != nil {
		return err
	}
	if rec.NetnsID != suspect.NetnsID || rec.BootID != suspect.BootID {
		return nil
	}
	req.ContainerID, req.IfName = key.ContainerID, key.IfName
	return d.undo(ctx, req, adopt(rec, req))
}

// retryQuarantined tries again what was set aside: what made it hopeless, a
// plugin that is not installed, say, may have been mended.
func (d *Driver) retryQuarantined(ctx context.Context, req need.Request) error {
	aside, err := d.Backend.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, q := range aside {
		if q.Record != nil && !valid(req.Config, q.Key) {
			errs = append(errs, d.retry(ctx, req, q))
		}
	}
	return joined(errs)
}

// retry undoes one record that was set aside, unless the container has another
// by now: both may be about the same interfaces, and those are used.
func (d *Driver) retry(ctx context.Context, req need.Request, q backends.Quarantined) error {
	unlock, err := d.lockIdle(ctx, q.Key)
	if unlock == nil {
		return err
	}
	defer unlock()
	if _, err = d.Backend.Records.Load(ctx, q.Key); !fail.Is(err, fail.NotFound) {
		return err
	}
	s, m, err := d.down(ctx, req, adopt(*q.Record, req))
	if err != nil {
		return err
	}
	s.walk(ctx, m)
	if !m.Clean() {
		d.Log.WarnContext(ctx, "still set aside", "sandbox", q.Key.String(), "error", m.Err())
		return nil
	}
	if q.Partial {
		d.Log.WarnContext(ctx, "still set aside: something of it can not be read",
			"sandbox", q.Key.String(), "file", q.File)
		return nil
	}
	return d.Backend.Records.DropQuarantined(ctx, q.Key)
}

// collectInPlugins runs GC of every network with what is still attached to it.
// Without a complete list of that nothing is run at all.
func (d *Driver) collectInPlugins(ctx context.Context, req need.Request) error {
	records, err := d.records(ctx)
	if err != nil {
		return err
	}
	aside, err := d.Backend.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, q := range aside {
		switch {
		case q.Record != nil:
			records = append(records, *q.Record)
		case valid(req.Config, q.Key):
			return fail.New(fail.Broken, "the record of %s can not be read (%s): "+
				"its networks are not known, and no plugin is asked to collect", q.Key, q.File)
		}
	}
	networks, err := d.everyPod(ctx, req)
	if err != nil {
		return err // which of them the runtime's list is about is not known
	}
	every := record.Record{Attachments: networks}
	var errs []error
	for _, a := range d.networksOf(append([]record.Record{every}, records...)) {
		live := attachmentsOf(records, a.Name)
		if a.Name == networks[0].Name {
			live = union(live, req.Config.ValidAttachments)
		}
		errs = append(errs, d.gcOf(ctx, req, a, live))
	}
	return joined(errs)
}

func union(a, b []netconf.Attachment) []netconf.Attachment {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// gcOf asks the plugins of one network, from CNI 1.1.0 on, which has GC. Older
// plugins look for the list under its first name.
func (d *Driver) gcOf(
	ctx context.Context, req need.Request, a record.Attachment, live []netconf.Attachment,
) error {
	net, err := d.Networks.parse(a.Config)
	if err != nil || !net.AtLeast("1.1.0") || net.DisableGC {
		return fail.About(a.Network, err)
	}
	list, err := json.Marshal(live)
	if err != nil {
		return fail.New(fail.Internal, "valid attachments: %w", err)
	}
	var errs []error
	for i, p := range net.Plugins {
		_, err = d.exec(ctx, run{
			verb: "GC", net: net, plugin: i, env: map[string]string{},
			in: netconf.Inputs{Extra: []netconf.Key{
				{Name: "cni.dev/valid-attachments", Value: list},
				{Name: "cni.dev/attachments", Value: list},
			}},
			path:    req.Config.PluginPath(req.CNIPath),
			timeout: seconds(req.Config.DelegateTimeoutSeconds),
		})
		errs = append(errs, fail.About(a.Network+": "+p.Type, err))
	}
	return joined(errs)
}
