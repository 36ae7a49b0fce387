package world

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"strings"

	"patchbay/core/record"
	"patchbay/sim/disk"
	"patchbay/sim/errno"
)

// networksDir is where host-local keeps addresses, in a directory for each network.
const networksDir = "/var/lib/cni/networks"

// fileActions are of the disk.
func fileActions() []action {
	return []action{
		{DiskFull, func(w *World, s Step) { w.Nodes[s.At].Disk.Break(disk.Full("/var", 0)) }},
		{DiskReadOnly, func(w *World, s Step) {
			w.Nodes[s.At].Disk.Break(disk.ReadOnly("/var"))
		}},
		{TearRecord, (*World).damage},
		{FlipRecord, (*World).damage},
		{RemoveRecord, (*World).damage},
		{NewRecord, (*World).damage},
		{OldRecord, (*World).damage},
		{RemoveDir, func(w *World, s Step) {
			w.complain("remove "+StateDir, w.Nodes[s.At].Disk.Wipe(StateDir))
		}},
		{ForeignFile, func(w *World, s Step) {
			at := path.Join(StateDir, s.On)
			w.complain(string(s.Do), put(w.Nodes[s.At].Disk, at, s.To))
		}},
		{SpoilStore, (*World).spoilStore},
		{FillRange, (*World).fillRange},
		{TakeAddress, (*World).takeAddress},
	}
}

// damage does something to the record of a pod's sandbox.
func (w *World) damage(s Step) {
	w.withBox(s, func(n *Node, b *Sandbox) {
		at := StateDir + "/records/" + b.Key.String() + ".json"
		data, err := n.Disk.ReadFile(at)
		if err != nil {
			w.complain(string(s.Do), err)
			return
		}
		switch s.Do { //nolint:exhaustive // they are those of the table that lead here
		case TearRecord:
			err = n.Disk.Cut(at, len(data)/2)
		case FlipRecord:
			err = n.Disk.Flip(at, len(data)*4)
		case NewRecord:
			err = w.renew(n.Disk, at, data)
		case OldRecord:
			err = n.Disk.Remove(at)
			if err == nil && s.To == "scratch" {
				err = scratch(n.Disk, data)
			}
		default:
			err = n.Disk.Remove(at)
		}
		w.complain(string(s.Do), err)
	})
}

// renew makes a record one of a later version, until it heals: who goes back to a
// version that does not understand it has to go forward again.
func (w *World) renew(d *disk.Disk, at string, data []byte) error {
	head, body, _ := strings.Cut(string(data), "\n")
	words := strings.Fields(head)
	if len(words) < 2 {
		return errno.EINVAL
	}
	words[1] = "99"
	changed := strings.Join(words, " ") + "\n" + body
	w.mended(func() {
		now, err := d.ReadFile(at)
		if err == nil && strings.HasPrefix(string(now), words[0]+" "+words[1]) {
			w.complain("mend "+at, d.Fill(at, data))
		}
	})
	return d.Fill(at, []byte(changed))
}

// scratch writes what Multus would have written instead of a record.
func scratch(d *disk.Disk, data []byte) error {
	r, err := record.Decode(data)
	if err != nil {
		return err
	}
	old, err := record.EncodeScratch(r)
	if err != nil {
		return err
	}
	return put(d, path.Join(StateDir, r.ContainerID), string(old))
}

// put writes a file that survives a power cut: what a story says stays so.
func put(d *disk.Disk, at, text string) error {
	if err := d.WriteFile(at, []byte(text), 0o600); err != nil {
		return err
	}
	return errors.Join(d.Fsync(at), d.SyncDir(path.Dir(at)))
}

// spoilStore writes nonsense into a file of an address pool.
func (w *World) spoilStore(s Step) {
	at := path.Join(networksDir, s.On, s.To)
	w.complain(string(s.Do), w.Nodes[s.At].Disk.Fill(at, []byte("\x00\x00garbage")))
}

// fillRange takes every address of a range that is free, until it heals.
func (w *World) fillRange(s Step) {
	all, err := netip.ParsePrefix(s.To)
	if err != nil {
		w.complain(string(s.Do), err)
		return
	}
	for ip := all.Addr().Next(); all.Contains(ip); ip = ip.Next() {
		if err := w.occupy(s, ip.String()); err != nil && !errors.Is(err, errno.EEXIST) {
			w.complain(string(s.Do), err)
		}
	}
}

// takeAddress takes one address, until it heals.
func (w *World) takeAddress(s Step) {
	err := w.occupy(s, s.To)
	w.complain(string(s.Do), err)
}

// occupy leases an address for somebody else.
func (w *World) occupy(s Step, ip string) error {
	const somebody = "somebody-else\r\neth0"
	d := w.Nodes[s.At].Disk
	dir := path.Join(networksDir, s.On)
	for _, at := range []string{networksDir, dir} {
		if err := d.Mkdir(at, 0o755); err != nil && !errors.Is(err, errno.EEXIST) {
			return err
		}
	}
	at := path.Join(dir, ip)
	if _, err := d.Stat(at); err == nil {
		return fmt.Errorf("address %s: %w", ip, errno.EEXIST)
	}
	w.mended(func() {
		if now, err := d.ReadFile(at); err == nil && string(now) == somebody {
			w.complain("release "+ip, d.Remove(at))
		}
	})
	return errors.Join(put(d, at, somebody),
		d.SyncDir(networksDir), d.SyncDir(path.Dir(networksDir)))
}
