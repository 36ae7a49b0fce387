package blackbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// script says what a scripted plugin does on a call, in the order of the fields.
// One that is all zero succeeds: on ADD with the result so far or, if there is
// none, with one interface and no address.
type script struct {
	Locks         string // a file to lock for as long as the process lives
	Reads, Writes string // a FIFO to open, which waits for who opens the other end
	Hangs         bool   // until it is killed
	Stdout        string // "{ifname}" and "{netns}" are replaced
	Stderr        string
	Exit          int
}

// failing is a plugin that reports a CNI error.
func failing(code int, msg string) script {
	return script{Stdout: fmt.Sprintf(`{"code":%d,"msg":%q}`, code, msg), Exit: 1}
}

// printing is a plugin that succeeds with this result.
func printing(result string) script { return script{Stdout: result} }

// call is one run of a scripted plugin.
type call struct {
	Command, Plugin, ContainerID, Netns, IfName, Args, Path, Stdin string
}

// install makes scripted plugins in a folder of the node.
func (n *node) install(dir string, plugins ...string) {
	n.t.Helper()
	self, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, folder := range []string{dir, n.path("play")} {
		if err = os.MkdirAll(folder, 0o755); err != nil {
			n.t.Fatal(err)
		}
	}
	for _, plugin := range plugins {
		if err = os.Symlink(self, filepath.Join(dir, plugin)); err != nil {
			n.t.Fatal(err)
		}
	}
}

// script says what a plugin does: "red.ADD" for every interface, "red.ADD.net1"
// for one.
func (n *node) script(when string, s script) {
	n.t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		n.t.Fatal(err)
	}
	n.write("play/"+when, string(text))
}

// calls lists the runs of scripted plugins in the order in which they began.
func (n *node) calls() []call {
	n.t.Helper()
	text, err := os.ReadFile(n.path("play", "calls"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		n.t.Fatal(err)
	}
	var calls []call
	for line := range bytes.Lines(text) {
		var c call
		if err = json.Unmarshal(line, &c); err != nil {
			n.t.Fatalf("%v in %s", err, line)
		}
		calls = append(calls, c)
	}
	return calls
}

// trace renders the calls: "ADD pri eth0, ADD red net1".
func (n *node) trace() string {
	n.t.Helper()
	var lines []string
	for _, c := range n.calls() {
		lines = append(lines, c.Command+" "+c.Plugin+" "+c.IfName)
	}
	return strings.Join(lines, ", ")
}

// traced fails the test unless exactly these calls were made.
func (n *node) traced(want string) {
	n.t.Helper()
	if got := n.trace(); got != want {
		n.t.Errorf("plugins were run: %s\nwant: %s", got, want)
	}
}

// one returns the only call that renders as what.
func (n *node) one(what string) call {
	n.t.Helper()
	var found []call
	for _, c := range n.calls() {
		if c.Command+" "+c.Plugin+" "+c.IfName == what {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		n.t.Fatalf("%d calls %q, want one: %s", len(found), what, n.trace())
	}
	return found[0]
}

// forget begins a new list of calls.
func (n *node) forget() {
	n.t.Helper()
	if err := os.RemoveAll(n.path("play", "calls")); err != nil {
		n.t.Fatal(err)
	}
}

// stage finds the folder with the scripts. It is beside that of the plugin, so
// that nothing of what Patchbay hands to plugins has to be used for it.
func stage() (string, bool) {
	dir := filepath.Join(filepath.Dir(os.Args[0]), "..", "play")
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir() && os.Getenv("CNI_COMMAND") != ""
}

// play is a scripted plugin: it notes how it was called, and follows its script.
func play(dir string) int {
	stdin, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	c := call{
		Command: os.Getenv("CNI_COMMAND"), Plugin: filepath.Base(os.Args[0]),
		ContainerID: os.Getenv("CNI_CONTAINERID"), Netns: os.Getenv("CNI_NETNS"),
		IfName: os.Getenv("CNI_IFNAME"), Args: os.Getenv("CNI_ARGS"),
		Path: os.Getenv("CNI_PATH"), Stdin: string(stdin),
	}
	c.note(filepath.Join(dir, "calls"))
	s := c.script(dir)
	s.meet()
	if s.Hangs {
		_ = unix.Pause()
	}
	fmt.Fprint(os.Stderr, s.Stderr)
	if s.Stdout == "" && s.Exit == 0 && c.Command == "ADD" {
		s.Stdout = c.usual()
	}
	fmt.Print(strings.NewReplacer("{ifname}", c.IfName, "{netns}", c.Netns).Replace(s.Stdout))
	return s.Exit
}

// note appends the call in one write, so that plugins side by side do not mix.
func (c call) note(path string) {
	line, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	if _, err = f.Write(append(line, '\n')); err != nil {
		panic(err)
	}
	_ = f.Close()
}

func (c call) script(dir string) script {
	for _, name := range []string{"." + c.IfName, ""} {
		text, err := os.ReadFile(filepath.Join(dir, c.Plugin+"."+c.Command+name))
		if err != nil {
			continue
		}
		var s script
		if err = json.Unmarshal(text, &s); err != nil {
			panic(err)
		}
		return s
	}
	return script{}
}

// meet takes the lock and waits for others. The files stay open until the end.
func (s script) meet() {
	if s.Locks != "" {
		fd, err := unix.Open(s.Locks, unix.O_RDWR|unix.O_CREAT, 0o600)
		if err == nil {
			err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		}
		if err != nil {
			panic(err)
		}
	}
	for path, mode := range map[string]int{s.Reads: unix.O_RDONLY, s.Writes: unix.O_WRONLY} {
		if path == "" {
			continue
		}
		if _, err := unix.Open(path, mode, 0); err != nil {
			panic(err)
		}
	}
}

// usual is the result of an ADD without a script.
func (c call) usual() string {
	var in struct {
		CNIVersion string          `json:"cniVersion"`
		PrevResult json.RawMessage `json:"prevResult"`
	}
	if err := json.Unmarshal([]byte(c.Stdin), &in); err != nil {
		panic(err)
	}
	if in.PrevResult != nil {
		return string(in.PrevResult)
	}
	return `{"cniVersion":"` + in.CNIVersion +
		`","interfaces":[{"name":"{ifname}","sandbox":"{netns}"}]}`
}
