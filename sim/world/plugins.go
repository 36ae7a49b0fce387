package world

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/plugins"
	"patchbay/sim/proc"
	"patchbay/sim/sched"
)

var _ backends.Plugins = (*view)(nil)

// Find looks for an executable plugin.
func (v *view) Find(ctx context.Context, name, dirs string) (string, error) {
	if name == "" || strings.Contains(name, "/") {
		return "", fail.New(fail.Invalid, "invalid plugin name %q", name)
	}
	found := false
	err := v.p.Do(ctx, fault.Op{Kind: fault.PluginFind, On: name}, func(fault.Outcome) error {
		found = dirs == PluginDir && v.node.installed(name)
		return nil
	})
	switch {
	case err != nil:
		return "", filed("failed to find plugin \""+name+"\" in path "+dirs, err)
	case !found:
		return "", fail.New(fail.NotFound, "failed to find plugin %q in path [%s]", name, dirs)
	}
	return PluginDir + "/" + name, nil
}

func (n *Node) installed(name string) bool {
	return plugins.Known(name) && !slices.Contains(n.Missing, name)
}

// kindOf is the kind of operation that a run of a plugin is.
func kindOf(verb string) fault.Kind {
	switch verb {
	case "ADD":
		return fault.PluginAdd
	case "DEL":
		return fault.PluginDel
	case "CHECK":
		return fault.PluginCheck
	case "GC":
		return fault.PluginGC
	}
	return fault.PluginStatus
}

// execution is one run of one plugin.
type execution struct {
	*view
	call  backends.Call
	name  string
	until time.Duration
	truth []byte // what the plugin prints by itself
	out   fault.Outcome
}

// Run executes a plugin as a process of its own and judges how it ended, by the
// code that judges real ones.
func (v *view) Run(ctx context.Context, call backends.Call) ([]byte, error) {
	x := &execution{
		view: v, call: call, name: path.Base(call.Path),
		until: v.clock.Sched.Now() + sched.Left(ctx, v.clock.Sched, patience),
	}
	verb := call.Env["CNI_COMMAND"]
	op := fault.Op{Kind: kindOf(verb), On: x.name + " " + call.Env["CNI_IFNAME"]}
	err := v.p.Do(ctx, op, x.execute)
	answer, ok := errors.AsType[*fault.Answer](err)
	if !ok && err == nil {
		answer, ok = errors.AsType[*fault.Answer](x.out.Err)
	}
	switch {
	case ok:
		x.truth, err = answer.Run(x.truth)
	case err == nil && x.out.How == fault.Lie:
		x.truth = x.lie()
	case errors.Is(err, proc.ErrDead) && !v.p.Dead():
		err = fail.New(fail.Transient, "did not answer in time and was killed")
	}
	if _, cut := errors.AsType[*proc.CutShort](err); cut {
		err = fail.New(fail.Transient, "did not answer in time and was killed")
	}
	if err != nil {
		return nil, fail.About("plugin "+x.name, err)
	}
	return x.truth, nil
}

// execute is the life of the process.
func (x *execution) execute(out fault.Outcome) error {
	x.out = out
	env := x.call.Env
	child, end := x.p.Child(x.name, env["CNI_COMMAND"])
	child.Until = x.until
	if out.How == fault.Partial {
		child.Left = out.N
	}
	d := x.node.Disk
	d.Inherit(disk.Proc(x.p.Proc), disk.Proc(child.Proc))
	child.OnDeath = func() { d.Kill(disk.Proc(child.Proc)) }
	defer func() {
		d.Kill(disk.Proc(child.Proc))
		end()
	}()
	if !x.node.installed(x.name) {
		return fail.New(fail.NotFound, "can not be executed: %s", "no such file or directory")
	}
	if w, ok := x.node.World.opts.Watch.(PluginWatcher); ok {
		w.Ran(child, x.call)
	}
	var err error
	x.truth, err = plugins.Run(plugins.Env{
		Machine: x.node.Machine, Proc: child, Type: x.name, Verb: env["CNI_COMMAND"],
		ContainerID: env["CNI_CONTAINERID"], NetNS: env["CNI_NETNS"],
		IfName: env["CNI_IFNAME"], Args: env["CNI_ARGS"], Path: env["CNI_PATH"],
		Stdin: x.call.Stdin, Find: x.node.installed,
	})
	if out.How == fault.Partial && errors.Is(err, proc.ErrDead) && !x.p.Dead() {
		return nil // and the answer is that of the outcome
	}
	return err
}

// lie is what a plugin prints that has done nothing and says it has.
func (x *execution) lie() []byte {
	env := x.call.Env
	if env["CNI_COMMAND"] != "ADD" {
		return nil
	}
	return []byte(`{"cniVersion":"1.0.0","interfaces":[{"name":"` + env["CNI_IFNAME"] +
		`","mac":"02:00:00:00:00:0f","sandbox":"` + env["CNI_NETNS"] + `"}],` +
		`"ips":[{"address":"10.99.0.9/24","interface":0}]}`)
}
