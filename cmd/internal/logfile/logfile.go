package logfile

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"
)

// Options say what is logged and where.
type Options struct {
	Path     string // "" is no file
	Level    string // as Multus names them; "" is the default, "panic"
	ToStderr bool
	Stderr   io.Writer // for lines, if ToStderr; and for notes about the log itself
	Rotation Rotation
	Now      time.Time // the time of the call; backups are named and aged by it
}

// LevelPanic is above everything that is logged in ordinary life.
const LevelPanic = slog.Level(12)

// levels are Multus' names for what is logged, least first. Warnings belong to
// "verbose", for "error" promises that an operation failed.
//
//nolint:gochecknoglobals // a constant table
var levels = []struct {
	name  string
	level slog.Level
}{
	{"panic", LevelPanic},
	{"error", slog.LevelError},
	{"verbose", slog.LevelInfo},
	{"debug", slog.LevelDebug},
}

// Open returns the log. It is usable also when there is an error, which says
// why there is no file: then it writes to what is left. Closing it when the
// call is over lets the next process compress the file.
func Open(o Options) (*slog.Logger, io.Closer, error) {
	level := o.level()
	var handlers []slog.Handler
	if o.ToStderr {
		handlers = append(handlers, handler(o.Stderr, level))
	}
	var closer io.Closer = nothing{}
	var err error
	if o.Path != "" {
		var f *os.File
		f, err = openFile(o.Path, o.Rotation, o.Now)
		if f != nil {
			closer = f
			handlers = append(handlers, handler(f, level))
		}
	}
	log := slog.New(slog.NewMultiHandler(handlers...))
	return log.With("pid", os.Getpid()), closer, err
}

// level is the level that was asked for. One that nobody knows is no reason to
// fail (row C019): a note says so, and the default stays.
func (o Options) level() slog.Level {
	for _, row := range levels {
		if row.name == o.Level {
			return row.level
		}
	}
	if o.Level != "" {
		note := fmt.Sprintf("logLevel %q is unknown; %q is kept\n", o.Level, levels[0].name)
		_, _ = io.WriteString(o.Stderr, note) // nobody is left to tell
	}
	return levels[0].level
}

func handler(w io.Writer, level slog.Level) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: rename})
}

// rename gives a level the name by which it is asked for.
func rename(groups []string, a slog.Attr) slog.Attr {
	level, ok := a.Value.Any().(slog.Level)
	if !ok || a.Key != slog.LevelKey || len(groups) > 0 {
		return a
	}
	if level == slog.LevelWarn {
		return slog.String(a.Key, "warning")
	}
	for _, row := range levels {
		if row.level == level {
			return slog.String(a.Key, row.name)
		}
	}
	return a
}

type nothing struct{}

func (nothing) Close() error { return nil }

// errBusy says that another process holds a lock.
var errBusy = errors.New("held by another process")
