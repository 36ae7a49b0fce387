package disk_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"patchbay/sim/chance"
	"patchbay/sim/disk"
)

func namesOf(entries []fs.DirEntry) string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestLists changes one directory and lists it now and then: after a few changes
// and after many. A list that was handed out stays what it was.
func TestLists(t *testing.T) {
	for seed := range uint64(100) {
		s, d := chance.Seed(seed), disk.New(disk.POSIX())
		there := map[string]bool{}
		var old []fs.DirEntry
		var oldNames string
		for range 300 {
			name := string(rune('a' + s.Choose(chance.Load, 26)))
			if there[name] {
				must(d.Unlink("/" + name))
			} else {
				write(d, "/"+name, name)
			}
			there[name] = !there[name]
			if s.Choose(chance.Load, 1+int(seed%20)) != 0 {
				continue
			}
			maps.DeleteFunc(there, func(_ string, is bool) bool { return !is })
			list, err := d.ReadDir("/")
			must(err)
			want := strings.Join(slices.Sorted(maps.Keys(there)), " ")
			if got := namesOf(list); got != want {
				t.Fatalf("seed %d: got %s, want %s", seed, got, want)
			}
			if got := namesOf(old); got != oldNames {
				t.Fatalf("seed %d: an old list was %s and is %s", seed, oldNames, got)
			}
			old, oldNames = list, want
		}
	}
}

func TestWhatAListSaysOfAName(t *testing.T) {
	d := disk.New(disk.POSIX())
	must(d.Mkdir("/d", 0o700))
	write(d, "/f", "123")
	list, err := d.ReadDir("/")
	must(err)
	for i, want := range []string{"drwx------", "-rw-------"} {
		info, err := list[i].Info()
		if err != nil || info.Mode().String() != want || info.IsDir() != list[i].IsDir() ||
			list[i].Type() != info.Mode().Type() || info.Name() != list[i].Name() {
			t.Errorf("got %+v, %v, want %s", info, err, want)
		}
	}
	must(d.Unlink("/f"))
	if _, err := list[1].Info(); err == nil {
		t.Error("the file is gone and is described")
	}
}
