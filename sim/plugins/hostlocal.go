package plugins

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"time"

	"patchbay/sim/disk"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
)

// lineBreak is between the container and the interface in a file of host-local.
const lineBreak = "\r\n"

// lease is the content of the file of an address.
func (c *call) lease() string { return strings.TrimSpace(c.ContainerID) + lineBreak + c.IfName }

// store makes the directory of the files, and the file to be locked.
func (c *call) store(h *hostLocal) error {
	if err := c.makeDir(h.dir, 0o755); err != nil {
		return err
	}
	d, path := c.Machine.Disk, h.lock
	if _, err := d.Stat(path); err == nil {
		return nil
	}
	return c.p.Call(fault.FileCreate, path, func() error {
		if _, err := d.Create(path, 0o750); err != nil && !sameAs(err, errno.EEXIST) {
			return err
		}
		return nil
	})
}

// makeDir makes a directory and those above it.
func (c *call) makeDir(dir string, mode fs.FileMode) error {
	d := c.Machine.Disk
	return c.p.Call(fault.DirMake, dir, func() error {
		if d.IsDir(dir) {
			return nil
		}
		for i := 1; i <= len(dir); i++ {
			if i < len(dir) && dir[i] != '/' {
				continue
			}
			if err := d.Mkdir(dir[:i], mode); err != nil && !sameAs(err, errno.EEXIST) {
				return pathError("mkdir", dir[:i], err)
			}
		}
		if !d.IsDir(dir) {
			return pathError("mkdir", dir, errno.ENOTDIR)
		}
		return nil
	})
}

func pathError(op, path string, err error) error {
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// patience is how long a plugin sleeps before it looks at a lock again. A real
// one is woken.
const patience = time.Millisecond

// lock takes the lock of the files for the process. What goes wrong with it is
// not looked at by the real plugin either.
func (c *call) lock(h *hostLocal) uint64 {
	d := c.Machine.Disk
	var id uint64
	for !c.p.Dead() {
		busy := false
		_ = c.p.Call(fault.FileLock, h.lock, func() error {
			var err error
			want := disk.Want{At: disk.Whole, Exclusive: true, By: c.diskProc()}
			id, err = d.TryLock(h.lock, want)
			busy = sameAs(err, errno.EAGAIN)
			c.locked = c.locked || err == nil
			return err
		})
		if !busy || c.p.Stage.Sched.Closing() {
			break
		}
		c.p.Stage.Sched.Sleep(patience)
	}
	return id
}

// diskProc is the number by which the disk knows the process.
func (c *call) diskProc() disk.Proc {
	return disk.Proc(c.p.Proc) //nolint:gosec // processes are counted from one
}

// unlock gives the lock back, if there is one.
func (c *call) unlock(id uint64) {
	if id != 0 {
		c.Machine.Disk.Unlock(id)
	}
}

// each calls visit for every file below a directory, in the order of their names.
// What can not be read is left out.
func each(d *disk.Disk, dir string, visit func(path, name string, data []byte)) {
	list, err := d.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if e.Name() == "lock" || strings.HasPrefix(e.Name(), "last_reserved_ip.") {
			continue // they hold no lease, whoever wrote them
		}
		path := dir + "/" + e.Name()
		if e.IsDir() {
			each(d, path, visit)
			continue
		}
		if data, err := d.ReadFile(path); err == nil {
			visit(path, e.Name(), data)
		}
	}
}

// owned lists the files below a directory whose content is a text, but for white
// space around it.
func (c *call) owned(dir, text string) []string {
	var out []string
	_ = c.p.Call(fault.LeaseList, dir, func() error {
		out = out[:0]
		each(c.Machine.Disk, dir, func(path, _ string, data []byte) {
			if says(data, text) {
				out = append(out, path)
			}
		})
		return nil
	})
	return out
}

// says reports whether a content is a text, but for white space around it.
func says(data []byte, text string) bool {
	return string(data) == text || len(data) > len(text) && string(bytes.TrimSpace(data)) == text
}

// reserve makes the file of an address; false means that it is somebody's.
func (c *call) reserve(h *hostLocal, ip netip.Addr, set int) (bool, error) {
	d := c.Machine.Disk
	name := ip.String()
	path := h.dir + "/" + name
	var f disk.File
	err := c.p.Call(fault.FileCreate, path, func() error {
		var err error
		f, err = d.Create(path, 0o600)
		return err
	})
	switch {
	case errors.Is(err, errno.EEXIST):
		return false, nil
	case err != nil:
		return false, pathError("open", path, err)
	}
	err = c.p.Call(fault.FileWrite, path, func() error { return f.Append([]byte(c.lease())) })
	if err != nil {
		_ = c.removeFile(path)
		return false, pathError("write", path, err)
	}
	last := h.last[set]
	err = c.p.Call(fault.FileWrite, last, func() error {
		return d.WriteFile(last, []byte(name), 0o600)
	})
	if err != nil {
		return false, pathError("open", last, err)
	}
	return true, nil
}

func (c *call) removeFile(path string) error {
	return c.p.Call(fault.LeaseRemove, path, func() error { return c.Machine.Disk.Remove(path) })
}

// lastReserved is the address that a range set gave out last, if that is known.
func (c *call) lastReserved(path string) netip.Addr {
	var data []byte
	err := c.p.Call(fault.FileRead, path, func() error {
		var err error
		data, err = c.Machine.Disk.ReadFile(path)
		return err
	})
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := parseAddr(string(data))
	return ip
}

