// Package blackbox has only tests: it runs the built plugin as a runtime does,
// with an environment, standard input, a pretended API server, plugins that
// follow a script, and real network namespaces, and judges what comes out.
//
// It shows what can only be seen through the whole program. What a pure function
// decides is shown beside that function, and what a real runtime makes of the
// plugin is shown by ci/cri.
package blackbox
