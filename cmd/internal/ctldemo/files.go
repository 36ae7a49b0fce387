package ctldemo

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"patchbay/core/fail"
)

// Place is the directory that holds everything of a demonstration.
type Place struct{ Dir string }

// Config is the path of the CNI configuration.
func (p Place) Config() string { return filepath.Join(p.Dir, "00-patchbay.conflist") }

// Manifests is the manifestDir of the configuration.
func (p Place) Manifests() string { return filepath.Join(p.Dir, "manifests") }

// Pods is the manifest with the pods.
func (p Place) Pods() string { return filepath.Join(p.Manifests(), "pods.yaml") }

// Networks is the manifest with the definitions.
func (p Place) Networks() string { return filepath.Join(p.Manifests(), "networks.yaml") }

// State is the cniDir of the configuration.
func (p Place) State() string { return filepath.Join(p.Dir, "state") }

// Addresses is the directory of host-local.
func (p Place) Addresses() string { return filepath.Join(p.Dir, "addresses") }

// Results is where the runtime keeps results.
func (p Place) Results() string { return filepath.Join(p.Dir, "results") }

// Make makes a private directory and writes the examples there, with private
// paths instead of those of an installation. BinDir is where plugins are.
func Make(examples fs.FS, binDir string) (Place, error) {
	dir, err := os.MkdirTemp("", "pbdemo-")
	if err != nil {
		return Place{}, fail.New(fail.IO, "private directory: %w", err)
	}
	p := Place{dir}
	if err = p.write(examples, binDir); err != nil {
		return Place{}, errors.Join(fail.New(fail.IO, "examples: %w", err), p.Remove())
	}
	return p, nil
}

func (p Place) write(examples fs.FS, binDir string) error {
	if err := os.Mkdir(p.Manifests(), 0o700); err != nil {
		return err
	}
	private := strings.NewReplacer(
		"/var/lib/cni/networks", p.Addresses(),
		"/var/lib/cni/multus", p.State(),
		"/etc/cni/patchbay.d", p.Manifests(),
		"/etc/cni/multus/net.d", filepath.Join(p.Dir, "net.d"),
		"/opt/cni/bin", binDir,
	)
	for from, to := range map[string]string{
		"00-patchbay.conflist": p.Config(),
		"networks.yaml":        p.Networks(),
		"pods.yaml":            p.Pods(),
	} {
		raw, err := fs.ReadFile(examples, from)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if _, err = private.WriteString(&b, string(raw)); err != nil {
			return err
		}
		if err = os.WriteFile(to, b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes the directory away.
func (p Place) Remove() error {
	if err := os.RemoveAll(p.Dir); err != nil {
		return fail.New(fail.IO, "private directory: %w", err)
	}
	return nil
}
