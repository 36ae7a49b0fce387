package ctlsim

import (
	"fmt"
	"strconv"

	"patchbay/sim/invariant"
)

// violation is a violation as a sentence.
func violation(v invariant.Violation) string {
	at := ""
	if v.Op > 0 {
		at = fmt.Sprintf(" (operation %d)", v.Op)
	}
	return fmt.Sprintf("%d %s: %s%s", v.Invariant, v.Name, v.Text, at)
}

func itoa(n int) string { return strconv.Itoa(n) }
