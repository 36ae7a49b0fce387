// Package bench measures what Patchbay costs beside the plugins it runs: the
// same plugins once through it and once straight through libcni, in one run, so
// that the machine is the same for both. It asserts nothing.
package bench
