package arch

import (
	"fmt"
	"slices"
	"strings"
)

const (
	cniTypes   = "github.com/containernetworking/cni/pkg/types/..."
	cniVersion = "github.com/containernetworking/cni/pkg/version"
)

// A rule binds the packages of who, less those of except. A pattern is an
// import path, "p/..." for p and all below it, "std" for the standard library,
// or "self" for the importing package and all below it.
type rule struct {
	who, except []string
	may         []string // nil: anything
	not         []string
	why         string
}

var rules = []rule{
	{
		who: []string{"patchbay/core/..."},
		may: []string{"std", "patchbay/core/...", cniTypes, cniVersion},
		why: "the core is plain Go over plain data, so that it runs in a simulator unchanged",
	},
	{
		who: []string{"patchbay/core/..."},
		not: []string{
			"os/...", "net", "net/http/...", "syscall", "time", "sync/...", "context",
			"math/rand/...", "crypto/rand", "log/...", "runtime/...", "unsafe", "io/fs",
			"path/filepath", "embed", "plugin",
		},
		why: "the core touches nothing: no file, socket, clock, goroutine or random number",
	},
	{
		who: []string{"patchbay/core/ladder"},
		may: []string{"errors", "fmt", "slices"},
		why: "the machine walks tasks and knows nothing of what they are",
	},
	{
		who: []string{"patchbay/backends"},
		may: []string{"context", "time", "patchbay/core/..."},
		why: "the interfaces promise what a simulator can keep too",
	},
	{
		who: []string{"patchbay/backends/drive"},
		may: []string{"std", "patchbay/backends", "patchbay/core/...", cniTypes, cniVersion, "self"},
		not: []string{"os/...", "net", "net/http/...", "syscall", "math/rand/..."},
		why: "the driver reaches the world through the interfaces, or no backend can stand in for it",
	},
	{
		who: []string{"patchbay/backends/store", "patchbay/backends/ending"},
		may: []string{"std", "patchbay/backends", "patchbay/core/...", cniTypes, "self"},
		not: []string{"os/...", "net", "net/http/...", "syscall", "math/rand/..."},
		why: "the real node and the pretended one run exactly this",
	},
	{
		who: []string{"patchbay/sim/..."},
		may: []string{
			"std", "patchbay/sim/...", "patchbay/core/...", "patchbay/backends",
			"patchbay/backends/drive", "patchbay/backends/store", "patchbay/backends/ending",
			cniTypes, cniVersion,
		},
		why: "the simulator pretends what is real, so it must not touch it",
	},
	{
		who: []string{"patchbay/sim/..."},
		not: []string{
			"os/...", "net/http/...", "syscall", "math/rand/...", "crypto/rand",
			"runtime/...", "unsafe", "embed", "plugin",
		},
		why: "a run depends on its story and its choices and on nothing else",
	},
	{
		who:    []string{"patchbay/sim/..."},
		except: []string{"patchbay/sim/plugins", "patchbay/sim/invariant"},
		not:    []string{"net"},
		why:    "results of plugins have its types; nothing else has to do with sockets",
	},
	{
		who:    []string{"patchbay/sim/..."},
		except: []string{"patchbay/sim/explore", "patchbay/sim/fault"}, // a table made once
		not:    []string{"sync/..."},
		why:    "one thing happens at a time; only whole runs go side by side",
	},
	{
		who: []string{
			"patchbay/sim/kernel", "patchbay/sim/disk", "patchbay/sim/cluster",
			"patchbay/sim/chance", "patchbay/sim/errno",
		},
		not: []string{
			"patchbay/sim/world", "patchbay/sim/proc", "patchbay/sim/sched", "patchbay/sim/fault",
			"patchbay/sim/plugins", "patchbay/sim/invariant", "patchbay/sim/explore",
			"patchbay/backends/...",
		},
		why: "a part of the world is state and rules; who uses it, and what fails, is another matter",
	},
	{
		who: []string{"patchbay/core/...", "patchbay/backends/...", "patchbay/cmd/patchbay"},
		not: []string{"patchbay/sim/..."},
		why: "what pods get does not know that it can be pretended",
	},
	{
		who: []string{"patchbay/backends/real/..."}, except: []string{"patchbay/backends/real"},
		not: []string{"patchbay/backends/real/...", "patchbay/backends/drive/..."},
		why: "each part is exchanged alone, so it knows no sibling; backends/real puts them together",
	},
	{
		who: []string{"patchbay/core/...", "patchbay/backends/..."},
		not: []string{"patchbay/cmd/..."},
		why: "commands are thin: what others need does not belong to them",
	},
	{
		who:    []string{"patchbay/..."},
		except: []string{"patchbay/ci/...", "patchbay/backends/conformance/..."},
		not:    []string{"testing/...", "github.com/onsi/...", "pgregory.net/...", "patchbay/ci/..."},
		why:    "test code in a product brings its flags and its panics along",
	},
	{
		who: []string{"patchbay/..."},
		not: []string{"io/ioutil", "math/rand", "log", "expvar", "net/http/pprof"},
		why: "replaced by better, or does something by being imported",
	},
}

// reachable rules bind everything that a program is linked from.
var reachable = []rule{
	{
		who: []string{"patchbay/cmd/patchbay"},
		not: []string{"k8s.io/...", "sigs.k8s.io/controller-runtime/..."},
		why: "client-go doubles the start-up of every call (docs/adr/0004)",
	},
	{
		who: []string{"patchbay/cmd/patchbay"},
		not: []string{"testing", "net/http/httptest", "github.com/spf13/cobra"},
		why: "the plugin starts for every pod: it has no tests, no servers and no command tree",
	},
}

type listed struct {
	ImportPath    string
	Imports, Deps []string
}

// check returns one sentence for each import that a rule forbids.
func check(pkgs []listed, rules []rule, imports func(listed) []string) []string {
	var out []string
	for _, p := range pkgs {
		for _, r := range rules {
			if !matches(r.who, p, p.ImportPath) || matches(r.except, p, p.ImportPath) {
				continue
			}
			for _, i := range imports(p) {
				if r.forbids(p, i) {
					out = append(out, fmt.Sprintf("%s uses %s, but %s", p.ImportPath, i, r.why))
				}
			}
		}
	}
	return out
}

func (r rule) forbids(p listed, path string) bool {
	if within("self", p, path) {
		return false
	}
	return matches(r.not, p, path) || r.may != nil && !matches(r.may, p, path)
}

func matches(patterns []string, p listed, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return within(pattern, p, path)
	})
}

func within(pattern string, p listed, path string) bool {
	switch pattern {
	case "std":
		first, _, _ := strings.Cut(path, "/")
		return first != "patchbay" && !strings.Contains(first, ".")
	case "self":
		return within(p.ImportPath+"/...", p, path)
	}
	tree, below := strings.CutSuffix(pattern, "/...")
	return path == tree || below && strings.HasPrefix(path, tree+"/")
}
