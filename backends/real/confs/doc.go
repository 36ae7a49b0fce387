// Package confs reads CNI configuration files of this machine, as a
// [patchbay/backends.Confs].
//
// It knows nothing of what is in them: it does not parse, choose or watch.
package confs
