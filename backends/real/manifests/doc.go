// Package manifests is a cluster that is a directory of YAML files, as a
// [patchbay/backends.Cluster]: for machines with a container runtime and no
// Kubernetes, for laboratories and for tests.
//
// It reads the files that a user would apply, NetworkAttachmentDefinitions and
// Pods, and ignores documents of all other kinds. It never writes to them: the
// network status and the events of a pod go to a directory of their own.
//
// It is not a watch and not a server: files are looked at when somebody asks.
package manifests
