package rawjson

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzLayout compares our layouts with those of encoding/json.
func FuzzLayout(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Add([]byte(` {"a" : [{}, [], {"b":[1,-2.5e+3 ,null,true]}],"c":"\"[ {,:\\"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var compact, indented bytes.Buffer
		if json.Compact(&compact, text) != nil {
			return
		}
		if got := AppendCompact(nil, text); !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("%s, and not %s", got, &compact)
		}
		if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
			t.Fatal(err)
		}
		if got := AppendIndent(nil, compact.Bytes(), "  "); !bytes.Equal(got, indented.Bytes()) {
			t.Fatalf("%s, and not %s", got, &indented)
		}
	})
}
