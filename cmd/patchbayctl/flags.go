package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"patchbay/core/fail"
)

// exampleOf is the example in the help of a command that needs only one.
func exampleOf(args string) string { return "  patchbayctl " + args }

// manifestFlag adds -f to a command that works on the pods of manifests.
func manifestFlag(c *cobra.Command, files *[]string) {
	c.Flags().StringArrayVarP(files, "filename", "f", nil,
		"manifest `FILE` with pods; - is standard input; may be repeated")
	// MarkFlagRequired would do, but its error is not one of usage.
	c.PreRunE = func(*cobra.Command, []string) error {
		if len(*files) == 0 {
			return usage(fail.New(fail.Invalid, "name a manifest with -f FILE"))
		}
		return nil
	}
	_ = c.MarkFlagFilename("filename", "yaml", "yml", "json")
}

// pluginDirFlag adds --plugin-dir, which is what a runtime tells as CNI_PATH.
func pluginDirFlag(c *cobra.Command, dirs *[]string) {
	c.Flags().StringArrayVar(dirs, "plugin-dir", nil,
		"`DIR` with CNI plugins; may be repeated (default: the directory of\n"+
			"patchbayctl, its subdirectory cni, and /opt/cni/bin)")
	_ = c.MarkFlagDirname("plugin-dir")
}

// pluginPath is CNI_PATH: what was asked for, or where plugins usually are.
func pluginPath(dirs []string) string {
	if len(dirs) == 0 {
		if self, err := os.Executable(); err == nil {
			dir := filepath.Dir(self)
			dirs = append(dirs, dir, filepath.Join(dir, "cni"))
		}
		dirs = append(dirs, "/opt/cni/bin")
	}
	out := make([]string, 0, len(dirs))
	for _, d := range dirs {
		if abs, err := filepath.Abs(d); err == nil {
			d = abs
		}
		out = append(out, d)
	}
	return strings.Join(out, ":")
}
