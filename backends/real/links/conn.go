package links

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"patchbay/backends"
	"patchbay/core/fail"
)

const (
	// dumps is how often an interrupted dump is asked for: for 95 ms at most,
	// in which whoever changes things has to take a breath.
	dumps = 10
	// pauses are as long as the first one, then twice that, up to the longest.
	firstPause, longestPause = time.Millisecond, 16 * time.Millisecond
	// patience is how long one answer may take, in seconds. The kernel answers
	// while it is asked, so this is for kernels that are broken.
	patience = 10
)

// conn is a netlink socket inside a sandbox.
type conn struct {
	sockets map[int]*nl.SocketHandle
	clock   backends.Clock
}

// dial opens a netlink socket in a namespace.
func (k *Links) dial(ctx context.Context, ns *namespace) (*conn, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	type answer struct {
		socket *nl.NetlinkSocket
		err    error
	}
	answers := make(chan answer)
	// A goroutine of its own: when its thread can not come back from the
	// namespace, it is the goroutine that ends with the thread, not its caller.
	go func() {
		socket, err := socketIn(ns.fd)
		answers <- answer{socket, err}
	}()
	got := <-answers
	if got.err != nil {
		return nil, fail.New(kind(got.err), "no netlink socket inside: %w", got.err)
	}
	timeout := unix.Timeval{Sec: patience}
	err := errors.Join(
		got.socket.SetSendTimeout(&timeout),
		got.socket.SetReceiveTimeout(&timeout),
		got.socket.SetExtAck(true), // the kernel's reasons, in words
	)
	if err != nil {
		got.socket.Close()
		return nil, fail.New(fail.Internal, "no netlink socket inside: %w", err)
	}
	return &conn{
		sockets: map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: got.socket}},
		clock:   k.clock,
	}, nil
}

// socketIn opens a socket in the namespace fd. It must be the last thing that
// its goroutine does: where there is no way back, the goroutine stays locked to
// its thread, and the runtime throws the thread away with it.
func socketIn(fd int) (*nl.NetlinkSocket, error) {
	runtime.LockOSThread()
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer func() { _ = unix.Close(home) }()
	if err = unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	// None: the library would go back by itself, but not look whether it did.
	socket, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if unix.Setns(home, unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return socket, err
}

func (c *conn) close() { c.sockets[unix.NETLINK_ROUTE].Close() }

// ask sends one request and returns the messages of the answer.
func (c *conn) ask(
	ctx context.Context, req *nl.NetlinkRequest, reply uint16,
) ([][]byte, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	return c.exec(req, reply)
}

// exec is ask for what must be done even though the context has ended.
func (c *conn) exec(req *nl.NetlinkRequest, reply uint16) ([][]byte, error) {
	req.Sockets = c.sockets
	return req.Execute(unix.NETLINK_ROUTE, reply)
}

// dump asks for a dump, and again while changes interrupt it.
func (c *conn) dump(
	ctx context.Context, reply uint16, request func() *nl.NetlinkRequest,
) ([][]byte, error) {
	return whole(ctx, c.clock, func() ([][]byte, error) { return c.exec(request(), reply) })
}

// whole repeats a dump until nothing interrupted it. Transient: something
// always did.
func whole(
	ctx context.Context, clock backends.Clock, dump func() ([][]byte, error),
) ([][]byte, error) {
	pause := firstPause
	for n := range dumps {
		if err := ended(ctx); err != nil {
			return nil, err
		}
		messages, err := dump()
		if err == nil {
			return messages, nil
		}
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return nil, err
		}
		if n == dumps-1 {
			break
		}
		if err := clock.Sleep(ctx, pause); err != nil {
			return nil, fail.New(fail.Transient, "no time left: %w", err)
		}
		pause = min(2*pause, longestPause)
	}
	return nil, fail.New(fail.Transient,
		"changes interrupted the kernel's answer %d times in a row", dumps)
}

// ended is the context's error, with a kind.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return fail.New(fail.Transient, "no time left: %w", err)
	}
	return nil
}

// kind classifies an error of the kernel, and keeps the kind of one that has it.
func kind(err error) fail.Kind {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fail.Denied
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fail.NotFound
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOBUFS),
		errors.Is(err, unix.ENOMEM), errors.Is(err, unix.EBUSY),
		errors.Is(err, unix.EINTR), errors.Is(err, unix.EMFILE),
		errors.Is(err, unix.ENFILE):
		return fail.Transient
	}
	return fail.Of(err)
}
