package ctlout_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"patchbay/cmd/internal/ctlout"
	"patchbay/core/fail"
)

type pod struct {
	Name  string `json:"podName"`
	Ready bool   `json:"ready"`
}

func TestPrint(t *testing.T) {
	value := []pod{{"<web>", true}}
	for _, c := range []struct {
		format ctlout.Format
		want   string
	}{
		{ctlout.Text, "seen\n"},
		{ctlout.JSON, "[\n  {\n    \"podName\": \"<web>\",\n    \"ready\": true\n  }\n]\n"},
		{ctlout.YAML, "- podName: <web>\n  ready: true\n"},
	} {
		t.Run(string(c.format), func(t *testing.T) {
			var b bytes.Buffer
			p := ctlout.Printer{Out: &b, Format: c.format}
			if err := p.Print(value, func(p *ctlout.Page) { p.Say("seen") }); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("printed %q, want %q", b.String(), c.want)
			}
		})
	}
}

func TestTable(t *testing.T) {
	table := ctlout.Table{Head: []string{"NAME", "AT", "LAST"}, Indent: 1}
	table.Add(ctlout.Cell{Text: "größer", Style: ctlout.Good}, ctlout.Cell{}, ctlout.Cell{Text: "x"})
	table.Add(ctlout.Cells("a", "long one", "")...)
	want := "" +
		" NAME    AT        LAST\n" +
		" größer  -         x\n" +
		" a       long one  -\n"
	if got := written(table, ctlout.Printer{}); got != want {
		t.Errorf("plain:\n%s\nwant:\n%s", got, want)
	}
	coloured := written(table, ctlout.Printer{Colour: true})
	if !strings.Contains(coloured, "\x1b[32mgrößer\x1b[0m  -         x") {
		t.Errorf("colours move the columns: %q", coloured)
	}
}

func written(table ctlout.Table, p ctlout.Printer) string {
	var b bytes.Buffer
	p.Out = &b
	p.Page().Table(table)
	return b.String()
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestOutputFails(t *testing.T) {
	for _, f := range []ctlout.Format{ctlout.Text, ctlout.JSON, ctlout.YAML} {
		p := ctlout.Printer{Out: full{}, Format: f}
		err := p.Print(pod{}, func(p *ctlout.Page) { p.Say("one"); p.Say("two") })
		if !fail.Is(err, fail.IO) {
			t.Errorf("%s: %v, want an IO error", f, err)
		}
	}
}
