package troubleshoot_test

import (
	"strconv"
	"strings"
	"testing"
)

// TestWrongInputs runs the plugin with every wrong input, and compares what it
// says with what its row in the documentation promises.
func TestWrongInputs(t *testing.T) {
	rows := inputRows(t)
	for _, w := range wrongs {
		t.Run(w.row+" "+w.networks+w.instead, func(t *testing.T) {
			n := newNode(t, w)
			stdin := w.stdin
			if stdin == "" {
				stdin = n.conf(w.conf)
			}
			var env []string
			for _, e := range w.env {
				env = append(env, n.expand(e))
			}
			before := n.seen()
			got := n.add(stdin, env...)
			n.untouched(before)
			if got.Code != w.code {
				t.Errorf("code %d, want %d: %s", got.Code, w.code, got.Msg)
			}
			for _, s := range w.says {
				if !strings.Contains(got.Msg, n.expand(s)) {
					t.Errorf("it does not say %q: %s", n.expand(s), got.Msg)
				}
			}
			row, ok := rows[w.row]
			if !ok {
				t.Fatalf("no row for: %s", got.Msg)
			}
			if !pattern(row[1]).MatchString(got.Msg) {
				t.Errorf("the documentation promises %s, and it says\n%s", row[1], got.Msg)
			}
			if code := strconv.FormatUint(uint64(got.Code), 10); row[2] != code {
				t.Errorf("the documentation promises code %s, and it is %s", row[2], code)
			}
		})
	}
}
