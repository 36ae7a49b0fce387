package ctldemo

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"golang.org/x/sys/unix"

	"patchbay/core/fail"
)

// The first packet may get lost while the kernel asks for the neighbour.
const (
	pings    = 5
	pingWait = time.Second
)

// Ping sends ICMP echoes (RFC 792) from an interface of a namespace and returns
// how long the first answer took. Transient: there was none.
func Ping(ctx context.Context, netns, ifName string, to netip.Addr) (time.Duration, error) {
	var took time.Duration
	err := ns.WithNetNSPath(netns, func(ns.NetNS) error {
		var err error
		took, err = firstAnswer(ctx, ifName, to)
		return err
	})
	if err != nil {
		return 0, fail.New(fail.Transient, "no answer from %v on %s: %w", to, ifName, err)
	}
	return took, nil
}

func firstAnswer(ctx context.Context, ifName string, to netip.Addr) (time.Duration, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(fd) }()
	// The interface is the point: without it any network would do.
	if err = unix.BindToDevice(fd, ifName); err != nil {
		return 0, err
	}
	wait := unix.NsecToTimeval(pingWait.Nanoseconds())
	if err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return 0, err
	}
	err = errors.New("not asked")
	for seq := range uint16(pings) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		var took time.Duration
		if took, err = echo(fd, to, seq+1); err == nil {
			return took, nil
		}
	}
	return 0, err
}

// echo sends one request and waits for its answer.
func echo(fd int, to netip.Addr, seq uint16) (time.Duration, error) {
	id := uint16(os.Getpid()) //nolint:gosec // the low bits tell processes apart
	start := time.Now()
	target := &unix.SockaddrInet4{Addr: to.As4()}
	if err := unix.Sendto(fd, request(id, seq), 0, target); err != nil {
		return 0, err
	}
	buf := make([]byte, 1500)
	for time.Since(start) < pingWait {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return 0, err
		}
		if isReply(buf[:n], id, seq) {
			return time.Since(start), nil
		}
	}
	return 0, os.ErrDeadlineExceeded
}

// request is an echo request without data (RFC 792, "Echo or Echo Reply").
func request(id, seq uint16) []byte {
	b := make([]byte, 8)
	b[0] = 8
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	binary.BigEndian.PutUint16(b[2:], checksum(b))
	return b
}

// isReply looks behind the IP header, which raw sockets of IPv4 hand out
// (raw(7)).
func isReply(packet []byte, id, seq uint16) bool {
	if len(packet) == 0 {
		return false
	}
	header := int(packet[0]&0x0f) * 4
	if len(packet) < header+8 {
		return false
	}
	icmp := packet[header:]
	return icmp[0] == 0 && binary.BigEndian.Uint16(icmp[4:]) == id &&
		binary.BigEndian.Uint16(icmp[6:]) == seq
}

// checksum is the one of the Internet (RFC 1071), of an even number of bytes.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum) // folded to 16 bits above
}
