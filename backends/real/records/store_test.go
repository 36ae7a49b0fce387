package records_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/backends/real/records"
	"patchbay/core/fail"
	"patchbay/core/record"
)

const container = "0123456789abcdef"

// wall is the time, as cmd/ would hand it in.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func store(dir string) *records.Store {
	return records.New(records.Options{Dir: dir, Clock: wall{}})
}

func compatStore(dir string) *records.Store {
	return records.New(records.Options{Dir: dir, Clock: wall{}, CompatScratch: true})
}

func sample() record.Record {
	return record.Record{
		Seq: 1, BootID: "boot", ContainerID: container, IfName: "eth0", Netns: "/run/netns/x",
		Pod: record.Pod{Namespace: "shop", Name: "cart-0", UID: "6f0c"},

		PluginPath: "/opt/cni/bin",
		Attachments: []record.Attachment{
			{
				Network: "cluster", Name: "cluster", IfName: "eth0", Master: true,
				Config: []byte(`{"cniVersion":"1.0.0","name":"cluster","type":"bridge"}`),
				Args:   "IgnoreUnknown=true;K8S_POD_NAME=cart-0;K8S_POD_NAMESPACE=shop;K8S_POD_UID=6f0c",
			},
			{
				Network: "shop/red", Name: "red", IfName: "net1",
				Config: []byte(`{"cniVersion":"1.0.0","name":"red","plugins":[{"type":"sriov"}]}`),
				Args:   "IgnoreUnknown=true;K8S_POD_NAME=cart-0;K8S_POD_NAMESPACE=shop;K8S_POD_UID=6f0c",
			},
		},
	}
}

func key(containerID, ifName string) record.Key {
	return record.Key{ContainerID: containerID, IfName: ifName}
}

