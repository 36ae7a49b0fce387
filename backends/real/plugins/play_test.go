package plugins_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"patchbay/backends"
	"patchbay/backends/real/clock"
	"patchbay/backends/real/plugins"
)

// The test binary is also the plugin that the tests run: CNI_ARGS names the
// part it plays, and CNI_NETNS the socket over which a test hears from it. A
// connection that ends says, without waiting, that a process has died.

const result = `{"cniVersion":"1.0.0","interfaces":[{"name":"net1"}]}`

func TestMain(m *testing.M) {
	part, playing := strings.CutPrefix(os.Getenv("CNI_ARGS"), "play=")
	if playing {
		os.Exit(play(part))
	}
	// A program with the race detector in it takes a second to exit otherwise.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// play does what hostile and ordinary plugins do; a text with a colon is
// printed as it is: "status:stdout:stderr".
func play(part string) int {
	switch part {
	case "nothing":
	case "echo": // standard input as output
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "environ":
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"environ": os.Environ()})
	case "deaf": // closes standard input unread
		_ = os.Stdin.Close()
		fmt.Print(result)
	case "chatty":
		for range 1 << 14 {
			fmt.Fprintln(os.Stderr, "a line that nobody will read")
		}
		fmt.Fprint(os.Stderr, "the last line")
		fmt.Print(result)
	case "crash":
		fmt.Fprint(os.Stderr, "about to crash")
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		select {}
	case "flood", "stubborn flood":
		return flood(part)
	case "hang":
		fmt.Fprint(os.Stderr, "waiting for the lease")
		live("plugin")
	case "leave group": // for that of the test
		group, err := syscall.Getpgid(os.Getppid())
		if err == nil {
			err = syscall.Setpgid(0, group)
		}
		if err != nil {
			panic(err)
		}
		live("plugin")
	case "hang with child":
		spawn(nil)
		live("plugin")
	case "hang with daemon":
		spawn(&syscall.SysProcAttr{Setsid: true})
		live("plugin")
	case "leave daemon":
		spawn(&syscall.SysProcAttr{Setsid: true})
		fmt.Print(result)
	case "leave daemon and fail":
		spawn(&syscall.SysProcAttr{Setsid: true})
		fmt.Print(`{"code":11,"msg":"no lease"}`)
		return 1
	case "child":
		live("child")
	case "runner": // of a plugin, on another thread than the first
		done := make(chan error)
		go func() { done <- runHanging() }()
		panic(<-done)
	default:
		return recite(part)
	}
	return 0
}

func recite(part string) int {
	var status int
	lines := strings.SplitN(part, ":", 3)
	if _, err := fmt.Sscan(lines[0], &status); err != nil || len(lines) != 3 {
		panic("no such part: " + part)
	}
	fmt.Print(lines[2])
	fmt.Fprint(os.Stderr, lines[1])
	return status
}

// flood prints 17 MiB; the stubborn one survives that nobody reads them.
func flood(part string) int {
	if part == "stubborn flood" {
		signal.Ignore(syscall.SIGPIPE)
	}
	block := []byte(strings.Repeat(" ", 1<<20))
	for range 17 {
		_, _ = os.Stdout.Write(block)
	}
	return 0
}

// live tells the test who it is and lives until the test hangs up; it answers
// every byte, which proves that it is alive.
func live(who string) {
	c, err := net.Dial("unix", os.Getenv("CNI_NETNS"))
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(c, who)
	_, _ = io.Copy(c, c)
}

// spawn starts this binary as "child", with the same standard files.
func spawn(attr *syscall.SysProcAttr) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "CNI_ARGS=play=child")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
}

// runHanging is Patchbay while a plugin hangs.
func runHanging() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = plugins.New(plugins.Options{Clock: clock.Wall{}}).Run(context.Background(), backends.Call{
		Path: self,
		Env:  map[string]string{"CNI_ARGS": "play=hang", "CNI_NETNS": os.Getenv("CNI_NETNS")},
	})
	return err
}

// macvlan returns a path at which the test binary is a plugin.
func macvlan(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "macvlan")
	if err = os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}
