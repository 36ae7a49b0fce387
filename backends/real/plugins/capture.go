package plugins

import (
	"bytes"
	"errors"
	"io"
)

const (
	// maxStdout is how many bytes a plugin may answer. The largest results
	// known have a few hundred KiB.
	maxStdout = 16 << 20
	// maxStderr is how many bytes of standard error are kept, the last ones.
	maxStderr = 4 << 10
)

var errTooMuch = errors.New("more than 16 MiB of output")

// bounded keeps what a plugin prints. When that is too much the error makes
// os/exec close the pipe, so that the plugin's next write fails (EPIPE).
type bounded struct {
	buf     bytes.Buffer
	tooMuch bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > maxStdout {
		b.tooMuch = true
		return 0, errTooMuch
	}
	return b.buf.Write(p)
}

// ReadFrom spares the 32 KiB that [io.Copy] takes for every copy otherwise.
func (b *bounded) ReadFrom(r io.Reader) (int64, error) {
	n, err := b.buf.ReadFrom(io.LimitReader(r, int64(maxStdout+1-b.buf.Len())))
	if b.buf.Len() > maxStdout {
		b.tooMuch = true
		return n, errTooMuch
	}
	return n, err
}

// tail keeps the last bytes of what is written to it: a crash says what it was
// at the end.
type tail struct {
	buf []byte // up to twice what is kept, so that bytes move seldom
}

func (t *tail) Write(p []byte) (int, error) {
	kept := p[max(0, len(p)-maxStderr):]
	t.makeRoom(len(kept))
	t.buf = append(t.buf, kept...)
	return len(p), nil
}

// ReadFrom spares the 32 KiB that [io.Copy] takes for every copy otherwise.
func (t *tail) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	for {
		t.makeRoom(bytes.MinRead)
		n, err := r.Read(t.buf[len(t.buf):cap(t.buf)])
		t.buf = t.buf[:len(t.buf)+n]
		total += int64(n)
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// makeRoom makes n bytes fit, n being maxStderr at most.
func (t *tail) makeRoom(n int) {
	if t.buf == nil {
		t.buf = make([]byte, 0, bytes.MinRead)
	}
	if len(t.buf)+n <= cap(t.buf) {
		return
	}
	old := t.Bytes()
	if cap(t.buf) < 2*maxStderr {
		t.buf = make([]byte, 0, 2*maxStderr)
	}
	t.buf = append(t.buf[:0], old...)
}

// Bytes returns what is kept.
func (t *tail) Bytes() []byte { return t.buf[max(0, len(t.buf)-maxStderr):] }
