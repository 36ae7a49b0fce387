// Package cluster is a Kubernetes cluster seen through its API server, as a
// [patchbay/backends.Cluster].
//
// It speaks the few requests that a CNI plugin needs over plain net/http, for
// the plugin is one process per call: client-go would add some 48 MB to each
// binary and 5 ms to each start, and its clients, caches and protobuf serve
// nothing here. HTTP/1.1 is enough for a few requests in a row, and a try that
// got no reply takes its connection with it; an HTTP/2 connection that has died
// silently would go on being used. A program that is built with the tag
// nethttpomithttp2 leaves out what is never used.
//
// It is not a general client: there is no watch, no cache, no exec or
// auth-provider plugin, and it decides nothing about what the errors mean for
// a pod.
package cluster
