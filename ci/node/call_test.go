package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// errKilled is how a call ends that was told to crash.
var errKilled = errors.New("killed")

// call is one execution of patchbay by a runtime.
type call struct {
	verb    string
	pod     pod
	config  object // over the machine's
	crashAt int    // the moment to die at; 0 is none
	trace   string // file that gets the moments
}

// marker is the variable by which processes of a machine are told from others.
const marker = "PATCHBAY_TEST_MACHINE="

// do runs a call to its end.
func (m *machine) do(t testing.TB, c call) error {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := m.command(t, c)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var err error
	m.within(t, func() { err = cmd.Run() })
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Errorf("%s of %v: %w by %v", c.verb, c.pod, errKilled, status.Signal())
	}
	if err != nil {
		return fmt.Errorf("%s of %v: %w: %s %s", c.verb, c.pod, err, &stdout, &stderr)
	}
	return nil
}

// command is a call that is not started yet. It must be started within the
// machine.
func (m *machine) command(t testing.TB, c call) *exec.Cmd {
	t.Helper()
	program := m.patchbay
	if c.crashAt != 0 || c.trace != "" {
		program = m.crashing
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin = strings.NewReader(m.config(c.config).json())
	cmd.Env = append(m.environ(),
		"CNI_COMMAND="+c.verb, "CNI_PATH="+m.pluginDir,
		"PATCHBAY_CRASH_AT="+strconv.Itoa(c.crashAt), "PATCHBAY_CRASH_TRACE="+c.trace)
	if c.verb != "GC" && c.verb != "STATUS" {
		cmd.Env = append(cmd.Env, "CNI_CONTAINERID="+c.pod.container,
			"CNI_NETNS="+c.pod.netns, "CNI_IFNAME=eth0", "CNI_ARGS="+c.pod.argsLine())
	}
	return cmd
}

func (m *machine) environ() []string {
	return append(os.Environ(), marker+m.dir, "TMPDIR="+m.path("tmp"))
}

// must runs a call that has to succeed.
func (m *machine) must(t testing.TB, c call) {
	t.Helper()
	if err := m.do(t, c); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) add(t testing.TB, p pod) {
	t.Helper()
	m.must(t, call{verb: "ADD", pod: p})
}

func (m *machine) del(t testing.TB, p pod) {
	t.Helper()
	m.must(t, call{verb: "DEL", pod: p})
}

// gc collects everything.
func (m *machine) gc(t testing.TB) {
	t.Helper()
	m.must(t, call{verb: "GC", config: validOnly()})
}

func validOnly(valid ...pod) object {
	list := []object{}
	for _, p := range valid {
		list = append(list, p.attachment())
	}
	return object{"cni.dev/valid-attachments": list}
}
