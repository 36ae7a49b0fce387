package plugins

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

// plain hides ReadFrom, so that io.Copy has to Write.
type plain struct{ io.Writer }

func TestTailKeepsTheEnd(t *testing.T) {
	text := make([]byte, 5*maxStderr)
	for i := range text {
		text[i] = byte(i % 251) // a prime, so that a shift by a block shows
	}
	sizes := []int{
		0, 1, 511, 512, 513, maxStderr - 1, maxStderr, maxStderr + 1,
		2*maxStderr - 1, 2 * maxStderr, 2*maxStderr + 1, len(text),
	}
	for _, size := range sizes {
		want := text[max(0, size-maxStderr):size]
		for name, slow := range map[string]func(io.Reader) io.Reader{
			"at once":   func(r io.Reader) io.Reader { return struct{ io.Reader }{r} },
			"by bytes":  iotest.OneByteReader,
			"by halves": iotest.HalfReader,
			"with EOF":  iotest.DataErrReader,
		} {
			var written, read tail
			_, err := io.Copy(plain{&written}, slow(bytes.NewReader(text[:size])))
			n, readErr := io.Copy(&read, slow(bytes.NewReader(text[:size])))
			if err != nil || readErr != nil || n != int64(size) {
				t.Errorf("%d bytes %s: %v, %v, %d read", size, name, err, readErr, n)
			}
			for _, kept := range []tail{written, read} {
				if !bytes.Equal(kept.Bytes(), want) || cap(kept.buf) > 2*maxStderr {
					t.Errorf("%d bytes %s: kept %d of %d", size, name,
						len(kept.Bytes()), cap(kept.buf))
				}
			}
		}
	}
	broken := errors.New("broken")
	var read tail
	if _, err := read.ReadFrom(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestBoundedRefusesTooMuch(t *testing.T) {
	text := make([]byte, maxStdout+1)
	for _, size := range []int{0, 1, maxStdout, maxStdout + 1} {
		for _, direct := range []bool{false, true} {
			t.Run(fmt.Sprint(size, direct), func(t *testing.T) {
				var b bounded
				var sink io.Writer = &b
				if direct {
					sink = plain{&b}
				}
				_, err := io.Copy(sink, struct{ io.Reader }{bytes.NewReader(text[:size])})
				want := size > maxStdout
				if errors.Is(err, errTooMuch) != want || b.tooMuch != want {
					t.Errorf("got %v, too much: %t; want %t", err, b.tooMuch, want)
				}
				if !want && b.buf.Len() != size {
					t.Errorf("kept %d bytes of %d", b.buf.Len(), size)
				}
			})
		}
	}
}
