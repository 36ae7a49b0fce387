package plugins_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/backends"
	"patchbay/backends/real/plugins"
	"patchbay/core/fail"
)

// wall is real time, for what waits for processes.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leaps is a clock on which every look takes 90 s and waiting takes no time.
type leaps struct {
	now   time.Time
	slept []time.Duration
	woken func() error
}

func (c *leaps) Now() time.Time {
	c.now = c.now.Add(90 * time.Second)
	return c.now
}

func (c *leaps) Sleep(_ context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	if c.woken != nil {
		return c.woken()
	}
	return nil
}

func run(t *testing.T, part, stdin string) ([]byte, error) {
	t.Helper()
	return plugins.New(plugins.Options{Clock: wall{}}).Run(t.Context(), backends.Call{
		Path:  macvlan(t),
		Env:   map[string]string{"CNI_ARGS": "play=" + part},
		Stdin: []byte(stdin),
	})
}

func TestRunSucceeds(t *testing.T) {
	large := `{"ips":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, c := range []struct{ name, part, stdin, want string }{
		{"a result", "0::" + result, "", result},
		{"no output", "nothing", "{}", ""},
		{"standard input arrives whole", "echo", large, large},
		{"a plugin that does not read", "deaf", large, result},
		{"a plugin that writes much to standard error", "chatty", "", result},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := run(t, c.part, c.stdin)
			if err != nil || string(got) != c.want {
				t.Errorf("got %.200q, %v; want %.200q", got, err, c.want)
			}
		})
	}
}

func TestRunFails(t *testing.T) {
	for _, c := range []struct {
		name, part string
		kind       fail.Kind
		text       string
	}{
		{
			"an error of the plugin", `1:w:{"code":11,"msg":"no lease"}`, fail.Busy,
			`plugin macvlan: no lease; stderr: "w"`,
		},
		{
			"an error with exit status 0", `0::{"code":7,"msg":"bad mtu"}`, fail.Invalid,
			`plugin macvlan: bad mtu (though with exit status 0)`,
		},
		{
			"a result with exit status 3", `3::{"ips":[]}`, fail.Decode,
			`plugin macvlan: exit status 3, and its output is not a CNI error: "{\"ips\":[]}"`,
		},
		{
			"a signal", "crash", fail.Internal,
			`plugin macvlan: signal: terminated without an answer; stderr: "about to crash"`,
		},
		{"no JSON", "0:w:done", fail.Decode, `not one JSON object: "done"; stderr: "w"`},
		{"17 MiB", "flood", fail.Decode, `plugin macvlan: more than 16 MiB of output`},
		{"17 MiB unread", "stubborn flood", fail.Decode, `more than 16 MiB of output`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := run(t, c.part, `{"secret":"of the config"}`)
			if got != nil || !fail.Is(err, c.kind) || !strings.HasSuffix(err.Error(), c.text) {
				t.Errorf("got %q, %v (%s); want %s: %s", got, err, fail.Of(err), c.kind, c.text)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error has the configuration: %v", err)
			}
			if e, ok := errors.AsType[*types.Error](err); ok && e.Msg == "" {
				t.Errorf("the CNI error is lost: %+v", e)
			}
		})
	}
}

func TestRunPassesStderrOn(t *testing.T) {
	var stderr bytes.Buffer
	runner := plugins.New(plugins.Options{Clock: wall{}, Stderr: &stderr})
	call := backends.Call{Path: macvlan(t), Env: map[string]string{"CNI_ARGS": "play=chatty"}}
	if _, err := runner.Run(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if got := stderr.String(); len(got) != 4<<10 || !strings.HasSuffix(got, "\nthe last line") {
		t.Errorf("got %d bytes ending in %q", len(got), got[max(0, len(got)-80):])
	}
	stderr.Reset()
	call.Env["CNI_ARGS"] = "play=1:said in the error:x"
	if _, err := runner.Run(t.Context(), call); err == nil || stderr.Len() > 0 {
		t.Errorf("after the failure %v: also wrote %q", err, stderr.String())
	}
}

func TestRunGivesTheEnvironment(t *testing.T) {
	environ := []string{
		"HOME=/h", "CNI_NETNS=/ours", "CNI_IFNAME=eth0", "GORACE=atexit_sleep_ms=0", "XCNI_=kept",
		"CNI_ARGS=ours",
	}
	given := slices.Clone(environ)
	runner := plugins.New(plugins.Options{Clock: wall{}, Environ: environ})
	call := backends.Call{Path: macvlan(t), Env: map[string]string{
		"CNI_ARGS": "play=environ", "CNI_COMMAND": "ADD", "CNI_IFNAME": "net1",
	}}
	for range 2 { // a call leaves nothing for the next
		got, err := runner.Run(t.Context(), call)
		var answer struct{ Environ []string }
		if err == nil {
			err = json.Unmarshal(got, &answer)
		}
		want := []string{
			"HOME=/h", "GORACE=atexit_sleep_ms=0", "XCNI_=kept",
			"CNI_ARGS=play=environ", "CNI_COMMAND=ADD", "CNI_IFNAME=net1",
		}
		if err != nil || !slices.Equal(answer.Environ, want) {
			t.Fatalf("got %q, %v\nwant %q", answer.Environ, err, want)
		}
	}
	if !slices.Equal(environ, given) {
		t.Errorf("the caller's slice changed: %q", environ)
	}
}

func TestRunInheritsTheProcess(t *testing.T) {
	t.Setenv("PATCHBAY_INHERITED", "yes")
	t.Setenv("CNI_NETNS", "/not/for/delegates")
	got, err := run(t, "environ", "")
	if err != nil || !bytes.Contains(got, []byte("PATCHBAY_INHERITED=yes")) ||
		bytes.Contains(got, []byte("CNI_NETNS")) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRunRefuses(t *testing.T) {
	dir, plugin := t.TempDir(), macvlan(t)
	for _, c := range []struct {
		name, path, args string
		kind             fail.Kind
		text             string
	}{
		{"a name", "true", "", fail.Invalid, `plugin true: its path "true" is not absolute`},
		{"nothing", dir + "/x", "", fail.NotFound, "plugin x: can not be executed: no such file"},
		{"a directory", dir, "", fail.IO, "can not be executed: permission denied"},
		{
			"no program", install(t, dir, "text", 0o644), "", fail.IO,
			"plugin text: can not be executed: permission denied",
		},
		{"a NUL in a variable", plugin, "a\x00b", fail.Invalid, "can not be executed: "},
		{
			"a variable that is too long", plugin, strings.Repeat("x", 1<<20), fail.Invalid,
			"plugin macvlan: can not be executed: argument list too long",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := plugins.New(plugins.Options{Clock: wall{}}).Run(t.Context(),
				backends.Call{Path: c.path, Env: map[string]string{"CNI_ARGS": c.args}})
			if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v (%s); want %s: %s", err, fail.Of(err), c.kind, c.text)
			}
		})
	}
}

func TestRunWhileInstalled(t *testing.T) {
	program := func(t *testing.T) (string, *os.File) {
		t.Helper()
		self, err := os.ReadFile("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "macvlan")
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o700)
		if err == nil {
			_, err = file.Write(self)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return path, file
	}
	env := map[string]string{"CNI_ARGS": "play=0::" + result}

	t.Run("C098 an executable that is busy is tried again", func(t *testing.T) {
		path, file := program(t)
		clock := &leaps{}
		clock.woken = func() error {
			if len(clock.slept) == 3 {
				return file.Close()
			}
			return nil
		}
		got, err := plugins.New(plugins.Options{Clock: clock}).Run(t.Context(),
			backends.Call{Path: path, Env: env})
		if err != nil || string(got) != result {
			t.Errorf("got %s, %v after %v", got, err, clock.slept)
		}
	})
	t.Run("C098 for 6.3 s in all", func(t *testing.T) {
		path, _ := program(t)
		clock := &leaps{}
		_, err := plugins.New(plugins.Options{Clock: clock}).Run(t.Context(),
			backends.Call{Path: path, Env: env})
		if !fail.Is(err, fail.Busy) ||
			err.Error() != "plugin macvlan: can not be executed: text file busy" {
			t.Errorf("got %v (%s)", err, fail.Of(err))
		}
		var sum time.Duration
		for _, d := range clock.slept {
			sum += d
		}
		if sum != 6300*time.Millisecond || clock.slept[0] != 100*time.Millisecond {
			t.Errorf("waited %v", clock.slept)
		}
	})
	t.Run("C098 unless the context ends", func(t *testing.T) {
		path, _ := program(t)
		clock := &leaps{woken: func() error { return context.Canceled }}
		_, err := plugins.New(plugins.Options{Clock: clock}).Run(t.Context(),
			backends.Call{Path: path, Env: env})
		if !fail.Is(err, fail.Busy) || !errors.Is(err, context.Canceled) || len(clock.slept) != 1 {
			t.Errorf("got %v (%s) after %v", err, fail.Of(err), clock.slept)
		}
	})
}

func BenchmarkRun(b *testing.B) {
	runner := plugins.New(plugins.Options{Clock: wall{}})
	for _, c := range []struct{ name, path string }{
		{"true", "/bin/true"}, // what a process costs
		{"plugin", macvlan(b)},
	} {
		b.Run(c.name, func(b *testing.B) {
			call := backends.Call{
				Path:  c.path,
				Env:   map[string]string{"CNI_ARGS": "play=nothing", "CNI_COMMAND": "ADD"},
				Stdin: []byte(`{"cniVersion":"1.1.0","name":"red","type":"macvlan"}`),
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := runner.Run(b.Context(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func (wall) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

func (*leaps) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