func save(t *testing.T, s *records.Store, r record.Record) {
	t.Helper()
	if err := s.Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func saveResults(t *testing.T, s *records.Store, r record.Record) {
	t.Helper()
	for _, a := range r.Attachments {
		err := s.SaveResult(t.Context(), r, a.IfName, []byte(`{"cniVersion":"1.0.0"}`))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func recordFile(dir string, key record.Key) string {
	return filepath.Join(dir, "records", key.String()+".json")
}

// tree lists all files below a directory, without the lock file.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			files = append(files, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(files, " ")
}

func list(t *testing.T, s *records.Store) string {
	t.Helper()
	keys, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(fmt.Sprint(keys), "[]")
}

func wantKind(t *testing.T, err error, kind fail.Kind, texts ...string) {
	t.Helper()
	if !fail.Is(err, kind) {
		t.Fatalf("got %v (%v), want %v", err, fail.Of(err), kind)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

func TestSaveLoadDrop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var/lib/cni/multus")
	s, want := store(dir), sample()
	_, err := s.Load(t.Context(), want.Key())
	wantKind(t, err, fail.NotFound, container)
	if err = s.Drop(t.Context(), want.Key()); err != nil {
		t.Fatalf("drop of nothing: %v", err)
	}
	if _, err = os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was made before it was needed: %v", err)
	}
	for want.Seq = range uint64(3) {
		save(t, s, want)
		got, err := s.Load(t.Context(), want.Key())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	if got, want := list(t, s), container+"@eth0"; got != want {
		t.Errorf("list %q, want %q", got, want)
	}
	if err := s.Drop(t.Context(), want.Key()); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, dir); left != "" {
		t.Errorf("left: %s", left)
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "multus")
	s, r := compatStore(dir), sample()
	save(t, s, r)
	saveResults(t, s, r)
	unlock, err := s.Lock(t.Context(), r.Key())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysThatAreNoFileNames(t *testing.T) {
	dir := t.TempDir()
	s := store(dir)
	for _, k := range []record.Key{
		key("", "eth0"), key("../x", "eth0"), key("..", "eth0"), key("a/b", "eth0"),
		key("a@b", "eth0"), key("a", ""), key("a", ".."), key("a", "../x"),
		key("lock", "eth0"), key("results", "eth0"), key(strings.Repeat("a", 300), "eth0"),
	} {
		t.Run(fmt.Sprintf("%.20s", k), func(t *testing.T) {
			r := sample()
			r.ContainerID, r.IfName = k.ContainerID, k.IfName
			_, loadErr := s.Load(t.Context(), k)
			_, lockErr := s.Lock(t.Context(), k)
			_, resultErr := s.Result(t.Context(), r, "net1")
			for _, err := range []error{
				loadErr, lockErr, resultErr,
				s.Save(t.Context(), r),
				s.Drop(t.Context(), k),
				s.Quarantine(t.Context(), k, "test"),
				s.DropQuarantined(t.Context(), k),
				s.SaveResult(t.Context(), r, "net1", nil),
				s.DropResult(t.Context(), r, "net1"),
			} {
				wantKind(t, err, fail.Invalid)
			}
		})
	}
	if left := tree(t, dir); left != "" {
		t.Errorf("touched: %s", left)
	}
}

func TestSaveRefusesWhatCouldNotBeUndone(t *testing.T) {
	dir := t.TempDir()
	r := sample()
	r.Attachments[1].Config = []byte(`[]`)
	wantKind(t, store(dir).Save(t.Context(), r), fail.Invalid, "net1", "configuration")
	if left := tree(t, dir); left != "" {
		t.Errorf("touched: %s", left)
	}
}

func TestNothingBeginsAfterTheEnd(t *testing.T) {
	dir := t.TempDir()
	s, r := store(dir), sample()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantKind(t, s.Save(ctx, r), fail.Transient)
	_, err := s.List(ctx)
	wantKind(t, err, fail.Transient)
	_, err = s.Lock(ctx, r.Key())
	wantKind(t, err, fail.Busy)
	if left := tree(t, dir); left != "" {
		t.Errorf("touched: %s", left)
	}
}

func TestResults(t *testing.T) {
	dir := t.TempDir()
	s, r := store(dir), sample()
	file := filepath.Join(dir, "results", "red-"+container+"-net1")
	if got, err := s.Result(t.Context(), r, "net1"); got != nil || err != nil {
		t.Fatalf("got %s, %v, want none", got, err)
	}
	if err := s.DropResult(t.Context(), r, "net1"); err != nil {
		t.Fatalf("drop of nothing: %v", err)
	}
	saveResults(t, s, r)
	if got, err := s.Result(t.Context(), r, "net1"); string(got) != `{"cniVersion":"1.0.0"}` {
		t.Fatalf("got %s, %v", got, err)
	}
	t.Run("an empty file", func(t *testing.T) {
		write(t, file, "")
		if got, err := s.Result(t.Context(), r, "net1"); got != nil || err != nil {
			t.Errorf("got %s, %v, want none", got, err)
		}
	})
	t.Run("a torn file", func(t *testing.T) {
		write(t, file, `{"kind":"cniCacheV1"`)
		_, err := s.Result(t.Context(), r, "net1")
		wantKind(t, err, fail.Decode, file)
	})
	t.Run("an unknown attachment", func(t *testing.T) {
		_, err := s.Result(t.Context(), r, "net7")
		wantKind(t, err, fail.Invalid, "net7")
	})
	t.Run("a network without name", func(t *testing.T) {
		nameless := sample()
		nameless.Attachments[1].Name = ""
		wantKind(t, s.SaveResult(t.Context(), nameless, "net1", nil), fail.Invalid)
		got, err := s.Result(t.Context(), nameless, "net1")
		err = errors.Join(err, s.DropResult(t.Context(), nameless, "net1"))
		if got != nil || err != nil {
			t.Errorf("got %s, %v, want none", got, err)
		}
	})
	for _, a := range r.Attachments {
		if err := s.DropResult(t.Context(), r, a.IfName); err != nil {
			t.Fatal(err)
		}
	}
	if left := tree(t, dir); left != "" {
		t.Errorf("left: %s", left)
	}
}

func TestBootID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "boot_id")
	s := records.New(records.Options{Clock: wall{}, BootIDFile: file})
	_, err := s.BootID(t.Context())
	wantKind(t, err, fail.IO, file)
	write(t, file, "\n")
	_, err = s.BootID(t.Context())
	wantKind(t, err, fail.Decode, file)
	write(t, file, "866f2019-bbba\n")
	if got, err := s.BootID(t.Context()); got != "866f2019-bbba" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := store("").BootID(t.Context()); len(got) != 36 || err != nil {
		t.Errorf("of this kernel: got %q, %v", got, err)
	}
}

// TestSeveralAtOnce saves, loads, lists and drops beside each other: no reader
// ever sees half a record.
func TestSeveralAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := compatStore(dir)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			r := sample()
			r.ContainerID = fmt.Sprintf("c%d", i/2) // two goroutines each
			for r.Seq = range uint64(10) {
				if err := s.Save(t.Context(), r); err != nil {
					t.Error(err)
				}
				got, err := s.Load(t.Context(), r.Key())
				if err != nil && !fail.Is(err, fail.NotFound) || err == nil && got.Origin != "" {
					t.Errorf("origin %q, %v", got.Origin, err)
				}
				_, listErr := s.List(t.Context())
				if err = errors.Join(listErr, s.Drop(t.Context(), r.Key())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if left := tree(t, dir); left != "" {
		t.Errorf("left: %s", left)
	}
}

func (wall) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
