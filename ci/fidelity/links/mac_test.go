package links

import (
	"errors"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"patchbay/sim/errno"
	"patchbay/sim/kernel"
)

// chosenMAC is what the machine has chosen for a link that the pretence is
// about to make as well.
func (w *world) chosenMAC(ns *kernel.Namespace, name string) kernel.MAC {
	var mac kernel.MAC
	for slot, at := range w.p.slots {
		if at != ns {
			continue
		}
		msgs, err := w.m.ask(slot, unix.RTM_GETLINK, 0, nl.NewIfInfomsg(unix.AF_UNSPEC),
			attr(unix.IFLA_IFNAME, text(name)))
		if err != nil || len(msgs) == 0 {
			return mac
		}
		attrs(msgs[0][unix.SizeofIfInfomsg:], func(typ int, v []byte) {
			if typ == unix.IFLA_ADDRESS {
				copy(mac[:], v)
			}
		})
		return mac
	}
	return mac
}

func simNumber(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[errno.Errno](err); ok {
		return int(e)
	}
	return -1
}
