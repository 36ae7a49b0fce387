// Package ctlmanifest reads the manifests that a user hands to a command: the
// pods in them, and the network definitions that go with the pods.
//
// [Overlay] lets the plugin's own rules be asked about manifests that no cluster
// has seen yet. It is not the cluster that the plugin asks (that is
// backends/real/manifests), and it writes nothing.
package ctlmanifest
