package links

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const current = "/proc/thread-self/ns/net"

// machine is the kernel that runs the test. It belongs to one locked thread.
type machine struct {
	t     testing.TB
	home  netns.NsHandle
	dir   string
	slots [slots]*handle
}

// handle is an open namespace; it keeps it alive.
type handle struct {
	fd   netns.NsHandle
	sock *nl.SocketHandle
	via  map[int]*nl.SocketHandle
}

func newMachine(t testing.TB, dir string) *machine {
	t.Helper()
	home, err := netns.GetFromPath(current)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{t: t, home: home, dir: dir}
}

func (m *machine) path(n int) string { return filepath.Join(m.dir, "p"+strconv.Itoa(n)) }

// close takes everything away; what was mounted in layers needs as many goes.
func (m *machine) close() {
	for i := range m.slots {
		m.drop(i)
	}
	for i := range paths {
		for unix.Unmount(m.path(i), unix.MNT_DETACH) == nil {
		}
		if err := os.Remove(m.path(i)); err != nil && !errors.Is(err, os.ErrNotExist) {
			m.t.Errorf("remove %s: %v", m.path(i), err)
		}
	}
	if err := unix.Close(int(m.home)); err != nil {
		m.t.Error(err)
	}
}

func (m *machine) drop(slot int) {
	h := m.slots[slot]
	if h == nil {
		return
	}
	m.slots[slot] = nil
	h.sock.Close()
	if err := unix.Close(int(h.fd)); err != nil {
		m.t.Error(err)
	}
}

func (m *machine) back() {
	if err := netns.Set(m.home); err != nil {
		m.t.Fatalf("go back to the first namespace: %v", err)
	}
}

// within does something inside the namespace of a slot.
func (m *machine) within(slot int, do func() error) error {
	if err := netns.Set(m.slots[slot].fd); err != nil {
		m.t.Fatal(err)
	}
	defer m.back()
	return do()
}

// unshare makes a namespace on a new file.
func (m *machine) unshare(slot, path int) error {
	f, err := os.OpenFile(m.path(path), os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	f.Close()
	if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
		m.t.Fatal(err)
	}
	defer m.back()
	if err = unix.Mount(current, m.path(path), "", unix.MS_BIND, ""); err != nil {
		m.t.Fatal(err)
	}
	return m.open(slot, path)
}

// open opens the namespace at a path into a slot.
func (m *machine) open(slot, path int) error {
	fd, err := netns.GetFromPath(m.path(path))
	if err != nil {
		return err
	}
	if err = netns.Set(fd); err != nil {
		unix.Close(int(fd))
		return err
	}
	defer m.back()
	sock, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		m.t.Fatal(err)
	}
	m.drop(slot)
	sh := &nl.SocketHandle{Socket: sock}
	m.slots[slot] = &handle{
		fd: fd, sock: sh, via: map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: sh},
	}
	return nil
}

func (m *machine) bind(path, slot int) error {
	f, err := os.OpenFile(m.path(path), os.O_CREATE, 0o444)
	if err != nil {
		return err
	}
	f.Close()
	from := "/proc/self/fd/" + strconv.Itoa(int(m.slots[slot].fd))
	return unix.Mount(from, m.path(path), "", unix.MS_BIND, "")
}

func (m *machine) touch(path int) error {
	f, err := os.OpenFile(m.path(path), os.O_CREATE, 0o444)
	if err != nil {
		return err
	}
	return f.Close()
}

func (m *machine) sysctl(slot int, name, value string) error {
	return m.within(slot, func() error {
		f, err := os.OpenFile("/proc/sys/"+name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString(value)
		return err
	})
}

func (m *machine) readSysctl(slot int, name string) (string, error) {
	var b []byte
	err := m.within(slot, func() error {
		var err error
		b, err = os.ReadFile("/proc/sys/" + name)
		return err
	})
	return string(b), err
}

// attr is an attribute of a message.
func attr(typ int, data []byte) *nl.RtAttr { return nl.NewRtAttr(typ, data) }

func u32(n int) []byte { return nl.Uint32Attr(uint32(n)) }

func text(s string) []byte { return nl.ZeroTerminated(s) }

// send sends one message into the namespace of a slot and reads the answer.
func (m *machine) send(slot, typ, flags int, parts ...nl.NetlinkRequestData) error {
	_, err := m.ask(slot, typ, flags|unix.NLM_F_ACK, parts...)
	return err
}

func (m *machine) ask(slot, typ, flags int, parts ...nl.NetlinkRequestData) ([][]byte, error) {
	req := nl.NewNetlinkRequest(typ, flags)
	req.Sockets = m.slots[slot].via
	for _, p := range parts {
		req.AddData(p)
	}
	return req.Execute(unix.NETLINK_ROUTE, 0)
}

// setlink changes attributes of the link with an index.
func (m *machine) setlink(slot, index int, parts ...nl.NetlinkRequestData) error {
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index = int32(index)
	return m.send(slot, unix.RTM_SETLINK, 0, append([]nl.NetlinkRequestData{msg}, parts...)...)
}

// flags changes the flags of the link with an index.
func (m *machine) flags(slot, index int, mask, value uint32) error {
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index, msg.Change, msg.Flags = int32(index), mask, value
	return m.send(slot, unix.RTM_SETLINK, 0, msg)
}

// number is the error number of an answer of either kernel; 0 is success.
func number(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return int(e)
	}
	return -1
}
