package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/plan"
	"patchbay/core/record"
	"patchbay/core/result"
)

// attach runs ADD of every plugin of a network in order, each with the result
// of the one before (CNI spec 1.1 §3, "Add").
func (s *session) attach(ctx context.Context, e plan.Attach) error {
	a, net, err := s.network(e.IfName, e.Network)
	if err != nil {
		return err
	}
	var (
		prev []byte
		o    result.Outcome
	)
	env := s.env(a)
	for i, p := range net.Plugins {
		in := netconf.Inputs{Prev: prev, Capabilities: a.Capabilities}
		var out []byte
		out, err = s.run(ctx, a, run{verb: "ADD", net: net, plugin: i, in: in, env: env})
		if err != nil {
			return err
		}
		if i > 0 && bytes.Equal(out, o.Raw) {
			continue // it added nothing, as portmap does
		}
		if o, err = result.Parse(net.Version, out); err != nil {
			return fail.About("plugin "+p.Type, err)
		}
		if prev, err = previous(o, net); err != nil {
			return fail.About("plugin "+p.Type, err)
		}
	}
	if net.MakesLink() {
		// A plugin that says it has and has not would be found out by the pod.
		if err = s.Backend.Links.Present(ctx, s.sandbox(), []string{a.IfName}); err != nil {
			return fail.About("plugin "+net.Plugins[0].Type+" says that it is there", err)
		}
	}
	if a.DeviceInfo != "" {
		if o.DeviceInfo, err = s.Backend.Devices.Info(ctx, a.DeviceInfo); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes[e.IfName] = o
	return nil
}

// previous is a result as the next plugin gets it: in the version of the
// network, and untouched where it is that already.
func previous(o result.Outcome, net netconf.Network) ([]byte, error) {
	if o.Version == net.Version {
		return o.Raw, nil
	}
	typed, err := o.In(net.Version)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(typed)
	if err != nil {
		return nil, fail.New(fail.Internal, "result: %w", err)
	}
	return raw, nil
}

// detach runs DEL of every plugin of a network in reverse. One that fails does
// not keep the others from being called: the last of them may own the address.
func (s *session) detach(ctx context.Context, e plan.Detach) error {
	a, net, err := s.network(e.IfName, e.Network)
	if err != nil {
		return fail.As(fail.Broken, err) // the record will say the same next time
	}
	if net.List && net.Version == "" {
		net.Version = s.rec.FallbackVersion
	}
	in, err := s.kept(ctx, a, net)
	if err != nil {
		// What a plugin remembers itself is enough for most; without asking
		// it nothing would be released at all.
		s.Log.WarnContext(ctx, "detach without the result of ADD",
			"attachment", a.String(), "error", err)
	}
	var errs []error
	env := s.env(a)
	for i := range slices.Backward(net.Plugins) {
		_, err := s.run(ctx, a, run{verb: "DEL", net: net, plugin: i, in: in, env: env})
		switch {
		case fail.Is(err, fail.Gone), fail.Is(err, fail.NoContainer):
			// "The runtime does not need to perform any cleanup": CNI spec 1.1,
			// error code 3.
		case fail.Is(err, fail.NotFound):
			errs = append(errs, fail.As(fail.Broken, err))
		case err != nil:
			errs = append(errs, err)
		}
	}
	// As long as one of them may succeed by being repeated, the network may.
	slices.SortStableFunc(errs, func(a, b error) int { return lost(a) - lost(b) })
	return joined(errs)
}

func lost(err error) int {
	if fail.Is(err, fail.Broken) {
		return 1
	}
	return 0
}

// check runs CHECK of every plugin of a network with the kept result, where
// its version has CHECK (CNI spec 0.4.0) and it was not switched off.
func (s *session) check(ctx context.Context, e plan.Check) error {
	a, net, err := s.network(e.IfName, e.Network)
	if err != nil {
		return err
	}
	kept, err := s.Backend.Records.Result(ctx, s.alone(a), a.IfName)
	if err != nil {
		return err
	}
	if kept == nil {
		if a.Optional {
			return nil // it never came up
		}
		return fail.New(fail.NotFound, "the result of its ADD is not there to check against")
	}
	o, err := result.Parse(net.Version, kept)
	if err != nil {
		return fail.About("kept result", err)
	}
	if err = s.Backend.Links.Present(ctx, s.sandbox(), o.InSandbox()); err != nil {
		return err
	}
	if !net.AtLeast("0.4.0") || net.DisableCheck {
		return nil
	}
	prev, err := previous(o, net)
	if err != nil {
		return err
	}
	env, in := s.env(a), netconf.Inputs{Prev: prev, Capabilities: a.Capabilities}
	for i := range net.Plugins {
		_, err = s.run(ctx, a, run{verb: "CHECK", net: net, plugin: i, in: in, env: env})
		if err != nil {
			return err
		}
	}
	return nil
}

// kept is what DEL of a plugin gets beside its configuration. The result goes
// with it from 0.4.0 on (CNI spec 0.4.0).
func (s *session) kept(
	ctx context.Context, a record.Attachment, net netconf.Network,
) (netconf.Inputs, error) {
	in := netconf.Inputs{Capabilities: a.Capabilities}
	if !net.AtLeast("0.4.0") {
		return in, nil
	}
	raw, err := s.Backend.Records.Result(ctx, s.alone(a), a.IfName)
	if err != nil || raw == nil {
		return in, err
	}
	if result.IsKept(raw, net.Version) {
		in.Prev = raw
		return in, nil
	}
	o, err := result.Parse(net.Version, raw)
	if err != nil {
		return in, fail.About("kept result", err)
	}
	in.Prev, err = previous(o, net)
	return in, err
}

// run is one execution of one plugin of a network.
type run struct {
	verb    string
	net     netconf.Network
	plugin  int
	in      netconf.Inputs
	path    string // where plugins are looked for
	timeout time.Duration
	ifName  string
	env     map[string]string
}

// run executes one plugin of a network for an attachment.
func (s *session) run(ctx context.Context, a record.Attachment, r run) ([]byte, error) {
	r.path, r.timeout, r.ifName = s.rec.PluginPath, s.timeout, a.IfName
	return s.exec(ctx, r)
}

// env is what all plugins of a network are told of an attachment.
func (s *session) env(a record.Attachment) map[string]string {
	netns := s.netns
	if slices.Contains(s.strangers, a.IfName) {
		netns = ""
	}
	return map[string]string{
		"CNI_CONTAINERID": s.rec.ContainerID,
		"CNI_NETNS":       netns,
		"CNI_IFNAME":      a.IfName,
		"CNI_ARGS":        a.Args,
	}
}

// exec finds and runs one plugin within its deadline.
func (d *Driver) exec(ctx context.Context, r run) ([]byte, error) {
	p := r.net.Plugins[r.plugin]
	stdin, err := r.net.Stdin(r.plugin, r.in)
	if err != nil {
		return nil, fail.About("plugin "+p.Type, err)
	}
	path, err := d.Backend.Plugins.Find(ctx, p.Type, r.path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := d.Backend.Clock.WithTimeout(ctx, r.timeout)
	defer cancel()
	r.env["CNI_COMMAND"] = r.verb
	r.env["CNI_PATH"] = r.path
	var out []byte
	call := backends.Call{Path: path, Env: r.env, Stdin: stdin}
	err = d.observed(Exec{r.verb, p.Type, r.ifName}, func() error {
		var runErr error
		out, runErr = d.Backend.Plugins.Run(ctx, call)
		return runErr
	})
	return out, err
}
