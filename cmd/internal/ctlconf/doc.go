// Package ctlconf finds and reads the CNI configuration file that holds our
// plugin, as a container runtime does, for tools that look at a node from
// outside.
//
// It hands out what the plugin will get ([File.Config]) and what the runtime
// works with ([File.List]). It runs nothing; what the configuration means is
// netconf's to say.
package ctlconf
