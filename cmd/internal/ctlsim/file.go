package ctlsim

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"patchbay/core/fail"
	"patchbay/sim/explore"
)

// mostBytes is how long a repro may be: those that were not shrunk have some
// thousands of choices.
const mostBytes = 4 << 20

// Read reads the repro in a file; "-" is the given input.
func Read(path string, stdin io.Reader) (explore.Repro, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return explore.Repro{}, fail.New(fail.IO, "%w", err)
		}
		defer func() { _ = f.Close() }() // nothing was written
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, mostBytes+1))
	if err != nil {
		return explore.Repro{}, fail.New(fail.IO, "%s: %w", path, err)
	}
	if len(data) > mostBytes {
		return explore.Repro{}, fail.New(fail.Invalid, "%s has more than %d bytes", path, mostBytes)
	}
	r, err := explore.ParseRepro(string(data))
	if err != nil {
		return r, fail.About(path, err)
	}
	return r, nil
}

// Write writes a repro to a new file in a directory: repro.txtar, or the first of
// repro-2.txtar and so on that is not there. It returns the path.
func Write(dir, text string) (string, error) {
	for n := 1; ; n++ {
		name := "repro.txtar"
		if n > 1 {
			name = "repro-" + strconv.Itoa(n) + ".txtar"
		}
		path := filepath.Join(dir, name)
		const once = os.O_CREATE | os.O_EXCL | os.O_WRONLY
		f, err := os.OpenFile(path, once, 0o644) //nolint:gosec // it is no secret
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fail.New(fail.IO, "%w", err)
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fail.New(fail.IO, "%s: %w", path, err)
		}
		return path, nil
	}
}