// allocate takes an address of a range set: the one that was asked for, or the
// next free one after the last that was given out.
func (c *call) allocate(h *hostLocal, number int, asked netip.Addr) (ipConf, error) {
	defer c.unlock(c.lock(h))
	set := h.sets[number]
	if asked.IsValid() {
		return c.allocateAsked(h, number, asked)
	}
	if ip := c.allocated(h.dir, set); ip.IsValid() {
		return ipConf{}, fmt.Errorf(
			"%s has been allocated to %s, duplicate allocation is not allowed",
			ip, c.ContainerID)
	}
	i := cursor{set: set}
	if last := c.lastReserved(h.last[number]); last.IsValid() {
		if at := set.rangeOf(last); at >= 0 {
			i.at, i.cur = at, last
		}
	}
	for {
		ip, r := i.next()
		if r == nil {
			return ipConf{}, fmt.Errorf("no IP addresses available in range set: %s", set)
		}
		ok, err := c.reserve(h, ip, number)
		if err != nil {
			return ipConf{}, err
		}
		if ok {
			return ipConf{netip.PrefixFrom(ip, r.subnet.Bits()), r.gw, nowhere}, nil
		}
	}
}

func (c *call) allocateAsked(h *hostLocal, number int, asked netip.Addr) (ipConf, error) {
	set := h.sets[number]
	r := &set[set.rangeOf(asked)] // the caller has looked
	if asked == r.gw {
		return ipConf{}, fmt.Errorf("requested ip %s is subnet's gateway", asked)
	}
	ok, err := c.reserve(h, asked, number)
	if err != nil {
		return ipConf{}, err
	}
	if !ok {
		return ipConf{}, fmt.Errorf(
			"requested IP address %s is not available in range set %s", asked, set)
	}
	return ipConf{netip.PrefixFrom(asked, r.subnet.Bits()), r.gw, nowhere}, nil
}

// allocated is an address of the range set that the interface has already.
func (c *call) allocated(dir string, set rangeSet) netip.Addr {
	var out netip.Addr
	lease := c.lease()
	_ = c.p.Call(fault.LeaseList, dir, func() error {
		out = netip.Addr{}
		each(c.Machine.Disk, dir, func(_, name string, data []byte) {
			if out.IsValid() {
				return
			}
			if !says(data, lease) && !says(data, c.ContainerID) {
				return
			}
			if ip, ok := parseAddr(name); ok && set.rangeOf(ip) >= 0 {
				out = ip
			}
		})
		return nil
	})
	return out
}

// free releases what the interface has: once for each range set, and each time
// all that there is.
func (c *call) free(h *hostLocal) {
	defer c.unlock(c.lock(h))
	for _, text := range [2]string{c.lease(), strings.TrimSpace(c.ContainerID)} {
		found := false
		for _, path := range c.owned(h.dir, text) {
			found = c.removeFile(path) == nil || found
		}
		if found {
			return
		}
	}
}

func hostLocalAdd(c *call) error {
	conf, asked, err := c.loadHostLocal()
	if err != nil {
		return err
	}
	var r result
	if conf.resolv != "" {
		if r.dns, err = c.resolvConf(conf.resolv); err != nil {
			return err
		}
	}
	if err := c.store(conf); err != nil {
		return err
	}
	if len(asked) > 0 {
		asked = slices.Clone(asked)
		slices.SortFunc(asked, netip.Addr.Compare)
		asked = slices.Compact(asked)
	}
	for i, set := range conf.sets {
		var want netip.Addr
		in := func(ip netip.Addr) bool { return set.rangeOf(ip) >= 0 }
		if at := slices.IndexFunc(asked, in); at >= 0 {
			want = asked[at]
			asked = slices.Delete(asked, at, at+1)
		}
		ip, err := c.allocate(conf, i, want)
		if err != nil {
			for range i {
				c.free(conf)
			}
			return fmt.Errorf("failed to allocate for range %d: %w", i, err)
		}
		r.ips = append(r.ips, ip)
	}
	if len(asked) > 0 {
		for range conf.sets {
			c.free(conf)
		}
		return errors.New("failed to allocate all requested IPs: " + joined(asked))
	}
	r.routes = conf.routes
	return c.print(&r)
}

func joined(ips []netip.Addr) string {
	var words []string
	for _, ip := range ips {
		words = append(words, ip.String())
	}
	return strings.Join(words, " ")
}

func hostLocalDel(c *call) error {
	conf, _, err := c.loadHostLocal()
	if err != nil {
		return err
	}
	if err := c.store(conf); err != nil {
		return err
	}
	for range conf.sets {
		c.free(conf)
	}
	return nil
}

func hostLocalCheck(c *call) error {
	conf, _, err := c.loadHostLocal()
	if err != nil {
		return err
	}
	if err := c.store(conf); err != nil {
		return err
	}
	defer c.unlock(c.lock(conf))
	for _, text := range [2]string{c.lease(), strings.TrimSpace(c.ContainerID)} {
		if len(c.owned(conf.dir, text)) > 0 {
			return nil
		}
	}
	return fmt.Errorf("host-local: Failed to find address added by container %v", c.ContainerID)
}
