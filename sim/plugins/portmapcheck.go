package plugins

import (
	"errors"
	"fmt"
)

// countRules fails when a chain has fewer rules of the container than it should.
func (c *call) countRules(table, name string, want int) error {
	if want == 0 {
		return nil
	}
	chain := c.host.Chain(table, name)
	if chain == nil {
		return errors.New("no such object")
	}
	for _, r := range chain.Rules {
		if r.Key == c.ContainerID {
			want--
		}
	}
	if want > 0 {
		return fmt.Errorf("missing hostport rules in %q chain", name)
	}
	return nil
}
