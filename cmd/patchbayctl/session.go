package main

import (
	"io"

	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlout"
)

// session is what all commands share: the flags of the root command, and where
// output goes.
type session struct {
	version    string
	configPath string
	printer    ctlout.Printer
	stderr     io.Writer
	env        func(string) string
}

// config reads the configuration that --config names, or the node's.
func (s *session) config() (ctlconf.File, error) {
	path := s.configPath
	if path == "" {
		var err error
		if path, err = ctlconf.Find(); err != nil {
			return ctlconf.File{}, err
		}
	}
	return ctlconf.Read(path)
}

// options says how the backend of a configuration is assembled; [real.New]
// does it, and says whether there is a cluster to ask.
func (s *session) options(f ctlconf.File) real.Options {
	return real.Options{
		Config:      f.Config,
		ServiceHost: s.env("KUBERNETES_SERVICE_HOST"),
		ServicePort: s.env("KUBERNETES_SERVICE_PORT"),
		Version:     s.version,
		Stderr:      s.stderr,
	}
}
