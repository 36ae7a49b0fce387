package logfile_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/cmd/internal/logfile"
	"patchbay/core/fail"
	"patchbay/core/netconf"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, o logfile.Options, lines ...string) {
	t.Helper()
	o.Level = "error"
	log, closer, err := logfile.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		log.ErrorContext(t.Context(), "said", "line", line)
	}
	if err := closer.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestLevels(t *testing.T) {
	for level, want := range map[string]string{
		"":        "level=panic",
		"panic":   "level=panic",
		"error":   "level=panic level=error",
		"verbose": "level=panic level=error level=warning level=verbose",
		"debug":   "level=panic level=error level=warning level=verbose level=debug",
	} {
		t.Run("level "+level, func(t *testing.T) {
			var out strings.Builder
			log, _, err := logfile.Open(logfile.Options{Level: level, ToStderr: true, Stderr: &out})
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []slog.Level{
				logfile.LevelPanic, slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug,
			} {
				log.Log(t.Context(), at, "it happened")
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				got = append(got, strings.Fields(line)[1])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("level %q logs %v, want %v", level, got, want)
			}
		})
	}
	t.Run("C019 an unknown level is noted and the default kept", func(t *testing.T) {
		var out strings.Builder
		log, _, err := logfile.Open(logfile.Options{Level: "chatty", ToStderr: true, Stderr: &out})
		if err != nil {
			t.Fatal(err)
		}
		log.ErrorContext(t.Context(), "not to be seen")
		if got, want := out.String(), "logLevel \"chatty\" is unknown; \"panic\" is kept\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestRotation(t *testing.T) {
	t.Run("C020 log options work for a process per call", func(t *testing.T) {
		dir := t.TempDir()
		o := logfile.Options{Path: filepath.Join(dir, "log", "patchbay.log")}
		o.Rotation = logfile.Rotation{MaxBytes: 10, MaxBackups: 2, Compress: true}
		for i := range 5 {
			o.Now = start.Add(time.Duration(i) * time.Hour)
			write(t, o, fmt.Sprintf("call %d", i))
		}
		want := []string{
			"patchbay-20261121T150000.000000000.log.gz",
			"patchbay-20261121T160000.000000000.log.gz",
			"patchbay.log",
		}
		if got := names(t, filepath.Dir(o.Path)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := lines(t, filepath.Dir(o.Path)); len(got) != 3 {
			t.Errorf("got %q, want the last three calls", got)
		}
	})
	t.Run("old backups go, strangers stay", func(t *testing.T) {
		dir := t.TempDir()
		for _, name := range []string{
			"p-20261101T000000.000000000.log", "p-20261101T000000.000000000.log.gz",
			"p-notes.log", "p.log.1", "p-20261101T000000.000000000.txt",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o := logfile.Options{Path: filepath.Join(dir, "p.log"), Now: start}
		o.Rotation = logfile.Rotation{MaxBytes: 10, MaxAge: 24 * time.Hour}
		write(t, o, "first")
		write(t, o, "second")
		want := []string{
			"p-20261101T000000.000000000.txt", "p-20261121T120000.000000000.log",
			"p-notes.log", "p.log", "p.log.1",
		}
		if got := names(t, dir); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a backup in use is compressed later", func(t *testing.T) {
		dir := t.TempDir()
		o := logfile.Options{Path: filepath.Join(dir, "p.log"), Level: "error", Now: start}
		o.Rotation = logfile.Rotation{MaxBytes: 10, Compress: true}
		slow, closer, err := logfile.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		slow.ErrorContext(t.Context(), "slow begins")
		write(t, o, "quick")
		slow.ErrorContext(t.Context(), "slow ends")
		if got := names(t, dir); slices.ContainsFunc(got, isGzip) {
			t.Errorf("compressed while in use: %q", got)
		}
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
		o.Now = start.Add(time.Second)
		write(t, o, "later")
		if got := names(t, dir); !slices.ContainsFunc(got, isGzip) {
			t.Errorf("not compressed after use: %q", got)
		}
		if got := lines(t, dir); len(got) != 4 {
			t.Errorf("got %q, want all 4 lines", got)
		}
	})
}

func isGzip(name string) bool { return strings.HasSuffix(name, ".gz") }

// Each Open is a new open file description, and so, to the locks, a process.
func TestNothingIsLostBetweenProcesses(t *testing.T) {
	dir := t.TempDir()
	const calls, each = 20, 25
	var all sync.WaitGroup
	for c := range calls {
		all.Go(func() {
			for i := range each {
				o := logfile.Options{Path: filepath.Join(dir, "p.log"), Level: "error"}
				o.Now = start.Add(time.Duration(c*each+i) * time.Millisecond)
				o.Rotation = logfile.Rotation{MaxBytes: 500, Compress: true}
				log, closer, err := logfile.Open(o)
				if err != nil {
					t.Error(err)
					return
				}
				log.ErrorContext(t.Context(), "done", "call", c, "line", i)
				if err := closer.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := lines(t, dir)
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != calls*each {
		t.Errorf("%d distinct lines of %d are left", n, calls*each)
	}
}

func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a pipe that nobody reads": pipe,
		"a directory":              dir,
		"below a file":             filepath.Join(file, "p.log"),
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			log, closer, err := logfile.Open(logfile.Options{
				Path: path, Level: "error", ToStderr: true, Stderr: &out,
			})
			if !fail.Is(err, fail.IO) || !strings.HasPrefix(err.Error(), "log file") {
				t.Errorf("got %v, want an IO error about the log file", err)
			}
			log.ErrorContext(t.Context(), "still said")
			if !strings.Contains(out.String(), "still said") {
				t.Error("the rest of the log is lost too")
			}
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("a device is not rotated", func(t *testing.T) {
		o := logfile.Options{Path: os.DevNull, Level: "error"}
		o.Rotation = logfile.Rotation{MaxBytes: 1}
		write(t, o, "into the void")
	})
}

func TestRotationOf(t *testing.T) {
	zero, no := 0, false
	for name, c := range map[string]struct {
		in   netconf.LogOptions
		want logfile.Rotation
	}{
		"defaults": {
			netconf.LogOptions{},
			logfile.Rotation{MaxBytes: 100 << 20, MaxAge: 120 * time.Hour, MaxBackups: 5, Compress: true},
		},
		"no limits": {
			netconf.LogOptions{MaxAge: &zero, MaxSize: &zero, MaxBackups: &zero, Compress: &no},
			logfile.Rotation{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := logfile.RotationOf(c.in); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// lines reads every line of every file, compressed or not.
func lines(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	for _, name := range names(t, dir) {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = f
		if isGzip(name) {
			if r, err = gzip.NewReader(f); err != nil {
				t.Fatal(err)
			}
		}
		for s := bufio.NewScanner(r); s.Scan(); {
			out = append(out, s.Text())
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
