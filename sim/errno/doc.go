// Package errno has the error numbers that the pretended kernel answers with.
//
// They are Linux' numbers and Linux' words, so that an answer of the simulator
// can be compared with one of the kernel, and that code which asks
// errors.Is(err, fs.ErrNotExist) gets the same answer from both. The package
// does not decide when a call fails; sim/kernel and sim/disk do.
package errno
