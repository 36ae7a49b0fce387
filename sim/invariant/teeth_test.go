package invariant_test

import (
	"slices"
	"testing"

	"patchbay/sim/fault"
	"patchbay/sim/invariant"
	"patchbay/sim/proc"
)

// tooth is a history in which one invariant does not hold.
type tooth struct {
	number int
	about  string
	config string
	bite   func(h *hand)
	also   []int // others that the same history can not but hurt
}

// TestTeeth does everything wrong, one thing at a time. Every invariant that this
// package looks at must notice, or nobody knows that it can.
func TestTeeth(t *testing.T) {
	bitten := map[int]bool{}
	for _, x := range slices.Concat(ownTeeth, verbTeeth, answerTeeth, restTeeth) {
		t.Run(invariant.Rows()[x.number-1].Name+" "+x.about, func(t *testing.T) {
			h := newHand(t, x.config)
			x.bite(h)
			got := h.numbers()
			if !slices.Contains(got, x.number) {
				t.Errorf("%d was not reported, but %v", x.number, got)
			}
			for i, n := range got {
				if n != x.number && !slices.Contains(x.also, n) {
					t.Errorf("reported too: %s", h.c.Violations()[i].String())
				}
			}
			for _, v := range h.c.Violations() {
				if v.Text == "" || v.Name == "" {
					t.Errorf("a violation without words: %+v", v)
				}
			}
			t.Log(h.c.Violations())
			bitten[x.number] = true
		})
	}
	for _, r := range invariant.Rows() {
		if r.Checked() && r.When != invariant.Compare && !bitten[r.Number] {
			t.Errorf("%d %s is looked at, and no history hurts it", r.Number, r.Name)
		}
	}
}

// TestSilence does the same right.
func TestSilence(t *testing.T) {
	h := newHand(t, "")
	b := h.box("")
	h.added(b, "10.1.0.2")
	d := h.begin("CHECK", b)
	d.end(nil)
	other := h.box("")
	h.added(other, "10.1.0.3")
	h.deleted(b, "10.1.0.2")
	h.begin("GC", nil).end(nil)
	h.deleted(other, "10.1.0.3")
	h.begin("DEL", other).end(nil)
	for _, v := range h.c.Violations() {
		t.Error(v.String())
	}
}

// TestOff switches one off.
func TestOff(t *testing.T) {
	h := newHand(t, "")
	h.c.Off(3)
	d := h.begin("ADD", h.box(""))
	d.attach("10.1.0.2")
	if got := h.numbers(); len(got) > 0 {
		t.Error(got)
	}
}

// TestSecondADDThatIsRefused leaves the first as it was.
func TestSecondADDThatIsRefused(t *testing.T) {
	h := newHand(t, "")
	b := h.box("")
	h.added(b, "10.1.0.2")
	h.begin("ADD", b).end(errSome)
	by(h, func(d *deed, p *proc.Proc) {
		d.op(p, fault.FileRemove, "x", func() error {
			return d.n.Disk.Remove(leaseDir + "10.1.0.2")
		})
	})
	if got := h.numbers(); len(got) != 1 || got[0] != 35 {
		t.Errorf("the first is not attached any more: %v", h.c.Violations())
	}
}
