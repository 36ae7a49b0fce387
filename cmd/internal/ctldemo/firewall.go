package ctldemo

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"patchbay/core/fail"
)

// legacy are the two families of the kernel's older packet filter, which nft
// does not show.
//
//nolint:gochecknoglobals // a constant table
var legacy = []struct {
	family string
	// inUse lists the tables (net/ipv4/netfilter/ip_tables.c), of the thread's
	// namespace; without the module there is no such file.
	inUse string
	tools []string // the better one first: the other may show nftables only
}{
	{
		"IPv4", "/proc/thread-self/net/ip_tables_names",
		[]string{"iptables-legacy-save", "iptables-save"},
	},
	{
		"IPv6", "/proc/thread-self/net/ip6_tables_names",
		[]string{"ip6tables-legacy-save", "ip6tables-save"},
	},
}

// firewall adds the rules of the packet filters, as far as a tool is installed
// to print them, and says which were not looked at.
func (s *Snapshot) firewall(ctx context.Context) error {
	err := s.listed(ctx, nftLines, "nft", "-s", "list", "ruleset")
	withNFT := err == nil
	if err = s.blind(ctx, "rules of nftables", err); err != nil {
		return err
	}
	for _, l := range legacy {
		text, err := os.ReadFile(l.inUse)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail.New(fail.IO, "tables of %s: %w", l.family, err)
		}
		tables := strings.Fields(string(text))
		for _, name := range tables {
			s.add(firewallKind, l.family+" table "+name)
		}
		lines := func(text string) []string { return saveLines(l.family, text) }
		switch tool, found := installed(l.tools); {
		case found && (len(tables) > 0 || !withNFT): // else nft has shown all
			err = s.listed(ctx, lines, tool)
		case len(tables) > 0:
			err = fail.New(fail.NotFound, "%s is not installed", l.tools[1])
		default:
			continue
		}
		what := "rules of iptables for " + l.family
		if err = s.blind(ctx, what, err); err != nil {
			return err
		}
	}
	return nil
}

// blind notes why something was not looked at. What had no time to be looked at
// is an error instead.
func (s *Snapshot) blind(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fail.New(fail.Transient, "%s: %w", what, context.Cause(ctx))
	}
	if err != nil {
		s.Blind = append(s.Blind, what+": "+err.Error())
	}
	return nil
}

func installed(tools []string) (string, bool) {
	i := slices.IndexFunc(tools, func(tool string) bool {
		_, err := exec.LookPath(tool)
		return err == nil
	})
	if i < 0 {
		return "", false
	}
	return tools[i], true
}

// listed adds what a command prints. NotFound: it is not installed. IO: it
// fails, as where the kernel lacks what it asks for.
func (s *Snapshot) listed(
	ctx context.Context, lines func(string) []string, command string, args ...string,
) error {
	path, err := exec.LookPath(command)
	if err != nil {
		return fail.New(fail.NotFound, "%s is not installed", command)
	}
	var out, stderr bytes.Buffer
	c := exec.CommandContext(ctx, path, args...)
	c.Stdout, c.Stderr = &out, &stderr
	err = c.Run()
	said := strings.Join(strings.Fields(stderr.String()), " ")
	if err != nil {
		return fail.New(fail.IO, "%s: %w: %s", command, err, said)
	}
	for _, line := range lines(out.String()) {
		s.add(firewallKind, line)
	}
	if strings.Contains(said, "legacy tables present") { // iptables of nftables
		return fail.New(fail.NotFound, "%s: %s", command, said)
	}
	return nil
}

// nftLines puts before each line of a ruleset (nft(8)) the table and the chain
// or set that it is in: the same rule may stand in several.
func nftLines(text string) []string {
	var out, within []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		begin, opens := strings.CutSuffix(line, " {")
		switch {
		case line == "" || line[0] == '#':
		case line == "}":
			within = within[:max(len(within)-1, 0)]
		case opens:
			within = append(within, begin)
			out = append(out, strings.Join(within, " "))
		default:
			out = append(out, strings.Join(append(slices.Clone(within), line), " "))
		}
	}
	return out
}

// counters are what iptables-save(8) prints behind a chain.
var counters = regexp.MustCompile(` \[[0-9]+:[0-9]+\]$`)

// saveLines puts before each line of iptables-save(8) its family and table.
func saveLines(family, text string) []string {
	var out []string
	table := ""
	for line := range strings.Lines(text) {
		line = counters.ReplaceAllString(strings.TrimSpace(line), "")
		name, begins := strings.CutPrefix(line, "*")
		switch {
		case line == "" || line[0] == '#' || line == "COMMIT":
		case begins:
			table = name
		default:
			out = append(out, family+" "+table+" "+line)
		}
	}
	return out
}
