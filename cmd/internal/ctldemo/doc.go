// Package ctldemo is the stage of `patchbayctl demo`: private files, the links
// of the node that the example networks build on, pings between pods, and
// snapshots that show that nothing is left.
//
// It attaches nothing itself: the demonstration is of the plugin. Everything it
// makes has a name that begins with pbdemo, or lies in one directory.
package ctldemo
