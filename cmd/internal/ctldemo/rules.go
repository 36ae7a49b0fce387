package ctldemo

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"strings"

	"patchbay/core/fail"
)

// firewalls are the commands that print rules, without counters where they can.
//
//nolint:gochecknoglobals // a constant table
var firewalls = [][]string{
	{"iptables-save"}, {"ip6tables-save"}, {"nft", "-s", "list", "ruleset"},
}

// counters are what iptables-save prints behind a chain.
var counters = regexp.MustCompile(`\[[0-9]+:[0-9]+\]`)

// rules adds the firewall rules, as far as a tool is installed to print them.
func (s *Snapshot) rules(ctx context.Context) error {
	looked := false
	for _, command := range firewalls {
		path, err := exec.LookPath(command[0])
		if err != nil {
			continue
		}
		var out, stderr bytes.Buffer
		c := exec.CommandContext(ctx, path, command[1:]...)
		c.Stdout, c.Stderr = &out, &stderr
		if err = c.Run(); err != nil {
			return fail.New(fail.IO, "%s: %w: %s", command[0], err,
				strings.TrimSpace(stderr.String()))
		}
		looked = true
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSpace(counters.ReplaceAllString(line, ""))
			if line != "" && !strings.HasPrefix(line, "#") {
				s.add(rulesKind, line)
			}
		}
	}
	if !looked {
		s.Blind = append(s.Blind, "firewall rules: neither iptables nor nft is installed")
	}
	return nil
}
