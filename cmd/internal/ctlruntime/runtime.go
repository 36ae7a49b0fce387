package ctlruntime

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"patchbay/backends"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/core/fail"
)

// patience bounds one call of one plugin. It is above what Patchbay's own
// deadlines add up to for a pod with a few networks, and a kubelet's 4 minutes.
const patience = 4 * time.Minute

// Runtime calls the plugins of a network.
type Runtime struct {
	List    ctlconf.List
	Plugins backends.Plugins
	Path    string // colon-separated: where plugins are, CNI_PATH
	Dir     string // for the results of ADD, which CHECK and DEL get
}

// Add runs ADD of every plugin in order. On an error it runs DEL, as a runtime
// does; what that says is part of the error.
func (r Runtime) Add(ctx context.Context, s Sandbox) error {
	var prev []byte
	for i := range r.List.Plugins {
		out, err := r.call(ctx, "ADD", i, s, prev)
		if err != nil {
			return r.undone(ctx, s, err)
		}
		prev = out
	}
	if err := r.keep(s, prev); err != nil {
		return r.undone(ctx, s, err)
	}
	return nil
}

// undone runs DEL after a failed ADD, also when the caller lost patience.
func (r Runtime) undone(ctx context.Context, s Sandbox, err error) error {
	if undo := r.Del(context.WithoutCancel(ctx), s); undo != nil {
		return fail.New(fail.Of(err), "%w; and the undo failed: %w", err, undo)
	}
	return err
}

// Del runs DEL of every plugin in reverse, and stops at the first that fails:
// then a runtime calls DEL again (CNI spec 1.1 §3, "Deleting an attachment").
func (r Runtime) Del(ctx context.Context, s Sandbox) error {
	prev, err := r.kept(s)
	if err != nil {
		return err
	}
	for i := range slices.Backward(r.List.Plugins) {
		if _, err = r.call(ctx, "DEL", i, s, prev); err != nil {
			return err
		}
	}
	if err = os.Remove(r.file(s)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail.New(fail.IO, "the kept result can not be removed: %w", err)
	}
	return nil
}

// Check runs CHECK of every plugin with the result of ADD. NotFound: there is
// no such result. Invalid: the configuration switches CHECK off.
func (r Runtime) Check(ctx context.Context, s Sandbox) error {
	if r.List.DisableCheck {
		return fail.New(fail.Invalid, "the configuration has disableCheck: nothing was checked")
	}
	prev, err := r.kept(s)
	if err != nil {
		return err
	}
	if prev == nil {
		return fail.New(fail.NotFound, "it is not up: there is no result to check against")
	}
	for i := range r.List.Plugins {
		if _, err = r.call(ctx, "CHECK", i, s, prev); err != nil {
			return err
		}
	}
	return nil
}

// call runs one plugin.
func (r Runtime) call(
	ctx context.Context, verb string, i int, s Sandbox, prev []byte,
) ([]byte, error) {
	stdin, err := r.List.Stdin(i, prev)
	if err != nil {
		return nil, err
	}
	path, err := r.Plugins.Find(ctx, r.List.Plugins[i].Type, r.Path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return r.Plugins.Run(ctx, backends.Call{Path: path, Stdin: stdin, Env: map[string]string{
		"CNI_COMMAND":     verb,
		"CNI_CONTAINERID": s.ContainerID,
		"CNI_NETNS":       s.Netns,
		"CNI_IFNAME":      s.IfName,
		"CNI_ARGS":        s.Args().String(),
		"CNI_PATH":        r.Path,
	}})
}

func (r Runtime) file(s Sandbox) string {
	return filepath.Join(r.Dir, "results", s.Key().String()+".json")
}

func (r Runtime) keep(s Sandbox, result []byte) error {
	if err := os.MkdirAll(filepath.Dir(r.file(s)), 0o700); err != nil {
		return fail.New(fail.IO, "the result can not be kept: %w", err)
	}
	if err := os.WriteFile(r.file(s), result, 0o600); err != nil {
		return fail.New(fail.IO, "the result can not be kept: %w", err)
	}
	return nil
}

// kept is the result of ADD; nil when there is none.
func (r Runtime) kept(s Sandbox) ([]byte, error) {
	raw, err := os.ReadFile(r.file(s))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fail.New(fail.IO, "the kept result can not be read: %w", err)
	}
	return raw, nil
}
