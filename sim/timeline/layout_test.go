package timeline

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/sim/invariant"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a run that somebody made up: two calls at once, a plugin within one of
// them, a fault, a crash, a power cut, and what did not hold then.
func sample() *Timeline {
	t := new(Timeline)
	add := func(ms int, e Event) int {
		e.At = time.Duration(ms) * time.Millisecond
		if e.Mark == 0 {
			e.Mark = Nothing
		}
		if e.Kind == Operation {
			t.Ops++
			e.Op = t.Ops
		} else if e.Kind != Exit {
			e.of = -1
		}
		t.Events = append(t.Events, e)
		return len(t.Events) - 1
	}
	op := func(ms, call int, m Mark, text string) {
		add(ms, Event{Kind: Operation, Call: call, Mark: m, Text: text, of: -1})
	}
	t.Calls = 4
	add(0, Event{Kind: Step, Text: "create p"})
	add(0, Event{Kind: Begin, Call: 1, Text: "ADD n0-1 p"})
	for i := range 9 {
		op(i, 1, Done, "file.store record")
	}
	run := add(10, Event{
		Kind: Operation, Call: 1, Mark: Failed, Text: "plugin.add bridge eth0", runs: true, of: -1,
		Detail: "no space left on device",
	})
	add(11, Event{
		Kind: Operation, Call: 1, Depth: 1, Mark: Done, Text: "link.add veth1", of: run,
	})
	add(12, Event{Kind: Begin, Call: 2, Text: "STATUS n0"})
	op(12, 2, Done, "dir.look records")
	op(12, 2, Crashed, "file.lock lock")
	add(13, Event{
		Kind: Operation, Call: 1, Depth: 1, Mark: Struck, of: run, Detail: "fail-before ENOSPC",
		Text: "file.create /var/lib/cni/networks/cbr0/10.244.0.2",
	})
	add(13, Event{Kind: End, Call: 2, Mark: Crashed, Text: "STATUS n0", Detail: "no answer"})
	add(14, Event{
		Kind: Exit, Call: 1, Mark: Failed, Text: "plugin.add bridge eth0", of: run,
		Detail: "failed to allocate: " + strings.Repeat("no space left on device ", 9),
	})
	op(15, 1, PowerCut, "file.remove record")
	add(15, Event{Kind: Boot, Text: "n0 boots"})
	add(15, Event{Kind: End, Call: 1, Mark: Crashed, Text: "ADD n0-1 p", Detail: "no answer"})
	for call := range 2 {
		add(20, Event{Kind: Begin, Call: 3 + call, Text: "DEL n0-1 p"})
		op(21, 3+call, Done, "file.remove record")
		add(22, Event{Kind: End, Call: 3 + call, Mark: Done, Text: "DEL n0-1 p"})
	}
	t.Add([]invariant.Violation{
		{Invariant: 42, Name: "NoLeakIP", Text: "10.244.0.2 is leased\nand more", At: 15 * time.Millisecond, Op: 14},
		{Invariant: 54, Name: "SameAsReference", Text: "a lease"},
	})
	return t
}

// golden compares with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("laid out:\n%s\nwant:\n%s", got, want)
	}
}

func TestLayout(t *testing.T) {
	golden(t, "near.txt", sample().Text(Near))
	golden(t, "all.txt", sample().Text(All))
}

func TestLinesFit(t *testing.T) {
	for _, d := range []Detail{Near, All} {
		for _, l := range sample().Lines(d) {
			if width(l.String()) > Width {
				t.Errorf("%d columns: %s", width(l.String()), l)
			}
		}
	}
}

// More calls at once than there are lanes share the last one.
func TestManyCallsAtOnce(t *testing.T) {
	tl := new(Timeline)
	for call := 1; call <= 7; call++ {
		tl.Calls++
		tl.Events = append(tl.Events,
			Event{Kind: Begin, Call: call, Mark: Nothing, Text: "ADD x", of: -1},
			Event{Kind: Operation, Call: call, Op: call, Mark: Struck, Text: "pod.get p", of: -1})
	}
	for call := 1; call <= 7; call++ {
		tl.Events = append(tl.Events, Event{Kind: End, Call: call, Mark: Done, Text: "ADD x", of: -1})
	}
	text := tl.Text(Near)
	if !strings.Contains(text, "[7] pod.get p") {
		t.Errorf("whose operation is it?\n%s", text)
	}
	for line := range strings.Lines(text) {
		if width(line) > Width+1 {
			t.Errorf("%d columns: %s", width(line), line)
		}
	}
}

func TestEventJSON(t *testing.T) {
	got, err := json.Marshal(Event{
		At: 1500 * time.Microsecond, Kind: Operation, Mark: Struck, Op: 3, Call: 1,
		Text: "pod.get p", Detail: "fail-before 503",
	})
	want := `{"ms":1.5,"kind":"operation","mark":"fault","operation":3,"call":1,` +
		`"text":"pod.get p","detail":"fail-before 503"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}
