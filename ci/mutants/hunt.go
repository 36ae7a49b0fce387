package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// hunter lets the simulator look for bugs in a tree that has one more.
type hunter struct {
	root  string // of the repository
	dir   string // for what is built
	limit time.Duration
	modes string // "": all
}

// Found is what a hunt has found. It is a line that TestHunt of sim/explore prints.
type Found struct {
	Mode      Mode    `json:"mode,omitempty"`
	Story     string  `json:"story,omitempty"`
	Invariant int     `json:"invariant,omitempty"`
	Name      string  `json:"name,omitempty"`
	Fault     string  `json:"fault,omitempty"`
	Seconds   float64 `json:"seconds"`
	// Runs is how many times a story was told.
	Runs int `json:"runs,omitempty"`
}

// any reports whether something was found.
func (f Found) any() bool { return f.Name != "" }

// build makes the test binary of the simulator with a mutant in it; the zero
// mutant is none.
func (h *hunter) build(ctx context.Context, m Mutant) (string, error) {
	dir := filepath.Join(h.dir, "clean"+m.ID)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	overlay, err := h.overlay(m, dir)
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "hunt.test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", out,
		"./sim/explore")
	cmd.Dir = h.root
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it can not be built: %w\n%s", err, text)
	}
	return out, nil
}

// overlay writes the files that a mutant changes, and which ones they replace.
func (h *hunter) overlay(m Mutant, dir string) (string, error) {
	changed, err := m.Apply(os.DirFS(h.root))
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range changed {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err = os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(h.root, name)] = to
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	at := filepath.Join(dir, "overlay.json")
	return at, os.WriteFile(at, data, 0o600)
}

// Names of what ends a hunt and is no invariant.
const (
	panics = "the process panics"
	hangs  = "the process does not end"
)

// hunt runs a binary until it finds something or its time is over.
func (h *hunter) hunt(ctx context.Context, binary string) (Found, error) {
	const grace = 30 * time.Second // to end the run that is under way
	ctx, cancel := context.WithTimeout(ctx, h.limit+grace)
	defer cancel()
	args := []string{
		"-test.run", "^TestHunt$", "-test.timeout", "0",
		"-hunt.json", "-hunt.limit", h.limit.String(),
	}
	if h.modes != "" {
		args = append(args, "-hunt.modes", h.modes)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = filepath.Join(h.root, "sim", "explore")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // there is one hunt for each processor
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	text, err := cmd.Output()
	took := time.Since(start).Seconds()
	found, reported := report(text)
	_, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Found{Name: hangs, Seconds: took}, nil
	case ctx.Err() != nil:
		return Found{}, ctx.Err()
	case err != nil && !ended:
		return Found{}, err
	case reported:
		return found, nil
	case ended && bytes.Contains(append(stderr.Bytes(), text...), []byte("panic: ")):
		return Found{Name: panics, Seconds: took}, nil
	}
	return Found{}, fmt.Errorf("the hunt did not say what it found: %w\n%s%s", err, text,
		stderr.Bytes())
}

// report reads the line of a hunt among what the test prints.
func report(text []byte) (Found, bool) {
	for line := range bytes.Lines(text) {
		var found Found
		if bytes.HasPrefix(line, []byte("{")) && json.Unmarshal(line, &found) == nil {
			return found, true
		}
	}
	return Found{}, false
}
