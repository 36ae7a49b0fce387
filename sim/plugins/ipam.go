package plugins

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/disk"
	"patchbay/sim/fault"
	"patchbay/sim/proc"
)

// ipam runs the IPAM plugin of the configuration, as a process of its own that
// outlives the one that waits for it.
func (c *call) ipam(verb string) (result, error) {
	return c.delegate(c.doc.base.IPAM.Type, verb, c.doc, c.prev)
}

// The IPAM's verbs as operations.
//
//nolint:gochecknoglobals // a constant table
var ipamKinds = map[string]fault.Kind{
	"ADD": fault.IPAMAdd, "DEL": fault.IPAMDel, "CHECK": fault.IPAMCheck,
	"GC": fault.IPAMGC, "STATUS": fault.IPAMStatus,
}

// delegate runs another plugin with a configuration, for this plugin's sandbox.
func (c *call) delegate(name, verb string, doc *document, prev []byte) (result, error) {
	if err := c.locate(name); err != nil {
		return result{}, err
	}
	var got result
	//nolint:forbidigo // nobody gives up a plugin but who kills it
	err := c.p.Do(context.Background(), fault.Op{Kind: ipamKinds[verb], On: name},
		func(out fault.Outcome) error {
			child, end := c.p.Child(name, verb)
			defer end()
			child.Orphan = true
			sub := call{Env: c.Env, p: child, k: c.k, host: c.host, doc: doc, prev: prev, inner: true}
			sub.Env.Proc, sub.Env.Type, sub.Env.Verb = child, name, verb
			child.OnDeath = sub.drop
			err := sub.main()
			sub.drop()
			if child.Dead() {
				return proc.ErrDead
			}
			got = sub.res
			if out.How == fault.Corrupt && verb == "ADD" {
				return got.garble(out.N)
			}
			return sub.heard(err)
		})
	if errors.Is(err, proc.ErrDead) && !c.p.Dead() {
		// The child alone was killed: there is no output at all.
		err = &types.Error{Msg: "netplugin failed with no error message: signal: killed"}
	}
	return got, err
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

// heard is what the waiting plugin makes of an error: one that was printed after
// a result can not be read.
func (c *call) heard(err error) error {
	said, ok := errors.AsType[*types.Error](err)
	if !ok || !c.printed {
		return err
	}
	return &types.Error{Msg: "netplugin failed but error parsing its diagnostic message: " +
		"invalid character '{' after top-level value; " + said.Msg}
}

// garble is output that is not what the plugin has written.
func (r *result) garble(how int) error {
	switch how % 3 {
	case 0:
		return errors.New("failed to unmarshal raw result: " +
			"invalid character 'x' looking for beginning of value")
	case 1:
		return errors.New("failed to unmarshal raw result: unexpected end of JSON input")
	}
	*r = result{}
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
		c.Machine.Disk.Kill(disk.Proc(c.p.Proc))
	}
}
