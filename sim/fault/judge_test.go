package fault_test

import (
	"slices"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/fault"
)

// A run is operations in an order.
type step struct {
	by fault.Actor
	op fault.Op
}

func bridge(verb string) fault.Actor { return fault.Actor{Program: "bridge", Verb: verb} }

func aRun() []step {
	add, del := bridge("ADD"), bridge("DEL")
	undo := fault.Actor{Program: "patchbay", Verb: "ADD", Undoing: true}
	return []step{
		{add, fault.Op{Kind: fault.LinkAdd, On: "net1"}},
		{add, fault.Op{Kind: fault.LinkUp, On: "net1"}},
		{add, fault.Op{Kind: fault.LinkAdd, On: "net2"}},
		{del, fault.Op{Kind: fault.LinkDel, On: "net1"}},
		{add, fault.Op{Kind: fault.LinkAdd, On: "net1"}},
		{undo, fault.Op{Kind: fault.FileRemove, On: "c1@eth0.json"}},
		{del, fault.Op{Kind: fault.LinkDel, On: "net2"}},
	}
}

// struck is which operations of a run a judge lets go wrong.
func struck(j fault.Judge, run []step) []int {
	var at []int
	for i, s := range run {
		if j.Judge(s.by, s.op).How != fault.OK {
			at = append(at, i)
		}
	}
	return at
}

func TestAt(t *testing.T) {
	cases := []struct {
		line string
		want []int
	}{
		{"link.add #1: fail-before EBUSY", []int{0}},
		{"link.add net1 #2: fail-before EBUSY", []int{4}},
		{"link.add every: fail-before EBUSY", []int{0, 2, 4}},
		{"link.add net* #3 of bridge ADD: fail-before EBUSY", []int{4}},
		{"link.add every of macvlan: fail-before EBUSY", nil},
		{"link.add every of DEL: fail-before EBUSY", nil},
		{"link.del *2 #1 of bridge DEL: fail-before EBUSY", []int{6}},
		{"file.remove every of undoing: fail-before EIO", []int{5}},
		{"file.remove every of climbing: fail-before EIO", nil},
		{"file.remove *@*.json #1 of patchbay ADD undoing: crash-after", []int{5}},
	}
	for _, c := range cases {
		t.Run(c.line, func(t *testing.T) {
			f, err := fault.Parse(c.line)
			if err != nil {
				t.Fatal(err)
			}
			j := fault.NewAt(f)
			if got := struck(j, aRun()); !slices.Equal(got, c.want) {
				t.Errorf("it struck %v, want %v", got, c.want)
			}
			if missed := len(j.Missed()) > 0; missed != (c.want == nil) {
				t.Errorf("missed: %v", missed)
			}
		})
	}
}

func TestAtCountsForEachFault(t *testing.T) {
	first, second := mustParse(t, "link.add #1: fail-before EBUSY"),
		mustParse(t, "link.add #2: fail-before ENOMEM")
	j := fault.NewAt(first, second)
	if got := struck(j, aRun()); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("it struck %v", got)
	}
	healed := fault.NewAt(first, second)
	healed.Heal()
	if got := struck(healed, aRun()); got != nil {
		t.Errorf("healed, it struck %v", got)
	}
}

