// Package fakeapi is a small Kubernetes API server for tests: it keeps pods,
// NetworkAttachmentDefinitions and events, and misbehaves on demand.
//
// It has semantics and no expectations: it answers as a real server would,
// counts what it was asked, and fails the test for a route that it does not
// know. It listens on loopback (New, NewTLS), so that a CNI plugin under test
// can be another process, or in memory (NewPipe), for testing/synctest.
//
// It is not a cluster: nothing is scheduled, listed or watched, and nothing is
// validated beyond what its routes need. Where it is strict it follows what API
// servers of Kubernetes 1.2x and 1.3x answer, including their Status bodies.
package fakeapi
