package result

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzIndent compares our layout with that of encoding/json.
func FuzzIndent(f *testing.F) {
	for _, text := range []string{
		`{"a":[{},[],{"b":[1,-2.5e+3,null,true]}],"c":"\"[{,:\\"}`, `[[[]],""]`, `1`, `"\\"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var compact, got, want bytes.Buffer
		if json.Compact(&compact, text) != nil {
			return
		}
		if err := json.Indent(&want, compact.Bytes(), "", "    "); err != nil {
			t.Fatal(err)
		}
		if indent(&got, compact.Bytes()); got.String() != want.String() {
			t.Fatalf("%s, and not %s", &got, &want)
		}
	})
}
