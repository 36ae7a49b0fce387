package node_test

import (
	"errors"
	"fmt"
	"testing"
)

// TestKilledAmongOthers kills every other ADD of many that run at once, each at
// another moment, and ends those sandboxes by DEL or by GC. Their neighbours on
// the same bridges and in the same address stores must not notice.
func TestKilledAmongOthers(t *testing.T) {
	program(t)
	for name, end := range map[string]func(testing.TB, *machine, []pod, []pod){
		"DEL": func(t testing.TB, m *machine, killed, _ []pod) {
			t.Helper()
			each(t, killed, func(p pod) error {
				return m.do(t, call{verb: "DEL", pod: p})
			})
		},
		"GC": func(t testing.TB, m *machine, _, alive []pod) {
			t.Helper()
			m.must(t, call{verb: "GC", config: validOnly(alive...)})
		},
	} {
		t.Run("then "+name, func(t *testing.T) {
			m := newMachine(t)
			pods := m.pods(t, manyPods/2)
			before := m.look(t)
			killed, alive := m.killSome(t, pods)
			end(t, m, killed, alive)
			for _, p := range killed {
				wantSame(t, p.String(), []string{"interface lo"}, links(t, p.netns))
			}
			wantUnique(t, alive)
			each(t, alive, func(p pod) error {
				return errors.Join(
					m.do(t, call{verb: "CHECK", pod: p}), m.do(t, call{verb: "DEL", pod: p}))
			})
			m.wantClean(t, before, pods...)
		})
	}
}

// killSome attaches pods, and kills every second ADD. It returns the pods of
// those, and the others.
func (m *machine) killSome(t testing.TB, pods []pod) ([]pod, []pod) {
	t.Helper()
	var killed, alive []pod
	calls := map[string]call{}
	for i, p := range pods {
		c := call{verb: "ADD", pod: p}
		if i%2 == 1 {
			c.crashAt = 1 + i/2*7%38 // of the moments that an ADD of these pods has
			killed = append(killed, p)
		} else {
			alive = append(alive, p)
		}
		calls[p.name] = c
	}
	each(t, pods, func(p pod) error {
		c := calls[p.name]
		err := m.do(t, c)
		if (c.crashAt != 0) != errors.Is(err, errKilled) {
			return fmt.Errorf("killed at moment %d: got %w", c.crashAt, err)
		}
		if c.crashAt != 0 {
			return nil
		}
		return err
	})
	return killed, alive
}
