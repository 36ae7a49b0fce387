package store_test

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"patchbay/backends/store"
	"patchbay/core/fail"
	"patchbay/core/record"
	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

// profiles are the file systems that the store is tried on.
var profiles = []struct {
	name string
	disk.Profile
}{
	{"as POSIX promises", disk.POSIX()},
	{"as ext4 is", disk.Ext4()},
}

// begin is where a story begins: an empty node, as after its installation.
func begin(t *testing.T, p disk.Profile) *disk.Disk {
	t.Helper()
	d := disk.New(p)
	for _, path := range []string{"/var", "/var/lib", "/var/lib/cni"} {
		if err := d.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.Sync()
	return d
}

// doing is a thing that a process does with a store.
type doing func(*store.Store) error

func save(t *testing.T, seq uint64) doing {
	t.Helper()
	return func(s *store.Store) error {
		unlock, err := s.Lock(t.Context(), sample(seq).Key())
		if err != nil {
			return err
		}
		defer unlock()
		return s.Save(t.Context(), sample(seq))
	}
}

func results(t *testing.T, seq uint64) doing {
	t.Helper()
	return func(s *store.Store) error {
		return s.SaveResult(t.Context(), sample(seq), "net1", result(seq))
	}
}

func result(seq uint64) []byte { return fmt.Appendf(nil, `{"cniVersion":"1.0.%d"}`, seq) }

func drop(t *testing.T) doing {
	t.Helper()
	return func(s *store.Store) error { return s.Drop(t.Context(), sample(1).Key()) }
}

func quarantine(t *testing.T) doing {
	t.Helper()
	return func(s *store.Store) error {
		return s.Quarantine(t.Context(), sample(1).Key(), "net1 stays busy")
	}
}

// story is what processes do one after the other. Each but the last may be
// killed, by which the others are not disturbed; during or after the last the
// power goes.
type story struct {
	name  string
	steps []doing
	// want says what is wrong with what is left. In done is which of the steps
	// were done.
	want func(t *testing.T, s *store.Store, done []bool) string
}

// TestThePowerGoes tries every power cut: at each call of the last process and
// after it, with each call of one process before it being that one's last or
// none, and each state that the disk may then be in.
func TestThePowerGoes(t *testing.T) {
	for _, p := range profiles {
		for _, s := range stories(t) {
			t.Run(s.name+", "+p.name, func(t *testing.T) {
				t.Parallel()
				seen := map[string]states{} // by which steps were done
				for every := new(chance.Every); every.Next(); {
					d, done := play(t, s, p.Profile, every)
					if d == nil {
						continue
					}
					key := fmt.Sprint(done)
					if seen[key] == nil {
						seen[key] = states{}
					}
					seen[key].cut(d, func(left *disk.Disk, choices []int) {
						if text := wrong(t, s, left, done); text != "" {
							t.Fatalf("choices %v and %v, done %v: %s\nbefore:\n%s\nafter:\n%s",
								every.List(), choices, done, text, d.Dump(), left.Dump())
						}
					})
				}
			})
		}
	}
}

// TestTwoAreKilled before a third process saves: whatever the two have left
// half done, what the third says is saved is there after any power cut.
func TestTwoAreKilled(t *testing.T) {
	seen := states{}
	for first := range calls {
		for second := range calls {
			d := begin(t, disk.POSIX())
			(&process{disk: d, left: first}).run(t, save(t, 1))
			done := (&process{disk: d, left: second}).run(t, save(t, 2))
			(&process{disk: d, left: never}).run(t, save(t, 3))
			seen.cut(d, func(left *disk.Disk, choices []int) {
				s := (&process{disk: left, left: never}).store()
				if text := loads(t, s, 3); text != "" {
					t.Fatalf("killed at calls %d and %d, choices %v: %s", first, second, choices, text)
				}
			})
			if done {
				break
			}
		}
	}
}

// never is no call.
const never = -1

// calls is more than a process of a story makes.
const calls = 24

// play runs a story with the choices of a source, up to the power cut. It says
// which steps were done. The disk is nil when it is the same as with others.
func play(
	t *testing.T, s story, profile disk.Profile, source chance.Source,
) (*disk.Disk, []bool) {
	t.Helper()
	d := begin(t, profile)
	killed := source.Choose(chance.Fault, len(s.steps)+1) - 1 // the last is: by the power cut
	var done []bool
	for i, step := range s.steps {
		p := &process{disk: d, left: never}
		if i == killed {
			p.left = source.Choose(chance.Fault, calls)
		}
		last := p.left == calls-1
		done = append(done, p.run(t, step))
		switch {
		case last && !done[i]:
			t.Fatal("the process makes more calls than are tried")
		case i == killed && done[i]:
			return nil, nil // it made fewer calls: as if nobody had been killed
		}
	}
	return d, done
}

// states are those that were looked at.
type states map[uint64]bool

// cut calls look with every new state that a power cut can leave, and the choices
// that lead there.
func (seen states) cut(d *disk.Disk, look func(left *disk.Disk, choices []int)) {
	for every := new(chance.Every); every.Next(); {
		left := d.Clone()
		left.PowerCut(func(n int) int { return every.Choose(chance.Disk, n) })
		if h := left.Hash(); !seen[h] {
			seen[h] = true
			look(left, every.List())
		}
	}
}

// wrong says what is wrong with what is left.
func wrong(t *testing.T, s story, left *disk.Disk, done []bool) string {
	t.Helper()
	p := &process{disk: left, left: never}
	if text := s.want(t, p.store(), done); text != "" {
		return text
	}
	return goesOn(t, p)
}

// goesOn checks that the store works again, whatever was left.
func goesOn(t *testing.T, p *process) string {
	t.Helper()
	s := p.store()
	if _, err := s.List(t.Context()); err != nil {
		return "then List: " + err.Error()
	}
	p.run(t, save(t, 9))
	if text := loads(t, s, 9); text != "" {
		return "then Save: " + text
	}
	p.run(t, drop(t))
	keys, err := s.List(t.Context())
	for _, key := range keys {
		if _, err = s.Load(t.Context(), key); err == nil {
			err = s.Quarantine(t.Context(), key, "test") // what results were left
		}
	}
	if err != nil && !fail.Is(err, fail.Decode) {
		return "then Drop: " + err.Error()
	}
	return ""
}

// loads says what is wrong unless Load gives the record of one of the numbers,
// whole, from our own file; 0 is none.
func loads(t *testing.T, s *store.Store, seqs ...uint64) string {
	t.Helper()
	r, err := s.Load(t.Context(), sample(1).Key())
	for _, seq := range seqs {
		if seq == 0 && fail.Is(err, fail.NotFound) ||
			seq > 0 && err == nil && reflect.DeepEqual(r, sample(seq)) {
			return ""
		}
	}
	return fmt.Sprintf("Load: want one of %v; got record %d of origin %q with %d attachments, %v",
		seqs, r.Seq, r.Origin, len(r.Attachments), err)
}

// loadsOrRebuilds is loads, but that a whole record may come from what Multus
// reads, or be set aside loudly where nothing of that can be believed.
func loadsOrRebuilds(t *testing.T, s *store.Store, seqs ...uint64) string {
	t.Helper()
	r, err := s.Load(t.Context(), sample(1).Key())
	if err == nil && r.Origin == record.OriginScratch && len(r.Attachments) == 2 {
		return ""
	}
	if fail.Is(err, fail.Decode) {
		q, err := s.Quarantined(t.Context())
		if err != nil || len(q) != 1 {
			return fmt.Sprintf("the quarantine has %d records, %v", len(q), err)
		}
		return ""
	}
	return loads(t, s, seqs...)
}

func stories(t *testing.T) []story {
	t.Helper()
	return []story{
		{"the first save", []doing{save(t, 1)}, wantSaved},
		{"a second save", []doing{save(t, 1), save(t, 2)}, wantSaved},
		{"a result", []doing{save(t, 1), results(t, 1)}, wantResult},
		{"a second result", []doing{save(t, 1), results(t, 1), results(t, 2)}, wantResult},
		{"a drop", []doing{save(t, 1), drop(t)}, wantDropped},
		{"a quarantine", []doing{save(t, 1), quarantine(t)}, wantAside},
		{"two quarantines", []doing{save(t, 1), quarantine(t), quarantine(t)}, wantAside},
		{"a save after a drop", []doing{save(t, 1), drop(t), save(t, 3)}, wantLast},
	}
}

// wantSaved wants the last record of which the save was done, or a later one.
func wantSaved(t *testing.T, s *store.Store, done []bool) string {
	t.Helper()
	may := []uint64{0}
	for i, ok := range done {
		if ok {
			may = may[:0]
		}
		may = append(may, uint64(i+1))
	}
	if may[0] == 0 {
		return loadsOrRebuilds(t, s, may...)
	}
	return loads(t, s, may...)
}

// wantLast wants the third record if its save was done, else anything whole.
func wantLast(t *testing.T, s *store.Store, done []bool) string {
	t.Helper()
	if done[2] {
		return loads(t, s, 3)
	}
	return loadsOrRebuilds(t, s, 0, 1, 3)
}

// wantResult wants the record, and a result that is whole, missing, or refused.
func wantResult(t *testing.T, s *store.Store, done []bool) string {
	t.Helper()
	if !done[0] {
		return "" // the other stories are about that
	}
	if text := loads(t, s, 1); text != "" {
		return text
	}
	got, err := s.Result(t.Context(), sample(1), "net1")
	switch {
	case fail.Is(err, fail.Decode), err == nil && got == nil:
	case err != nil || !bytes.Equal(got, result(1)) && !bytes.Equal(got, result(2)):
		return fmt.Sprintf("result %q, %v", got, err)
	}
	return ""
}

// wantDropped wants the whole record or none: what a power cut brings back is
// undone once more.
func wantDropped(t *testing.T, s *store.Store, _ []bool) string {
	t.Helper()
	return loadsOrRebuilds(t, s, 0, 1)
}

// wantAside wants the record where it was or in the quarantine: nobody has undone
// it, so it must be somewhere.
func wantAside(t *testing.T, s *store.Store, done []bool) string {
	t.Helper()
	if !done[0] {
		return ""
	}
	if loads(t, s, 1) == "" {
		return ""
	}
	aside, err := s.Quarantined(t.Context())
	if err != nil || len(aside) != 1 || aside[0].Record == nil {
		return fmt.Sprintf("neither loaded nor in quarantine: %+v, %v", aside, err)
	}
	if !reflect.DeepEqual(*aside[0].Record, sample(1)) {
		return fmt.Sprintf("in quarantine is another record: %+v", *aside[0].Record)
	}
	return ""
}
