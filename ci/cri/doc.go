// Package cri runs patchbay under a real client: containerd and runc as Debian
// has them, driven through the CRI as a kubelet drives them.
//
// A Node is a node in a directory: containerd with its own root, state, socket
// and CNI directories, in a network namespace of its own, so that several can
// run beside each other and beside the machine's own containerd. Its pods and
// NetworkAttachmentDefinitions are the YAML files of a manifest directory.
// Images are made here; nothing is pulled.
//
// A Snapshot is everything that a pod may leave on a node. The tests take one
// before the first pod and one after the last, and the two have to be equal.
//
// The tests need root, Debian's packages containerd and runc, and the plugins
// of "make build plugins". Where one is missing they are skipped, or fail when
// PATCHBAY_REQUIRE lists "cri".
//
// It is not a product package, which is why it is a module of its own: the
// CRI's Go types and gRPC stay out of the product's go.mod. It is not a kubelet
// either: there are no containers in its pods but the sandbox's own.
package cri
