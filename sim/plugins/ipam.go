package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
)

// ipam runs the IPAM plugin of the configuration, as a process of its own that
// outlives the one that waits for it.
func (c *call) ipam(verb string) (result, error) {
	d := delegated{call: c, name: c.doc.base.IPAM.Type, verb: verb, doc: c.doc, prev: c.prev}
	switch verb {
	case "ADD":
		d.kind = fault.IPAMAdd
	case "DEL":
		d.kind = fault.IPAMDel
	case "CHECK":
		d.kind = fault.IPAMCheck
	default:
		d.kind = fault.IPAMStatus
	}
	err := d.run()
	return d.got, err
}

// delegated is the run of a plugin by another one.
type delegated struct {
	*call // of the one that waits
	name  string
	verb  string
	kind  fault.Kind
	doc   *document
	prev  []byte

	out fault.Outcome
	ran bool
	got result
}

// run runs the plugin, if it is installed, and understands how it ended as the
// library does.
func (d *delegated) run() error {
	if err := d.locate(d.name); err != nil {
		return err
	}
	//nolint:forbidigo // nobody gives up a plugin but who kills it
	err := d.p.Do(context.Background(), fault.Op{Kind: d.kind, On: d.name}, d.execute)
	if answer, ok := errors.AsType[*fault.Answer](err); ok {
		return d.understand(answer)
	}
	if err == nil && d.out.How != fault.OK && !d.p.Dead() {
		if answer, ok := errors.AsType[*fault.Answer](d.out.Err); ok {
			return d.understand(answer)
		}
	}
	if err == nil && !d.ran {
		d.got = lie() // what an answer of ok looks like when nothing was done
	}
	return err
}

// execute is the life of the process.
func (d *delegated) execute(out fault.Outcome) error {
	d.out, d.ran = out, true
	child, end := d.p.Child(d.name, d.verb)
	defer end()
	child.Orphan = true
	disks := d.Machine.Disk // a lock that Patchbay has is inherited by all of them
	disks.Inherit(disk.Proc(d.p.Proc), disk.Proc(child.Proc))
	defer disks.Kill(disk.Proc(child.Proc))
	child.OnDeath = func() { disks.Kill(disk.Proc(child.Proc)) }
	if out.How == fault.Partial {
		child.Left = out.N
	}
	e := d.Env
	e.Proc, e.Type, e.Verb = child, d.name, d.verb
	sub := d.Machine.begin(e)
	sub.doc, sub.prev, sub.inner = d.doc, d.prev, true
	err := sub.heard(sub.main())
	d.got = sub.res
	sub.end()
	switch {
	case child.Dead() && out.How == fault.Partial && !d.p.Dead():
		return nil // and the answer is that of the outcome
	case child.Dead() && !d.p.Dead():
		return &types.Error{Msg: "netplugin failed with no error message: signal: killed"}
	case child.Dead():
		return proc.ErrDead
	}
	return err
}

// heard is what the waiting plugin makes of an error: one that was printed behind
// a result can not be read.
func (c *call) heard(err error) error {
	if said, ok := errors.AsType[*types.Error](err); ok && c.printed {
		return &types.Error{Msg: "netplugin failed but error parsing its diagnostic message " +
			"(" + said.Msg + "): invalid character '{' after top-level value"}
	}
	return err
}

// understand makes of a bad ending what the library makes of it.
func (d *delegated) understand(a *fault.Answer) error {
	if a.Errno != 0 {
		return &types.Error{Msg: "netplugin failed with no error message: fork/exec " +
			path.Join(strings.Split(d.Path, ":")[0], d.name) + ": " + a.Errno.Error()}
	}
	var truth []byte
	if d.verb == "ADD" {
		whole := call{doc: d.doc}
		if whole.print(&d.got) == nil {
			truth = whole.out
		}
	}
	end := a.Ending(truth)
	if end.Status != "" {
		return libraryError(end.Status, end.Stdout, end.Stderr)
	}
	if d.verb != "ADD" {
		return nil
	}
	var raw map[string]any
	if err := json.Unmarshal(end.Stdout, &raw); err != nil {
		return fmt.Errorf("failed to unmarshal raw result: %w", err)
	}
	if raw == nil {
		raw = map[string]any{} // null is an object without members
	}
	version, _ := raw["cniVersion"].(string)
	if version == "" {
		version = d.doc.version
		raw["cniVersion"] = version
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	d.got, err = readResult(text, version)
	return err
}

// libraryError is the error of a plugin that failed (CNI's pkg/invoke).
func libraryError(status string, stdout, stderr []byte) error {
	said := &types.Error{}
	switch {
	case len(stdout) == 0 && len(stderr) == 0:
		said.Msg = "netplugin failed with no error message: " + status
	case len(stdout) == 0:
		said.Msg = fmt.Sprintf("netplugin failed: %q", stderr)
	default:
		if err := json.Unmarshal(stdout, said); err != nil {
			said.Msg = fmt.Sprintf("netplugin failed but error parsing its diagnostic message "+
				"%q: %v", stdout, err)
		}
	}
	return said
}

// lie is what a plugin gives that has done nothing.
func lie() result {
	addr := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 99, 0, 9}), 24)
	return result{ips: []ipConf{{addr: addr, place: nowhere}}}
}

// locate looks for an executable as the library does.
func (c *call) locate(name string) error {
	switch {
	case name == "":
		return errors.New("no plugin name provided")
	case strings.ContainsRune(name, '/'):
		return fmt.Errorf("invalid plugin name: %s", name)
	case !Known(name), c.Find != nil && !c.Find(name):
		return fmt.Errorf("failed to find plugin %q in path %s",
			name, strings.Split(c.Path, ":"))
	}
	return nil
}

// drop closes what the process has open: the kernel does it when it dies.
func (c *call) drop() {
	for _, ns := range c.held {
		ns.Release()
	}
	c.held = c.held[:0]
	if c.locked {
		c.locked = false
		c.Machine.Disk.Kill(c.diskProc())
	}
}
