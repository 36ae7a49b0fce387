// Package real assembles the backend that works on this node: it chooses the
// cluster source and hands every part its paths. It does nothing else; the
// parts are the packages below it.
package real
