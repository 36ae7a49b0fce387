// Package doctor says what is wrong on a node: what was left behind, what can
// not be undone, and what will fail next, each with the step that mends it.
//
// [Look] collects [Facts] and changes nothing, not even the place of a record
// that can not be believed; [Diagnose] turns them into findings and is pure. The
// package mends nothing itself. It takes no locks: what is being attached or
// detached while it looks may show up as a finding that is gone a moment later.
package doctor
