// Package backends says what the core needs of the world, as a struct of
// small interfaces with a real and a simulated implementation of each.
//
// It holds no implementation and decides nothing. Every method takes a context
// whose end it honours; every error has a kind (core/fail) and names the object
// it is about. Undoing something that is not there succeeds.
package backends
