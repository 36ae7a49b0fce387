package manifests_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/record"
)

func whose(uid string) record.Pod {
	return record.Pod{Namespace: "default", Name: "p1", UID: uid}
}

func TestSetStatus(t *testing.T) {
	const text = `[{"name":"red"}]`
	d, dir := cluster(t, map[string]string{"a.yaml": both})
	path := filepath.Join(dir, ".status", "default_p1.json")
	for _, uid := range []string{"u1", "", "u1"} {
		if err := d.SetStatus(t.Context(), whose(uid), text); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"pod":"default/p1","uid":"u1","status":"[{\"name\":\"red\"}]"}` + "\n"
	if string(content) != want {
		t.Errorf("got  %swant %s", content, want)
	}
	pod, err := d.Pod(t.Context(), "default", "p1")
	if err != nil || pod.Annotations[statusKey] != text || pod.Annotations["n"] != "1" {
		t.Errorf("got %v, %v", pod, err)
	}
	if left := names(t, filepath.Dir(path)); !slices.Equal(left, []string{"default_p1.json"}) {
		t.Errorf("files left: %v", left)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, entry := range entries {
		out = append(out, entry.Name())
	}
	return out
}

func TestSetStatusOfAnotherPod(t *testing.T) {
	d, dir := cluster(t, map[string]string{"a.yaml": both})
	t.Run("C124 pod vanished", func(t *testing.T) {
		pod := record.Pod{Namespace: "default", Name: "gone", UID: "u1"}
		wantError(t, d.SetStatus(t.Context(), pod, "[]"), fail.NotFound, "pod default/gone not found")
	})
	t.Run("C124 pod was replaced", func(t *testing.T) {
		wantError(t, d.SetStatus(t.Context(), whose("u0"), "[]"), fail.NotFound,
			"pod default/p1 has been replaced (uid u1, was u0)")
	})
	t.Run("a static pod has two", func(t *testing.T) {
		static := strings.Replace(both, `"n": "1"`, "kubernetes.io/config.source: file", 1)
		other, _ := cluster(t, map[string]string{"a.yaml": static})
		if err := other.SetStatus(t.Context(), whose("kubelets"), "[]"); err != nil {
			t.Error(err)
		}
	})
	t.Run("the new pod does not have the status of the old one", func(t *testing.T) {
		if err := d.SetStatus(t.Context(), whose("u1"), "[]"); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, "a.yaml"), strings.Replace(both, "uid: u1", "uid: u222", 1))
		pod, err := d.Pod(t.Context(), "default", "p1")
		if status, ok := pod.Annotations[statusKey]; err != nil || ok {
			t.Errorf("got %q, %v", status, err)
		}
	})
	t.Run("a broken status file is no status", func(t *testing.T) {
		put(t, filepath.Join(dir, ".status", "default_p1.json"), "{")
		_, err := d.Pod(t.Context(), "default", "p1")
		wantError(t, err, fail.Decode, "pod default/p1: the status file is broken")
	})
}

func TestStatusCanNotBeWritten(t *testing.T) {
	d, dir := cluster(t, map[string]string{"a.yaml": both})
	if err := os.MkdirAll(filepath.Join(dir, ".status", "default_p1.json"), 0o750); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.SetStatus(t.Context(), whose("u1"), "[]"), fail.IO, "pod default/p1: the status")
}

func TestReport(t *testing.T) {
	d, dir := cluster(t, nil)
	for _, e := range []backends.Event{
		{Reason: "AddedInterface", Message: "Add net1"},
		{Reason: "NoNetworkFound", Message: "no\nblue", Warning: true},
	} {
		if err := d.Report(t.Context(), whose("u1"), []backends.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(filepath.Join(dir, ".status", "default_p1.events"))
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	for line := range strings.Lines(string(content)) {
		var event map[string]string
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		got = append(got, event)
	}
	event := func(kind, reason, message string) map[string]string {
		return map[string]string{
			"time": "2026-01-01T12:00:00Z", "pod": "default/p1", "uid": "u1",
			"type": kind, "reason": reason, "message": message,
		}
	}
	want := []map[string]string{
		event("Normal", "AddedInterface", "Add net1"),
		event("Warning", "NoNetworkFound", "no\nblue"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, name := range []string{"", "../p1", "a/b", "a_b"} {
		err := d.Report(t.Context(), record.Pod{Namespace: "default", Name: name}, nil)
		wantError(t, err, fail.Invalid, "can not be the name of a pod")
	}
}

func TestManyAtOnce(t *testing.T) {
	d, dir := cluster(t, map[string]string{"a.yaml": both})
	const writers = 8
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			errStatus := d.SetStatus(t.Context(), whose("u1"), "[]")
			errReport := d.Report(t.Context(), whose("u1"), []backends.Event{{Reason: "R"}})
			if err := errors.Join(errStatus, errReport); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	content, err := os.ReadFile(filepath.Join(dir, ".status", "default_p1.events"))
	if err != nil || strings.Count(string(content), "\n") != writers {
		t.Errorf("got %d lines, %v", strings.Count(string(content), "\n"), err)
	}
}
