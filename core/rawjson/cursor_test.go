package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// texts are those that a walk over JSON may get wrong.
func texts() []string {
	return []string{
		``, ` `, `{}`, ` { } `, `[]`, `[[],{}]`, `null`, `true`, `false`, `tru`, `nulls`,
		`{"a":1}`, `{"a":1,}`, `{,"a":1}`, `{"a" :1 , "b":[1,2 ]}`, `{"a"}`, `{"a":}`,
		`{"a":1 "b":2}`, `{1:2}`, `{"a":1}{}`, `{"a":1} x`, `{"a":1]`, `[1}`, `[1,]`, `[,1]`,
		`[1 2]`, `"`, `"a`, `"\`, `"\"`, `"\u12"`, `"\u12G4"`, `"\u00e9\n"`, `"\x"`, "\"\x01\"",
		"\"\xff\"", "\"\x7f\"", `0`, `-0`, `01`, `-`, `1.`, `.1`, `1.5e`, `1e+5`, `1E-05`, `+1`,
		`{"\u0061":1}`, "{\"\xc3\xa9\":1}", `{"a":{"b":{"c":[{"d":null}]}}}`, "\ufeff{}",
		"{\"a\"\t:\n1e5}\r\n", `{"a":1,"a":2}`, "{\"a\":1}\x00", "{\"a\":1}\v", "\x00",
		strings.Repeat("[", 1001) + strings.Repeat("]", 1001),
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	}
}

// FuzzCursor compares the cursor with encoding/json: it may give up, but what it
// takes encoding/json takes too, and finds the same in it.
func FuzzCursor(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if Valid(text) != json.Valid(text) {
			t.Fatalf("Valid(%q) = %v", text, Valid(text))
		}
		skipped := Over(text)
		skipped.Value()
		if skipped.Done() && !json.Valid(text) {
			t.Fatalf("%q is taken", text)
		}
		c := Over(text)
		keys, values := map[string]json.RawMessage{}, 0
		for c.Enter('{'); c.Next('}'); values++ {
			keys[string(c.Key())] = c.Value()
		}
		if !c.Done() {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil || len(want) != len(keys) {
			t.Fatalf("%q holds %q, and not %q (%v)", text, want, keys, err)
		}
		for key, value := range want {
			if !bytes.Equal(keys[key], value) {
				t.Fatalf("%q: %s is %q, and not %q", text, key, value, keys[key])
			}
		}
	})
}

// FuzzNumbers compares numbers with what encoding/json reads.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{`0`, `-0`, `17`, `1e3`, `9223372036854775808`, `+1`, `true`, `null`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var i int
		c := Over(text)
		if got := c.Int(); c.Done() && (json.Unmarshal(text, &i) != nil || got != i) {
			t.Fatalf("%s is %d, and not %d", text, got, i)
		}
		var u uint64
		c = Over(text)
		if got := c.Uint(); c.Done() && (json.Unmarshal(text, &u) != nil || got != u) {
			t.Fatalf("%s is %d, and not %d", text, got, u)
		}
		var b bool
		c = Over(text)
		if got := c.Bool(); c.Done() && (json.Unmarshal(text, &b) != nil || got != b) {
			t.Fatalf("%s is %v, and not %v", text, got, b)
		}
	})
}

// FuzzPlain compares plain strings with what encoding/json reads.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(`"a b~"`))
	f.Add([]byte(` "<&>'" `))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := Over(text)
		got := c.Text()
		if !c.Done() {
			return
		}
		var want string
		if err := json.Unmarshal(text, &want); err != nil || got != want {
			t.Fatalf("%q is %q, and not %q (%v)", text, want, got, err)
		}
	})
}

func TestCursorTakesWhatIsCommon(t *testing.T) {
	for _, text := range texts() {
		c := Over([]byte(text))
		c.Value()
		if deep := len(text) > 1000; !deep && c.Done() != json.Valid([]byte(text)) {
			t.Errorf("%q: taken: %v", text, c.Done())
		}
	}
}

func TestCursorStandsStillAfterAFailure(t *testing.T) {
	c := Over([]byte(`{"a":x,"b":1}`))
	c.Enter('{')
	c.Next('}')
	if key, value := c.Key(), c.Value(); string(key) != "a" || value != nil {
		t.Errorf("%q is %q", key, value)
	}
	if c.Next('}') || c.Key() != nil || c.Plain() != nil || c.Value() != nil || c.Done() {
		t.Error("it went on")
	}
}

func BenchmarkValid(b *testing.B) {
	text := []byte(`{"cniVersion":"1.0.0","name":"x","plugins":[{"type":"bridge","mtu":1500}]}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if !Valid(text) {
			b.Fatal("not valid")
		}
	}
}
