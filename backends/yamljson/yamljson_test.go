package yamljson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/backends/yamljson"
	"patchbay/core/fail"
)

// laughs is a document in which each line stands for eight of the one before.
func laughs(lines int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x]\n")
	for i := 1; i < lines; i++ {
		alias := fmt.Sprintf("*a%d", i-1)
		_, _ = fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i,
			strings.Join([]string{alias, alias, alias, alias, alias, alias, alias, alias}, ","))
	}
	return b.String()
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an object", "a: 1\nb: ['2', null]\n", `{"a":1,"b":["2",null]}`},
		{"an alias", "a: &x [1]\nb: *x\n", `{"a":[1],"b":[1]}`},
		{"an alias of itself", "a: &x [*x]\n", `{"a":[null]}`},
		{"nothing", "# only a comment\n", "null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := yamljson.Decode([]byte(c.text))
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		line             int
	}{
		{"what is no YAML", "a: 1\nb: [\n", "", 2},
		{"brackets", strings.Repeat("[", 1<<19), "nested too deeply", 1},
		{"braces in keys", strings.Repeat("{a: ", 1<<17), "nested too deeply", 1},
		{"dashes", strings.Repeat("- ", 1<<18), "nested too deeply", 1},
		{"aliases of aliases", laughs(60), "stand for too much", 1},
		{"what JSON lacks", "a: .nan\n", "JSON can not say", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := yamljson.Decode([]byte(c.text))
			e, ok := errors.AsType[*yamljson.Error](err)
			if !ok || e.Line != c.line || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %#v, want line %d: %s", err, c.line, c.want)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, c := range []struct {
		size int
		ok   bool
	}{{0, true}, {yamljson.MaxFile, true}, {yamljson.MaxFile + 1, false}} {
		if err := os.WriteFile(path, make([]byte, c.size), 0o600); err != nil {
			t.Fatal(err)
		}
		raw, err := yamljson.ReadFile(path)
		if c.ok && (err != nil || len(raw) != c.size) || !c.ok && !fail.Is(err, fail.Invalid) {
			t.Errorf("%d bytes: got %d, %v", c.size, len(raw), err)
		}
	}
	if _, err := yamljson.ReadFile(path + "-"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a: &a [1]\nb: *a\n<<: *a\n"))
	f.Add([]byte(laughs(3)))
	f.Add([]byte("? - [{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := yamljson.Decode(text)
		if err != nil {
			e, ok := errors.AsType[*yamljson.Error](err)
			// A carriage return alone ends a line, too (YAML 1.2.2, §5.4).
			breaks := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r"))
			if !ok || e.Line < 1 || e.Line > 2+breaks {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q", got)
		}
	})
}
