package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"patchbay/cmd/internal/ctlexplain"
	"patchbay/cmd/internal/ctlout"
)

// ran is what a command line came to.
type ran struct {
	code        int
	out, errors string
}

// runHere runs a command line in this process.
func runHere(t *testing.T, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	s := &session{
		version: "test", stderr: &errs, env: func(string) string { return "" },
		printer: ctlout.Printer{Out: &out, Format: ctlout.Text},
	}
	code := s.run(t.Context(), args)
	return ran{code, out.String(), errs.String()}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		says string // on standard error
	}{
		{"help", []string{"--help"}, exitOK, ""},
		{"nothing", nil, exitOK, ""},
		{"version", []string{"--version"}, exitOK, ""},
		{"completion", []string{"completion", "bash"}, exitOK, ""},
		{"an unknown command", []string{"nope"}, exitUsage, `unknown command "nope"`},
		{"an unknown flag", []string{"explain", "--nope"}, exitUsage, "unknown flag: --nope"},
		{"an unknown format", []string{"-o", "xml"}, exitUsage, "must be one of text, json, yaml"},
		{"an argument too many", []string{"explain", "-f", "x", "y"}, exitUsage, `"y"`},
		{"a flag too few", []string{"explain"}, exitUsage, "-f FILE"},
		{"a file that is not there", []string{"explain", "-f", "/nonexistent"}, exitFailed, "nonexistent"},
		{"a demonstration for programs", []string{"demo", "-o", "json"}, exitUsage, "-o text only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runHere(t, c.args...)
			if got.code != c.code || !strings.Contains(got.errors, c.says) {
				t.Errorf("exit code %d, want %d; said %q, want %q",
					got.code, c.code, got.errors, c.says)
			}
			if strings.Count(got.errors, "patchbayctl: ") > 1 {
				t.Errorf("an error is told twice: %s", got.errors)
			}
		})
	}
}

// Every help has an example, and what it shows is a command line of that command.
func TestHelp(t *testing.T) {
	s := &session{printer: ctlout.Printer{Format: ctlout.Text}, env: os.Getenv}
	root := rootCommand(s)
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			if c.Example == "" || c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("example %q, short %q", c.Example, c.Short)
			}
			for line := range strings.Lines(c.Long + "\n" + c.Example) {
				if len([]rune(strings.TrimSuffix(line, "\n"))) > 80 {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
			for line := range strings.Lines(c.Example) {
				line, _, _ = strings.Cut(line, "#")
				_, args, _ := strings.Cut(line, "patchbayctl ")
				args, _, _ = strings.Cut(strings.Replace(args, "> ", "| ", 1), " | ")
				found, rest, err := root.Find(strings.Fields(args))
				if err != nil || !strings.HasPrefix(found.CommandPath(), c.CommandPath()) {
					t.Errorf("%q is not of this command: %v", line, err)
				} else if err = found.ParseFlags(rest); err != nil {
					t.Errorf("%q: %v", line, err)
				}
			}
		})
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	visit(root)
}

// executables makes a directory with executables of these names.
func executables(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Neither root nor a cluster is needed, and nothing is run.
func TestExplain(t *testing.T) {
	bin := executables(t, "bridge")
	config := write(t, "00.conf", `{"cniVersion":"1.0.0","name":"node","type":"patchbay",
		"binDir":"`+bin+`","cniDir":"`+t.TempDir()+`",
		"delegates":[{"cniVersion":"1.0.0","name":"pods","type":"bridge"}]}`)
	pod := func(annotation string) string {
		return write(t, "pod.yaml", "kind: Pod\nmetadata:\n  name: web\n  annotations: {"+annotation+"}\n")
	}
	t.Run("attached", func(t *testing.T) {
		got := runHere(t, "--config", config, "-o", "json", "explain", "--plugin-dir", bin, "-f", pod(""))
		var list []ctlexplain.Explanation
		if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != exitOK {
			t.Fatalf("exit code %d, %v: %s%s", got.code, err, got.out, got.errors)
		}
		if len(list) != 1 || len(list[0].Attachments) != 1 {
			t.Fatalf("%+v", list)
		}
		call := list[0].Attachments[0].Calls[0]
		if call.Path != filepath.Join(bin, "bridge") || call.Env["CNI_IFNAME"] != "eth0" ||
			call.Stdin != `{"cniVersion":"1.0.0","name":"pods","type":"bridge"}` {
			t.Errorf("%+v", call)
		}
	})
	t.Run("refused", func(t *testing.T) {
		file := pod("k8s.v1.cni.cncf.io/networks: nowhere")
		got := runHere(t, "--config", config, "explain", "--plugin-dir", bin, "-f", file)
		if got.code != exitFailed || !strings.Contains(got.out, "refused:") || got.errors != "" {
			t.Errorf("exit code %d: %s%s", got.code, got.out, got.errors)
		}
	})
}

// What --plans shows is what anybody sees who is not root.
func TestDemoPlans(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	bin := executables(t, "bridge", "macvlan", "ptp", "tuning", "host-local")
	got := runHere(t, "demo", "--plans", "--plugin-dir", bin)
	if got.code != exitOK || strings.Count(got.out, "save-record") != 3 {
		t.Errorf("exit code %d: %s%s", got.code, got.out, got.errors)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}
