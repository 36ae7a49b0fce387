package netconf

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"patchbay/core/fail"
)

func TestSetKeepsEveryOtherByte(t *testing.T) {
	for _, c := range []struct{ name, in, key, value, want string }{
		{"new key", `{"a":1}`, "b", `2`, `{"a":1,"b":2}`},
		{"into nothing", `{ }`, "b", `2`, `{ "b":2}`},
		{"in its place", "{\n  \"a\": 1,\n  \"b\" : [1, 2]\n}", "a", `{}`, "{\n  \"a\": {},\n  \"b\" : [1, 2]\n}"},
		{"the last of two", `{"a":1,"a":2}`, "a", `3`, `{"a":1,"a":3}`},
		{
			"big numbers", `{"n":12345678901234567890.10,"a":1e400}`, "b", `0`,
			`{"n":12345678901234567890.10,"a":1e400,"b":0}`,
		},
		{"nested same key", `{"x":{"a":1}}`, "a", `2`, `{"x":{"a":1},"a":2}`},
		{"escaped key", `{"\u0061":1}`, "a", `2`, `{"\u0061":2}`},
		{"behind white space", " {\"a\":1 } \n", "b", `2`, " {\"a\":1,\"b\":2 } \n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Set([]byte(c.in), c.key, json.RawMessage(c.value))
			if err != nil || string(got) != c.want {
				t.Errorf("Set = %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestSetRefusesWhatIsNoObject(t *testing.T) {
	for _, in := range []string{``, `[]`, `{`, `{"a"}`, `{"a":1}{}`, `null`, `{"a":1} x`} {
		if got, err := Set([]byte(in), "a", json.RawMessage(`1`)); !fail.Is(err, fail.Decode) {
			t.Errorf("Set(%q) = %s, %v; want an error of kind decode", in, got, err)
		}
	}
	if _, err := Set([]byte(`{}`), "a", json.RawMessage(`nonsense`)); err == nil {
		t.Error("a value that is no JSON was spliced in")
	}
}

// FuzzSet checks that an edit changes the one key and nothing else.
func FuzzSet(f *testing.F) {
	f.Add([]byte(`{"a":1, "b":[1,{"c":null}]}`), "b")
	f.Add([]byte(`{"":{"\ud83d":0.10}}`), "")
	f.Add([]byte("{\"a\"\t:\n1e5}"), "zz")
	f.Fuzz(func(t *testing.T, object []byte, key string) {
		const value = `{"set":[true]}`
		got, err := Set(object, key, json.RawMessage(value))
		if err != nil {
			return
		}
		back, err := Get(got, key)
		if strings.ToValidUTF8(key, "") != key {
			return // JSON has no such key
		}
		if err != nil || string(back) != value {
			t.Fatalf("Get = %s, %v", back, err)
		}
		before, _ := members(object)
		after, err := members(got)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range before {
			if m.key == key {
				continue
			}
			n, _ := last(after, m.key)
			o, _ := last(before, m.key)
			if !bytes.Equal(object[o.start:o.end], got[n.start:n.end]) {
				t.Fatalf("key %q: %s became %s", m.key, object[o.start:o.end], got[n.start:n.end])
			}
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"name":"n","type":"patchbay","delegates":[{"type":"bridge","name":"x"}]}`))
	f.Add([]byte(`{"clusterNetwork":"a","globalNamespaces":"x, y","logOptions":{"maxAge":1}}`))
	f.Add([]byte(`{"delegates":[1],"delegateTimeoutSeconds":1e300}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseConfig(raw)
		if err != nil {
			return
		}
		if len(c.Delegates) == 0 && c.ClusterNetwork == "" {
			t.Fatal("a configuration without networks was accepted")
		}
		if !(c.DelegateTimeoutSeconds > 0) || !(c.APITimeoutSeconds > 0) {
			t.Fatal("a deadline that never, or always, has passed")
		}
		_ = Lint(raw)
	})
}

// FuzzParseNetwork covers what definitions hold: configurations of strangers.
func FuzzParseNetwork(f *testing.F) {
	f.Add([]byte(`{"type":"bridge","name":"x","ipam":{"type":"host-local"}}`), []byte(`{"a":1}`))
	f.Add([]byte(`{"plugins":[{"type":"a","capabilities":{"ips":true}},{"type":"b"}]}`), []byte(`{}`))
	f.Add([]byte(`{"plugins":[],"cniVersions":["1.0.0"]}`), []byte(`{"x":[1]}`))
	f.Fuzz(func(t *testing.T, raw, args []byte) {
		n, err := ParseNetwork(raw)
		if err != nil {
			return
		}
		named, err := n.WithName("name")
		if err != nil {
			t.Fatalf("a name can not be given: %v", err)
		}
		if withArgs, err := named.WithArgs(args); err == nil {
			named = withArgs
		}
		caps := json.RawMessage(`{"ips":["10.0.0.1"]}`)
		for i := range named.Plugins {
			in, err := named.Stdin(i, Inputs{Prev: []byte(`{}`), Capabilities: caps})
			if err != nil {
				t.Fatalf("plugin %d: %v", i, err)
			}
			if !json.Valid(in) {
				t.Fatalf("plugin %d gets no JSON: %s", i, in)
			}
		}
	})
}

func FuzzParseArgs(f *testing.F) {
	f.Add("IgnoreUnknown=1;K8S_POD_NAME=a")
	f.Add("a=b=c;;d=;")
	f.Fuzz(func(t *testing.T, text string) {
		args, err := ParseArgs(text)
		if err != nil {
			return
		}
		again, err := ParseArgs(args.String())
		if err != nil || !reflect.DeepEqual(args, again) {
			t.Fatalf("%q is read as %v, then as %v (%v)", text, args, again, err)
		}
		pod := PodArgs(args)
		seen := map[string]bool{}
		for _, a := range pod {
			if seen[a.Key] {
				t.Fatalf("%s twice in %v", a.Key, pod)
			}
			seen[a.Key] = true
		}
	})
}

// FuzzMembers compares the two ways in which an object is taken apart.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1, "b":[1,{"c":null}], "a": "\u0061"}`))
	f.Add([]byte(`{"\u0061":1}`))
	f.Add([]byte("{\"a\"\t:\n1e5}\v"))
	f.Add([]byte(`{"a":1,}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		got, ok := plainMembers(object)
		if !ok {
			return
		}
		want, err := decodedMembers(object)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q: %v, and not %v (%v)", object, got, want, err)
		}
	})
}

// FuzzQuoted compares our strings with those of encoding/json.
func FuzzQuoted(f *testing.F) {
	f.Add("plain")
	f.Add("<&>\"\\\u2028\xff")
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		if got := quoted(text); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s, and not %s (%v)", got, want, err)
		}
	})
}
