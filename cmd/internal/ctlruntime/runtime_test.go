package ctlruntime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/version"

	"patchbay/cmd/internal/ctlruntime"
	"patchbay/core/fail"
	"patchbay/core/record"
)

// call is one run of a plugin.
type call struct {
	plugin string
	stdin  string
	env    map[string]string
}

func (c call) String() string { return c.env["CNI_COMMAND"] + " " + c.plugin }

// plugins run nothing: they note what they were given, answer with a result
// that names them, and fail where they are told to.
type plugins struct {
	version.PluginDecoder
	calls []call
	fails map[string]error // by verb and plugin: "ADD second"
}

func (p *plugins) FindInPath(name string, _ []string) (string, error) {
	return "/plugins/" + name, nil
}

func (p *plugins) ExecPlugin(
	_ context.Context, path string, stdin []byte, environ []string,
) ([]byte, error) {
	c := call{strings.TrimPrefix(path, "/plugins/"), string(stdin), map[string]string{}}
	for _, entry := range environ {
		key, value, _ := strings.Cut(entry, "=")
		c.env[key] = value
	}
	p.calls = append(p.calls, c)
	if err := p.fails[c.String()]; err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"cniVersion":"1.0.0","dns":{"domain":%q}}`, c.plugin), nil
}

func (p *plugins) said() []string {
	var out []string
	for _, c := range p.calls {
		out = append(out, c.String())
	}
	return out
}

func runtimeOf(t *testing.T, p *plugins) ctlruntime.Runtime {
	t.Helper()
	list, err := libcni.NetworkConfFromBytes([]byte(
		`{"cniVersion":"1.0.0","name":"node","plugins":[{"type":"first"},{"type":"second"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return ctlruntime.Runtime{List: list, Exec: p, Path: "/plugins", Dir: t.TempDir()}
}

func sandbox() ctlruntime.Sandbox {
	return ctlruntime.Of(record.Pod{Namespace: "demo", Name: "web", UID: "u"})
}

func TestLife(t *testing.T) {
	p := &plugins{}
	r, s := runtimeOf(t, p), sandbox()
	for _, do := range []func(context.Context, ctlruntime.Sandbox) error{r.Add, r.Check, r.Del, r.Del} {
		if err := do(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"ADD first", "ADD second", "CHECK first", "CHECK second",
		"DEL second", "DEL first", "DEL second", "DEL first",
	}
	if got := p.said(); !slices.Equal(got, want) {
		t.Errorf("called %q, want %q", got, want)
	}
	for i, wanted := range []string{"", "first", "second", "second", "second", "second", "", ""} {
		var got struct {
			PrevResult struct {
				DNS struct{ Domain string }
			}
		}
		if err := json.Unmarshal([]byte(p.calls[i].stdin), &got); err != nil {
			t.Fatal(err)
		}
		if got.PrevResult.DNS.Domain != wanted {
			t.Errorf("%s got %s, want the result of %q", want[i], p.calls[i].stdin, wanted)
		}
	}
	if err := r.Check(t.Context(), s); !fail.Is(err, fail.NotFound) {
		t.Errorf("CHECK of what is not up: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	p := &plugins{}
	if err := runtimeOf(t, p).Add(t.Context(), sandbox()); err != nil {
		t.Fatal(err)
	}
	env := p.calls[0].env
	const id = "e31527df83837deda875816fe46adad9"
	for key, want := range map[string]string{
		"CNI_CONTAINERID": id, "CNI_NETNS": "/run/netns/pb-demo-web",
		"CNI_IFNAME": "eth0", "CNI_PATH": "/plugins",
		"CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=demo;K8S_POD_NAME=web;" +
			"K8S_POD_INFRA_CONTAINER_ID=" + id + ";K8S_POD_UID=u",
	} {
		if env[key] != want {
			t.Errorf("%s is %q, want %q", key, env[key], want)
		}
	}
}

func TestFailures(t *testing.T) {
	no := fail.New(fail.Invalid, "no")
	t.Run("a failed ADD is undone", func(t *testing.T) {
		p := &plugins{fails: map[string]error{"ADD second": no}}
		err := runtimeOf(t, p).Add(t.Context(), sandbox())
		want := []string{"ADD first", "ADD second", "DEL second", "DEL first"}
		if !fail.Is(err, fail.Invalid) || !strings.HasSuffix(err.Error(), ": no") || !slices.Equal(p.said(), want) {
			t.Errorf("%v after %q", err, p.said())
		}
	})
	t.Run("a failed undo is told in the same sentence", func(t *testing.T) {
		p := &plugins{fails: map[string]error{
			"ADD first": no, "DEL second": fail.New(fail.Busy, "busy"),
		}}
		err := runtimeOf(t, p).Add(t.Context(), sandbox())
		if err == nil || !strings.Contains(err.Error(), "no; and the undo failed: ") ||
			!strings.HasSuffix(err.Error(), "busy") {
			t.Errorf("%v", err)
		}
	})
	t.Run("DEL stops at the first that fails", func(t *testing.T) {
		p := &plugins{fails: map[string]error{"DEL second": no}}
		err := runtimeOf(t, p).Del(t.Context(), sandbox())
		if err == nil || len(p.calls) != 1 {
			t.Errorf("%v after %q", err, p.said())
		}
	})
	t.Run("nothing begins when the caller has given up", func(t *testing.T) {
		p := &plugins{}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := runtimeOf(t, p).Add(ctx, sandbox()); err == nil || len(p.calls) > 0 {
			t.Errorf("%v after %q", err, p.said())
		}
	})
	t.Run("CHECK that is switched off checks nothing", func(t *testing.T) {
		p := &plugins{}
		r := runtimeOf(t, p)
		r.List.DisableCheck = true
		if err := r.Check(t.Context(), sandbox()); !fail.Is(err, fail.Invalid) {
			t.Errorf("%v", err)
		}
	})
}
