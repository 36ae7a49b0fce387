package ending_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/backends/ending"
	"patchbay/core/fail"
)

const result = `{"cniVersion":"1.0.0","interfaces":[{"name":"net1"}]}`

func ExampleParse() {
	_, err := ending.Parse(ending.Ending{
		Status: "exit status 1",
		Stdout: []byte(`{"cniVersion":"1.1.0","code":11,"msg":"no lease yet","details":"eth1"}`),
		Stderr: []byte("asked 192.0.2.1\n"),
	})
	said, _ := errors.AsType[*types.Error](err)
	fmt.Println(err)
	fmt.Println(said.Code, fail.Of(err))
	// Output:
	// no lease yet; eth1; stderr: "asked 192.0.2.1"
	// 11 busy
}

func TestParseAccepts(t *testing.T) {
	for _, c := range []struct{ name, stdout, want string }{
		{"nothing", "", ""},
		{"white space", " \r\n\t", ""},
		{"a result", result, result},
		{"a result on lines of its own", "\n" + result + "\n", result},
		{"an old result", `{"cniVersion":"0.2.0","ip4":{"ip":"192.0.2.1/24"},"code":1,"msg":"x"}`, "="},
		{"a version", `{"cniVersion":"1.1.0","supportedVersions":["1.1.0"]}`, "="},
		{"an empty object", `{}`, "="},
		{"a result that has a code", `{"code":7,"msg":"x","ips":[]}`, "="},
		{"a null code", `{"code":null,"msg":"x"}`, "="},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "=" {
				c.want = c.stdout
			}
			got, err := ending.Parse(ending.Ending{Stdout: []byte(c.stdout)})
			if err != nil || string(got) != c.want || (got == nil) != (c.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const exit1, killed = "exit status 1", "signal: killed"
	long := `"` + strings.Repeat("x", 200)
	for _, c := range []struct {
		name, status, stdout, stderr string
		kind                         fail.Kind
		text                         string
	}{
		// Exit status 0 with something else than a result.
		{
			"garbage", "", "hello\x1b[31m", "", fail.Decode,
			`its output is not one JSON object: "hello\x1b[31m"`,
		},
		{
			"two documents", "", `{"ips":[]}{}`, "", fail.Decode,
			`its output is not one JSON object: "{\"ips\":[]}{}"`,
		},
		{"a list", "", `[]`, "", fail.Decode, `its output is not one JSON object: "[]"`},
		{"null", "", `null`, "", fail.Decode, `its output is not one JSON object: "null"`},
		{
			"a text after the result", "", `{} done`, "w", fail.Decode,
			`its output is not one JSON object: "{} done"; stderr: "w"`,
		},
		{
			"half a result", "", `{"ips":[{"addr`, "", fail.Decode,
			`its output is not one JSON object: "{\"ips\":[{\"addr"`,
		},
		{
			"a long text", "", long, "", fail.Decode,
			`not one JSON object: "\"` + strings.Repeat("x", 119) + `"…`,
		},
		{
			"an error", "", `{"code":7,"msg":"bad mtu","ips":null}`, "", fail.Invalid,
			`bad mtu (though with exit status 0)`,
		},
		{
			"an error of code 0", "", `{"code":0,"msg":"well"}`, "", fail.Internal,
			`well (though with exit status 0)`,
		},
		{
			"an error that is none", "", `{"code":"7","msg":"x"}`, "", fail.Decode,
			`its output is neither a result nor a CNI error: "{\"code\":\"7\",\"msg\":\"x\"}"`,
		},
		// Another status.
		{"an error", exit1, `{"code":11,"msg":"busy"}`, " \n", fail.Busy, `busy`},
		{
			"an error and words", exit1, `{"code":100,"msg":"m","details":"d"}`, "a\nb\n",
			fail.Internal, `m; d; stderr: "a\nb"`,
		},
		{
			"an error without message", exit1, `{"code":100}`, "", fail.Internal,
			`CNI error 100 without a message`,
		},
		{
			"an error before the end", killed, `{"code":11,"msg":"busy"}`, "", fail.Busy,
			`busy (signal: killed)`,
		},
		{"silence", exit1, "", "", fail.Internal, `exit status 1 without an answer`},
		{
			"words", killed, "\n", "panic: x", fail.Internal,
			`signal: killed without an answer; stderr: "panic: x"`,
		},
		{
			"a result", exit1, `{"ips":[]}`, "", fail.Decode,
			`exit status 1, and its output is not a CNI error: "{\"ips\":[]}"`,
		},
		{
			"garbage and words", exit1, `Usage: x`, "no", fail.Decode,
			`exit status 1, and its output is not a CNI error: "Usage: x"; stderr: "no"`,
		},
		{
			"an error that is none", exit1, `{"code":-1}`, "", fail.Decode,
			`exit status 1, and its output is not a CNI error: "{\"code\":-1}"`,
		},
	} {
		t.Run(c.name+", "+c.status, func(t *testing.T) {
			got, err := ending.Parse(ending.Ending{
				Status: c.status, Stdout: []byte(c.stdout), Stderr: []byte(c.stderr),
			})
			if got != nil || err == nil {
				t.Fatalf("got %q, %v; want an error", got, err)
			}
			if !fail.Is(err, c.kind) || !strings.HasSuffix(err.Error(), c.text) {
				t.Errorf("got %q (%s)\nwant %q (%s)", err, fail.Of(err), c.text, c.kind)
			}
			_, reported := errors.AsType[*types.Error](err)
			_, ours := errors.AsType[*fail.Error](err)
			if reported == ours {
				t.Errorf("%v: a CNI error: %t, ours: %t; want one of both", err, reported, ours)
			}
		})
	}
}

func TestParseBoundsWhatAPluginSays(t *testing.T) {
	text := strings.Repeat("ü", 1<<20)
	_, err := ending.Parse(ending.Ending{Stdout: fmt.Appendf(nil,
		`{"code":100,"msg":%q,"details":%q}`, text, text)})
	if err == nil || len(err.Error()) > 10<<10 {
		t.Errorf("the error has %d bytes", len(fmt.Sprint(err)))
	}
}

func FuzzOutput(f *testing.F) {
	for _, stdout := range []string{
		"", " ", result, "{}", "{}{}", "[]", "null", "{", `{"code":7,"msg":"x"}`, `{"code":"7"}`,
		`{"CODE":7,"Msg":"x","code":null}`, `{"code":1e3,"msg":1}`, "\ufeff{}", "{}\x00",
		strings.Repeat(`{"a":`, 100), `{"\u0063ode":7,"msg":"x"}`,
	} {
		f.Add("", []byte(stdout), []byte(""))
		f.Add("exit status 1", []byte(stdout), []byte("stderr\n"))
	}
	f.Fuzz(func(t *testing.T, status string, stdout, stderr []byte) {
		got, err := ending.Parse(ending.Ending{Status: status, Stdout: stdout, Stderr: stderr})
		if err != nil {
			if got != nil {
				t.Errorf("output %q beside the error %v", got, err)
			}
			return
		}
		if status != "" {
			t.Errorf("%q passed for success", status)
		}
		if len(bytes.TrimSpace(stdout)) == 0 {
			if got != nil {
				t.Errorf("nothing became %q", got)
			}
			return
		}
		var object map[string]json.RawMessage
		decoder := json.NewDecoder(bytes.NewReader(stdout))
		if err = decoder.Decode(&object); err != nil || object == nil {
			t.Errorf("%q passed for an object: %v", stdout, err)
		}
		if _, err = decoder.Token(); !errors.Is(err, io.EOF) {
			t.Errorf("%q passed for one object", stdout)
		}
	})
}
