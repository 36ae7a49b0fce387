package timeline

import (
	"encoding/json"
	"time"
)

// document is an event as programs read it.
type document struct {
	At     float64 `json:"ms"`
	Kind   Kind    `json:"kind"`
	Mark   string  `json:"mark,omitempty"`
	Op     int     `json:"operation,omitempty"`
	Call   int     `json:"call,omitempty"`
	Depth  int     `json:"depth,omitempty"`
	Text   string  `json:"text"`
	Detail string  `json:"detail,omitempty"`
}

// names are the marks as words.
//
//nolint:gochecknoglobals // a constant table
var names = map[Mark]string{
	Done: "ok", Failed: "failed", Struck: "fault", Crashed: "killed", PowerCut: "power-cut",
	Violated: "violated", Open: "open",
}

// MarshalJSON writes an event with its time in virtual milliseconds and its mark
// as a word.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(document{
		At: float64(e.At) / float64(time.Millisecond), Kind: e.Kind, Mark: names[e.Mark],
		Op: e.Op, Call: e.Call, Depth: e.Depth, Text: e.Text, Detail: e.Detail,
	})
}
