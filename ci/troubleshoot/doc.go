// Package troubleshoot gives the built plugin wrong inputs and holds the
// documentation to what it says then.
//
// Each input has a row in docs/troubleshooting.md. The message and the code that
// stand there have to be those of the plugin, and nothing may have happened: no
// plugin was run, nothing was kept, the namespace is as it was. Here are also the
// tests that keep the tables of the other documents complete. Inputs that work,
// and failures after the first effect, are a matter of ci/blackbox.
package troubleshoot
