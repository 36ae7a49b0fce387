package records_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// The test binary is a second process too: one of these variables, set to a
// directory, says what it does there until it is killed or its input ends.
const (
	holdLock  = "PATCHBAY_TEST_HOLD_LOCK"  // holds the lock of sample
	saveAlong = "PATCHBAY_TEST_SAVE_ALONG" // saves sample, with one Seq after the other
)

func TestMain(m *testing.M) {
	for name, work := range map[string]func(string) error{
		holdLock: hold, saveAlong: saveOn,
	} {
		if dir := os.Getenv(name); dir != "" {
			go exitWithParent()
			fmt.Println(work(dir))
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func exitWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func hold(dir string) error {
	if _, err := store(dir).Lock(context.Background(), sample().Key()); err != nil {
		return err
	}
	fmt.Println("held")
	select {}
}

func saveOn(dir string) error {
	s, r := store(dir), sample()
	for r.Seq = 1; ; r.Seq++ {
		if err := s.Save(context.Background(), r); err != nil {
			return err
		}
		fmt.Println(r.Seq)
	}
}

// start runs the test binary as a second process.
func start(t *testing.T, work, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), work+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(stdout)
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that the process was killed
}
