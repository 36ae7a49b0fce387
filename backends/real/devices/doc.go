// Package devices reads and removes device information files, by which device
// plugins and CNI plugins say what a device is (NPWG device information
// specification 1.1.0).
//
// It only makes sure that such a file is a JSON object of a sensible size: what
// the object says is for the readers of the network status. It writes no files
// and touches no devices.
package devices
