// Package ctlexplain says what an ADD would do, before it happens: the plan,
// stage by stage, and what every plugin would be given.
//
// All is derived from what the core settled; the package decides nothing and
// looks nothing up but where plugins are.
package ctlexplain
