package drive

import (
	"context"
	"strings"

	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

// Status asks every plugin of every network whether it could do an ADD now
// (CNI spec 1.1 §STATUS). The networks that every pod gets decide; one that
// only some pods of the node have is asked too, and a warning if it is not
// ready: the node must not be taken out of service for it.
func (d *Driver) Status(ctx context.Context, req need.Request) error {
	d = d.remembering()
	if err := d.awaitReady(ctx, req); err != nil {
		return fail.As(fail.Unavailable, err)
	}
	networks, err := d.everyPod(ctx, req)
	if err != nil {
		return fail.As(fail.Unavailable, err)
	}
	var errs []error
	asked := map[network]bool{}
	for _, n := range networks {
		asked[d.networkOf(n)] = true
		errs = append(errs, d.statusOf(ctx, req, n))
	}
	if err = joined(errs); err != nil {
		return err
	}
	for _, n := range d.recordedNetworks(ctx) {
		if asked[d.networkOf(n)] {
			continue
		}
		if err = d.statusOf(ctx, req, n); err != nil {
			d.Log.WarnContext(ctx, "a network that pods of this node have is not ready",
				"error", err)
		}
	}
	aside, err := d.Backend.Records.Quarantined(ctx)
	if err != nil {
		return err
	}
	for _, q := range aside {
		d.Log.WarnContext(ctx, "a sandbox is set aside; see patchbayctl doctor",
			"sandbox", q.Key.String(), "reason", q.Reason)
	}
	return nil
}

// statusOf asks the plugins of one network, from CNI 1.1.0 on, which has STATUS.
func (d *Driver) statusOf(ctx context.Context, req need.Request, a record.Attachment) error {
	net, err := d.Networks.parse(a.Config)
	if err != nil || !net.AtLeast("1.1.0") {
		return fail.About(a.Network, err)
	}
	for i := range net.Plugins {
		_, err = d.exec(ctx, run{
			verb: "STATUS", net: net, plugin: i, env: map[string]string{},
			path:    req.Config.PluginPath(req.CNIPath),
			timeout: seconds(req.Config.DelegateTimeoutSeconds),
		})
		if err != nil {
			return fail.About(a.Network, err)
		}
	}
	return nil
}

// recordedNetworks lists one attachment of every network that a record names.
func (d *Driver) recordedNetworks(ctx context.Context) []record.Attachment {
	records, err := d.records(ctx)
	if err != nil {
		d.Log.WarnContext(ctx, "not all records can be read", "error", err)
	}
	return d.networksOf(records)
}

// records reads every record of the node. What could be read comes even with
// an error.
func (d *Driver) records(ctx context.Context) ([]record.Record, error) {
	keys, err := d.Backend.Records.List(ctx)
	if err != nil {
		return nil, err
	}
	var (
		out  []record.Record
		errs []error
	)
	for _, key := range keys {
		r, err := d.Backend.Records.Load(ctx, key)
		switch {
		case err == nil:
			out = append(out, r)
		case !fail.Is(err, fail.NotFound): // else its DEL was faster
			errs = append(errs, err)
		}
	}
	return out, joined(errs)
}

// network tells networks apart. Definitions of two namespaces lend their networks
// the same name, and may be about different plugins. Of the same plugins one run
// is enough: what they keep, they keep by the name.
type network struct{ name, plugins string }

func (d *Driver) networkOf(a record.Attachment) network {
	net, err := d.Networks.parse(a.Config)
	if err != nil {
		return network{name: a.Name} // whoever runs its plugins says what is wrong
	}
	var types []string
	for _, p := range net.Plugins {
		types = append(types, p.Type, p.IPAM)
	}
	return network{a.Name, strings.Join(types, "/")}
}

// networksOf lists one attachment of every network, the first seen.
func (d *Driver) networksOf(records []record.Record) []record.Attachment {
	var out []record.Attachment
	seen := map[network]bool{}
	for _, r := range records {
		for _, a := range r.Attachments {
			if !seen[d.networkOf(a)] {
				seen[d.networkOf(a)] = true
				out = append(out, a)
			}
		}
	}
	return out
}
