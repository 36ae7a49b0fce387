package drive_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
)

const plainConfig = `"delegates":[{"cniVersion":"1.0.0","name":"pri","plugins":[` +
	`{"type":"pri"},{"type":"portmap"}]}]`

func TestOnePluginGoneForGoodAndOneForNow(t *testing.T) {
	req := memoryRequest(t, plainConfig)
	m := newMemory("")
	d := driverOf(m)
	if _, err := d.Add(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	m.absent["portmap"] = true
	m.fails["DEL pri"] = fail.New(fail.Transient, "did not answer within 90s")
	if err := d.Del(t.Context(), req); err == nil || fail.Is(err, fail.Broken) {
		t.Errorf("the first DEL: %v of kind %v", err, fail.Of(err))
	}
	if len(m.aside) > 0 || len(m.records) != 1 {
		t.Errorf("set aside, though asking again may help: %v", m.aside)
	}
	delete(m.fails, "DEL pri")
	if err := d.Del(t.Context(), req); !fail.Is(err, fail.Broken) ||
		!strings.Contains(err.Error(), "portmap") {
		t.Errorf("the second DEL: %v", err)
	}
	if left := m.left(); !slices.Equal(left, []string{"portmap eth0", "result pri-c1-eth0"}) ||
		len(m.aside) != 1 {
		t.Errorf("left: %q, set aside: %v", left, m.aside)
	}
}

func TestDELOfWhatWasNeverRecordedEnds(t *testing.T) {
	for name, spoil := range map[string]func(*memory){
		"a plugin is not installed": func(m *memory) { m.absent["red"] = true },
		"a plugin always fails": func(m *memory) {
			m.fails["DEL red"] = fail.New(fail.Invalid, "no master")
			delete(m.defs, "dev/green") // for which ADD is refused
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory("red,green")
			spoil(m)
			req, d := memoryRequest(t, plainConfig), driverOf(m)
			if _, err := d.Add(t.Context(), req); err == nil {
				t.Fatal("ADD was not refused")
			}
			var err error
			for range 25 {
				if err = d.Del(t.Context(), req); err == nil {
					break
				}
				if !strings.Contains(err.Error(), "dev/p") || !strings.Contains(err.Error(), "red") {
					t.Errorf("without pod or network: %v", err)
				}
			}
			if err != nil {
				t.Errorf("the pod is stuck for ever: %v", err)
			}
			if len(m.records) > 0 || len(m.aside) != len(m.fails) {
				t.Errorf("kept: %v, set aside: %v", m.records, m.aside)
			}
		})
	}
}

func TestGuessKeepsAStranger(t *testing.T) {
	m := newMemory("red,green")
	m.links["net1"] = "stranger"
	m.fails["DEL red"] = fail.New(fail.Transient, "not now")
	req, d := memoryRequest(t, plainConfig), driverOf(m)
	if _, err := d.Add(t.Context(), req); err == nil {
		t.Fatal("ADD was not refused")
	}
	if err := d.Del(t.Context(), req); err == nil {
		t.Fatal("DEL succeeded")
	}
	clear(m.fails)
	if err := d.Del(t.Context(), req); err != nil {
		t.Error(err)
	}
	if m.links["net1"] != "stranger" || len(m.left()) > 0 || len(m.broken) > 0 {
		t.Errorf("links %v, left %q, broken %q", m.links, m.left(), m.broken)
	}
}

func TestUnreadableRecord(t *testing.T) {
	attach := func(t *testing.T) (*memory, need.Request) {
		t.Helper()
		m, req := newMemory("red,green"), memoryRequest(t, plainConfig)
		if _, err := driverOf(m).Add(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		clear(m.results)
		m.torn = true
		return m, req
	}
	t.Run("all that it had is known", func(t *testing.T) {
		m, req := attach(t)
		if err := driverOf(m).Del(t.Context(), req); err != nil {
			t.Error(err)
		}
		if len(m.left()) > 0 || len(m.aside) > 0 {
			t.Errorf("left %q, set aside %v", m.left(), m.aside)
		}
	})
	t.Run("one network is not known any more: somebody has to look", func(t *testing.T) {
		m, req := attach(t)
		delete(m.defs, "dev/red")
		if err := driverOf(m).Del(t.Context(), req); err != nil {
			t.Error(err)
		}
		if left := m.left(); !slices.Equal(left, []string{"net1", "red net1"}) ||
			len(m.aside) != 1 {
			t.Errorf("left %q, set aside %v", left, m.aside)
		}
	})
}
