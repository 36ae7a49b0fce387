package links_test

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/backends/real/links"
	"patchbay/ci/netnstest"
	"patchbay/ci/require"
	"patchbay/core/record"
)

// still is a clock on which no time passes.
type still struct{}

func (still) Now() time.Time { return time.Time{} }

func (still) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func kernel() *links.Links { return links.New(still{}) }

// three is a sandbox with three interfaces that are up; the network of each is
// 10.N.0.0/24 and fd00:N::/64, and no address waits for duplicate detection.
const three = `
link add eth0 type veth peer name far0
link add net1 type veth peer name far1
link add net2 type veth peer name far2
link set eth0 addrgenmode none up
link set net1 addrgenmode none up
link set net2 addrgenmode none up
link set far0 addrgenmode none up
link set far1 addrgenmode none up
link set far2 addrgenmode none up
addr add 10.0.0.2/24 dev eth0
addr add 10.1.0.2/24 dev net1
addr add 10.2.0.2/24 dev net2
addr add fd00:0::2/64 dev eth0 nodad
addr add fd00:1::2/64 dev net1 nodad
addr add fd00:2::2/64 dev net2 nodad
`

// node makes a sandbox and puts into it what batches of ip(8) say. Lines that
// begin with "-6 " come after all others.
func node(t testing.TB, batches ...string) backends.Sandbox {
	t.Helper()
	require.Root(t)
	path := netnstest.New(t)
	var v4, v6 strings.Builder
	for line := range strings.Lines(strings.Join(batches, "\n")) {
		if rest, ok := strings.CutPrefix(line, "-6 "); ok {
			v6.WriteString(rest)
		} else {
			v4.WriteString(line)
		}
	}
	ip(t, path, v4.String(), "-batch", "-")
	ip(t, path, v6.String(), "-6", "-batch", "-")
	return backends.Sandbox{Path: path, ID: inode(t, path)}
}

// ip runs ip(8) in the namespace at path and returns what it prints.
func ip(t testing.TB, path, stdin string, args ...string) string {
	t.Helper()
	var out []byte
	var err error
	netnstest.Do(t, path, func() {
		cmd := exec.CommandContext(t.Context(), program(t), args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err = cmd.CombinedOutput()
	})
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// program is where ip(8) is.
func program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("ip")
	if err != nil {
		path = "/usr/sbin/ip"
	}
	require.Command(t, "node", path)
	return path
}

// seconds is how ip(8) prints the time that a route has left.
var seconds = regexp.MustCompile(`expires [0-9]+sec`)

// routes prints the default routes of a family and table, one line each: as
// ip(8) does, with next hops in a row and sorted, and no running times.
func routes(t testing.TB, path, family, table string) []string {
	t.Helper()
	out := ip(t, path, "", family, "route", "show", "default", "table", table)
	var lines []string
	for block := range strings.SplitSeq(strings.ReplaceAll(out, "\n\t", " NEXT "), "\n") {
		parts := strings.Split(block, " NEXT ")
		slices.Sort(parts[1:])
		line := strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
		if line != "" {
			lines = append(lines, seconds.ReplaceAllString(line, "expires"))
		}
	}
	return lines
}

// inode is the identity of the namespace at path.
func inode(t testing.TB, path string) record.Inode {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return record.Inode{Dev: st.Dev, Ino: st.Ino}
}

func (still) WithTimeout(
	ctx context.Context, d time.Duration,
) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
