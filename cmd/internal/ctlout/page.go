package ctlout

import (
	"fmt"
	"io"
	"strings"

	"patchbay/core/fail"
)

// Style is what a piece of text means, as a person sees it.
type Style int

// The styles. They carry no information that the words do not.
const (
	Plain Style = iota
	Strong
	Faint
	Good
	Bad
	Doubtful
	Name // of an object
)

// codes are the ANSI attributes of the styles (ECMA-48 §8.3.117, SGR).
//
//nolint:gochecknoglobals // a constant table
var codes = [...]string{
	Plain: "", Strong: "1", Faint: "2", Good: "32", Bad: "31", Doubtful: "33", Name: "36",
}

// Page is text for a person. The first error of writing sticks and is returned
// by Err, so that what is written reads as what is seen.
type Page struct {
	out    io.Writer
	colour bool
	err    error
}

// Err returns the first error of writing.
func (p *Page) Err() error { return p.err }

// Say writes one line.
//
//nolint:goprintffuncname // a page is read, and "f" would be noise in each of its lines
func (p *Page) Say(format string, args ...any) {
	p.write(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// Title writes a heading, with a free line before it.
//
//nolint:goprintffuncname // as Say
func (p *Page) Title(format string, args ...any) {
	p.write("\n" + p.Paint(Strong, fmt.Sprintf(format, args...)) + "\n")
}

// Indented writes a text of several lines with some spaces before each.
func (p *Page) Indented(spaces int, text string) {
	before := strings.Repeat(" ", spaces)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		p.Say("%s%s", before, line)
	}
}

// Paint returns a text in a style, or the mere text where there are no colours.
func (p *Page) Paint(style Style, text string) string {
	if !p.colour || style <= Plain || int(style) >= len(codes) || text == "" {
		return text
	}
	return "\x1b[" + codes[style] + "m" + text + "\x1b[0m"
}

func (p *Page) write(text string) {
	if p.err != nil {
		return
	}
	if _, err := io.WriteString(p.out, text); err != nil {
		p.err = fail.New(fail.IO, "output: %w", err)
	}
}
