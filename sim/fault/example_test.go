package fault_test

import (
	"fmt"

	"patchbay/sim/fault"
)

// A fault is one line, and a row of the catalogue says what is owed then.
func Example() {
	f, err := fault.Parse("link.add net1 #2 of bridge ADD: fail-after EINTR")
	if err != nil {
		fmt.Println(err)
		return
	}
	judge := fault.NewAt(f)
	bridge := fault.Actor{Program: "bridge", Verb: "ADD"}
	for range 3 {
		out := judge.Judge(bridge, fault.Op{Kind: fault.LinkAdd, On: "net1"})
		fmt.Println(out.How, out.Err)
	}
	fmt.Printf("%s: %s, ADD %s; %s\n", f.Row.Name(), f.Row.Mark, f.Row.Expect.Of("ADD"), f.Row.Why)
	// Output:
	// ok <nil>
	// fail-after interrupted system call
	// ok <nil>
	// EINTR: degrade, ADD RT RB; it happened, and a signal came before its acknowledgement
}
