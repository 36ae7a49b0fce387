// Package examples holds the manifests and the configuration of this directory
// as files, for the demonstration that a binary can give anywhere. It holds no
// code.
package examples

import "embed"

// Files are 00-patchbay.conflist, networks.yaml and pods.yaml. Their paths are
// those of a usual installation.
//
//go:embed *.conflist *.yaml
var Files embed.FS