func mustParse(t *testing.T, line string) fault.Fault {
	t.Helper()
	f, err := fault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNth(t *testing.T) {
	busy, died := fault.Find("link.add fail-before EBUSY"), fault.Find("link.del crash-before")
	t.Run("one", func(t *testing.T) {
		j := fault.NewNth(3, busy)
		if got := struck(j, aRun()); !slices.Equal(got, []int{2}) || j.Missed() || j.Pending() {
			t.Errorf("it struck %v, missed %v, pending %v", got, j.Missed(), j.Pending())
		}
	})
	t.Run("two", func(t *testing.T) {
		j := fault.NewPair(1, busy, 3, died)
		if got := struck(j, aRun()); !slices.Equal(got, []int{0, 3}) || j.Missed() {
			t.Errorf("it struck %v, missed %v", got, j.Missed())
		}
	})
	t.Run("another kind", func(t *testing.T) {
		j := fault.NewNth(2, busy)
		if got := struck(j, aRun()); got != nil || !j.Missed() {
			t.Errorf("it struck %v, missed %v", got, j.Missed())
		}
	})
	t.Run("too late", func(t *testing.T) {
		j := fault.NewPair(1, busy, 100, died)
		if got := struck(j, aRun()); !slices.Equal(got, []int{0}) || !j.Pending() {
			t.Errorf("it struck %v, pending %v", got, j.Pending())
		}
	})
}

func TestRandomStrikesAsOftenAsAsked(t *testing.T) {
	op := fault.Op{Kind: fault.LinkAdd, On: "net1"}
	for _, perMillion := range []int{1_000, 20_000, 500_000} {
		const ops = 400_000
		j, n := fault.NewRandom(chance.Seed(1), fault.Options{PerMillion: perMillion}), 0
		for range ops {
			if j.Judge(fault.Actor{}, op).How != fault.OK {
				n++
			}
		}
		want := perMillion * (ops / 1_000) / 1_000
		if n < want*8/10 || n > want*12/10 {
			t.Errorf("%d of a million: struck %d of %d, want about %d", perMillion, n, ops, want)
		}
	}
}

func TestRandomHeedsItsOptions(t *testing.T) {
	strikes := func(o fault.Options, source chance.Source, kind fault.Kind) []*fault.Row {
		var rows []*fault.Row
		j := fault.NewRandom(source, o)
		for i := range 10_000 {
			if i == 9_000 {
				j.Heal()
			}
			out := j.Judge(fault.Actor{}, fault.Op{Kind: kind})
			if out.How == fault.OK {
				continue
			}
			if i >= 9_000 {
				t.Error("struck after healing")
			}
			rows = append(rows, fault.Match(kind, out))
		}
		return rows
	}
	many := fault.Options{PerMillion: 900_000}
	for _, r := range strikes(many, chance.Seed(7), fault.PluginAdd) {
		if r.Mark == fault.Outside {
			t.Errorf("%s is outside", r)
		}
	}
	few := fault.Options{PerMillion: 900_000, Most: 3}
	if n := len(strikes(few, chance.Seed(7), fault.LinkAdd)); n != 3 {
		t.Errorf("%d faults, want 3", n)
	}
	crashes := fault.Options{PerMillion: 900_000, Want: func(r *fault.Row) bool {
		return r.How == fault.CrashAfter
	}}
	for _, r := range strikes(crashes, chance.Seed(7), fault.LinkAdd) {
		if r.How != fault.CrashAfter {
			t.Errorf("%s was not wanted", r)
		}
	}
	if rows := strikes(crashes, chance.Seed(7), fault.LinkGet); rows != nil {
		t.Errorf("struck by %v, of which there is none", rows)
	}
	if rows := strikes(many, chance.Ordinary{}, fault.LinkAdd); rows != nil {
		t.Errorf("struck by %v without a choice", rows)
	}
	if rows := strikes(fault.Options{}, chance.Seed(7), fault.LinkAdd); rows != nil {
		t.Errorf("struck by %v though never is asked for", rows)
	}
}

func TestRandomReachesEveryRow(t *testing.T) {
	j := fault.NewRandom(chance.Seed(3), fault.Options{PerMillion: 999_999})
	for _, kind := range fault.Kinds() {
		seen := map[*fault.Row]bool{}
		for range 20_000 {
			if out := j.Judge(fault.Actor{}, fault.Op{Kind: kind}); out.How != fault.OK {
				seen[fault.Match(kind, out)] = true
			}
		}
		for _, r := range fault.RowsOf(kind) {
			if r.Mark != fault.Outside && !seen[r] {
				t.Errorf("%s never happens", r)
			}
		}
	}
}

func TestRecordTellsARandomRunAgain(t *testing.T) {
	for seed := range uint64(50) {
		var run []step
		for range 40 {
			run = append(run, aRun()...)
		}
		first := fault.NewRecord(
			fault.NewRandom(chance.Seed(seed), fault.Options{PerMillion: 50_000}))
		survey := fault.NewSurvey(first)
		want := struck(survey, run)
		var again []fault.Fault
		for _, f := range first.Faults() {
			again = append(again, mustParse(t, f.String()))
		}
		for i, f := range first.Fired() {
			if f.Ordinal != want[i]+1 || survey.Kinds[want[i]] != f.Op.Kind {
				t.Fatalf("%v: ordinal %d, want %d", f.Fault, f.Ordinal, want[i]+1)
			}
		}
		if !slices.Equal(again, first.Faults()) {
			t.Fatalf("seed %d: %v became %v", seed, first.Faults(), again)
		}
		if got := struck(fault.NewAt(again...), run); !slices.Equal(got, want) {
			t.Fatalf("seed %d: struck %v, and again %v", seed, want, got)
		}
	}
}

func BenchmarkNewRandom(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		fault.NewRandom(chance.Seed(1), fault.Options{PerMillion: 20_000})
	}
}

func BenchmarkNever(b *testing.B) { benchmark(b, fault.Never{}) }
func BenchmarkRandom(b *testing.B) {
	benchmark(b, fault.NewRandom(chance.Seed(1), fault.Options{PerMillion: 20_000}))
}

func BenchmarkAt(b *testing.B) {
	f, err := fault.Parse("link.add net* #100 of bridge ADD: fail-before EBUSY")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, fault.NewAt(f))
}

func benchmark(b *testing.B, j fault.Judge) {
	b.Helper()
	b.ReportAllocs()
	by, op := bridge("ADD"), fault.Op{Kind: fault.RouteAdd, On: "net1"}
	for b.Loop() {
		j.Judge(by, op)
	}
}
