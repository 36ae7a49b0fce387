// Package arch holds the tests that keep the house in order: who may import
// whom, with a reason on each rule, and tidiness that no linter looks at.
//
// The rules are rows; to add one, add a row and a bad example that it catches.
// Each rule is also tried on a listing that breaks it, for a rule that can not
// fail guards nothing. Style inside a file is not kept here but by .golangci.yml.
package arch
