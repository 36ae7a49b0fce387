package ctlout

import (
	"strings"
	"unicode/utf8"
)

// Cell is one field of a table.
type Cell struct {
	Text  string
	Style Style
}

// Cells makes a row of plain fields.
func Cells(texts ...string) []Cell {
	row := make([]Cell, 0, len(texts))
	for _, t := range texts {
		row = append(row, Cell{Text: t})
	}
	return row
}

// Table is a list of rows under a head. An empty cell is shown as "-".
type Table struct {
	Head   []string
	Indent int // spaces before each line
	Rows   [][]Cell
}

// Add appends a row.
func (t *Table) Add(row ...Cell) { t.Rows = append(t.Rows, row) }

// Table writes a table with aligned columns.
func (p *Page) Table(t Table) {
	widths := make([]int, len(t.Head))
	for i, h := range t.Head {
		widths[i] = utf8.RuneCountInString(h)
	}
	for _, row := range t.Rows {
		for i, c := range row {
			if i < len(widths) {
				widths[i] = max(widths[i], utf8.RuneCountInString(shown(c)))
			}
		}
	}
	head := make([]Cell, 0, len(t.Head))
	for _, h := range t.Head {
		head = append(head, Cell{h, Faint})
	}
	for _, row := range append([][]Cell{head}, t.Rows...) {
		p.row(row, widths, t.Indent)
	}
}

// row writes one line. The last column is not padded, so that no line ends
// with spaces.
func (p *Page) row(row []Cell, widths []int, indent int) {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent))
	for i, c := range row {
		text := shown(c)
		b.WriteString(p.Paint(c.Style, text))
		if i < len(row)-1 && i < len(widths) {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2))
		}
	}
	p.Say("%s", b.String())
}

func shown(c Cell) string {
	if c.Text == "" {
		return "-"
	}
	return c.Text
}
