package fault

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Coverage counts which rows of the catalogue were let happen.
type Coverage struct{ rows []covered } // by place; the first stands for nothing

// covered is how often a row happened, and in how many of these runs all
// invariants and what the row expects were looked at.
type covered struct{ exercised, asserted int }

// NewCoverage returns a Coverage of nothing.
func NewCoverage() *Coverage { return &Coverage{make([]covered, len(Catalogue())+1)} }

// Add counts a row as exercised. One that is not in the catalogue does not count.
func (c *Coverage) Add(row *Row) {
	if row.at > 0 {
		c.rows[row.at].exercised++
	}
}

// Assert counts a row as asserted: the run in which it happened was judged by all
// invariants and by what the row expects.
func (c *Coverage) Assert(row *Row) {
	if row.at > 0 {
		c.rows[row.at].asserted++
	}
}

// Merge adds what another Coverage has counted.
func (c *Coverage) Merge(other *Coverage) {
	for i, o := range other.rows {
		c.rows[i].exercised += o.exercised
		c.rows[i].asserted += o.asserted
	}
}

// Of is how often a row was exercised, and how often asserted.
func (c *Coverage) Of(row *Row) (int, int) {
	return c.rows[row.at].exercised, c.rows[row.at].asserted
}

// Missing lists the rows that must be asserted, and never were: all but those
// outside.
func (c *Coverage) Missing() []*Row {
	var missing []*Row
	rows := Catalogue()
	for i := range rows {
		if rows[i].Mark != Outside && c.rows[i+1].asserted == 0 {
			missing = append(missing, &rows[i])
		}
	}
	return missing
}

// Cell is a kind of operation and a way to fail.
type Cell struct {
	Kind Kind   `json:"kind"`
	How  string `json:"how"`
	// Allowed is how many rows there are, less those outside; of these so many
	// were exercised at least once, and asserted.
	Allowed   int `json:"allowed"`
	Exercised int `json:"exercised"`
	Asserted  int `json:"asserted"`
	// Outside is how many rows nothing is promised for.
	Outside int `json:"outside,omitempty"`
}

// Cells sums up: operations times outcomes, those that can not be left out.
func (c *Coverage) Cells() []Cell {
	var cells []Cell
	rows := Catalogue()
	for i := range rows {
		r := &rows[i]
		last := len(cells) - 1
		if last < 0 || cells[last].Kind != r.Kind || cells[last].How != r.How.String() {
			cells = append(cells, Cell{Kind: r.Kind, How: r.How.String()})
			last++
		}
		cells[last].count(r.Mark, c.rows[r.at])
	}
	return cells
}

func (c *Cell) count(mark Mark, seen covered) {
	if mark == Outside {
		c.Outside++
		return
	}
	c.Allowed++
	c.Exercised += min(seen.exercised, 1)
	c.Asserted += min(seen.asserted, 1)
}

// Print writes the cells as a table, the sum, and what is missing.
func (c *Coverage) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	sum := Cell{Kind: "all"}
	_, _ = fmt.Fprintln(table, "operation\toutcome\tallowed\texercised\tasserted\toutside")
	line := func(x Cell) { // the writer remembers an error until it is flushed
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\n",
			x.Kind, x.How, x.Allowed, x.Exercised, x.Asserted, x.Outside)
	}
	for _, x := range c.Cells() {
		line(x)
		sum.Allowed += x.Allowed
		sum.Exercised += x.Exercised
		sum.Asserted += x.Asserted
		sum.Outside += x.Outside
	}
	line(sum)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("coverage can not be printed: %w", err)
	}
	var missing strings.Builder
	for _, r := range c.Missing() {
		missing.WriteString("missing: " + r.ID + "\n")
	}
	if _, err := io.WriteString(w, missing.String()); err != nil {
		return fmt.Errorf("coverage can not be printed: %w", err)
	}
	return nil
}

// MarshalJSON writes the cells and the IDs of what is missing.
func (c *Coverage) MarshalJSON() ([]byte, error) {
	missing := []string{}
	for _, r := range c.Missing() {
		missing = append(missing, r.ID)
	}
	slices.Sort(missing)
	return json.Marshal(struct {
		Cells   []Cell   `json:"cells"`
		Missing []string `json:"missing"`
	}{c.Cells(), missing})
}
