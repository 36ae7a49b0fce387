//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// saved are the attributes of a link before they were changed.
type saved struct {
	Mac      string `json:"mac,omitempty"`
	Promisc  *bool  `json:"promisc,omitempty"`
	Mtu      int    `json:"mtu,omitempty"`
	Allmulti *bool  `json:"allmulti,omitempty"`
	TxQLen   *int   `json:"txQLen,omitempty"`
}

func (c *call) backupPath(dir string) string {
	return path.Join(dir, c.ContainerID+"_"+c.IfName+".json")
}

// backup writes the attributes that will be changed to a file.
func (c *call) backup(ns *kernel.Namespace, n *tuning) error {
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("failed to get %q: %w", c.IfName, err)
	}
	var s saved
	if n.mac != "" {
		s.Mac = macOf(l)
	}
	if n.promisc {
		s.Promisc = &l.Promisc
	}
	if n.mtu != 0 {
		s.Mtu = l.MTU
	}
	if n.allMulti != nil {
		s.Allmulti = &l.AllMulti
	}
	if n.txQLen != nil {
		s.TxQLen = &l.TxQLen
	}
	data, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("failed to marshall data for %q: %w", c.IfName, err)
	}
	if err = c.makeDir(n.dir, 0o600); err != nil {
		return fmt.Errorf("failed to create backup directory: %w", err)
	}
	file := c.backupPath(n.dir)
	err = c.p.Call(fault.FileWrite, file, func() error {
		return c.Machine.Disk.WriteFile(file, data, 0o600)
	})
	if err != nil {
		return fmt.Errorf("failed to save file %s.json: %w", c.IfName,
			pathError("open", file, err))
	}
	return nil
}

// tuningDel makes the attributes what they were. Whatever goes wrong, nobody is
// told.
func tuningDel(c *call) error {
	n, err := c.loadTuning()
	if err != nil {
		return err
	}
	if ns, err := c.open(c.NetNS); err == nil {
		c.restore(ns, c.backupPath(n.dir))
	}
	return nil
}

func (c *call) restore(ns *kernel.Namespace, file string) {
	var data []byte
	err := c.p.Call(fault.FileRead, file, func() error {
		var err error
		data, err = c.Machine.Disk.ReadFile(file)
		return err
	})
	var s saved
	if err != nil || json.Unmarshal(data, &s) != nil {
		return
	}
	if _, err := c.find(ns, c.IfName); err != nil {
		return
	}
	n := tuning{mtu: s.Mtu, allMulti: s.Allmulti, txQLen: s.TxQLen}
	ok := c.tune(ns, &tuning{mtu: n.mtu}) == nil
	if s.Mac != "" {
		ok = c.changeMAC(ns, s.Mac) == nil && ok
	}
	if s.Promisc != nil {
		ok = c.changeLink(ns, func(l *kernel.Link) error {
			return c.k.SetPromisc(l, *s.Promisc)
		}) == nil && ok
	}
	ok = c.tune(ns, &tuning{allMulti: s.Allmulti}) == nil && ok
	ok = c.tune(ns, &tuning{txQLen: s.TxQLen}) == nil && ok
	if ok {
		_ = c.removeFile(file)
	}
}

func tuningCheck(c *call) error {
	if err := duplicate(c.doc.text); err != nil {
		return err
	}
	n, err := c.loadTuning()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("Required prevResult missing")
	}
	if _, err = c.previous(); err != nil {
		return err
	}
	ns, err := c.open(c.NetNS)
	if err != nil {
		return err
	}
	if err = c.checkSwitches(ns, &n); err != nil {
		return err
	}
	l, err := c.find(ns, c.IfName)
	if err != nil {
		return fmt.Errorf("Cannot find container link %v", c.IfName)
	}
	return n.compare(l)
}

func (c *call) checkSwitches(ns *kernel.Namespace, n *tuning) error {
	for _, item := range n.sysctls {
		name, err := c.sysctlPath(item.key)
		if err != nil {
			return err
		}
		now, err := c.readSysctl(ns, name)
		if err != nil {
			return pathError("open", "/proc/sys/"+name, err)
		}
		if now != item.value {
			return fmt.Errorf("Error: Tuning configured value of /proc/sys/%s is %s, "+
				"current value is %s", name, item.value, now)
		}
	}
	return nil
}

// compare is what CHECK says of a link that is not as it should be.
func (n *tuning) compare(l *kernel.Link) error {
	if n.mac != "" && n.mac != macOf(l) {
		return fmt.Errorf("Error: Tuning configured Ethernet of %s is %s, current value is %s",
			l.Name, n.mac, macOf(l))
	}
	if n.promisc != l.Promisc {
		now := 0
		if l.Promisc {
			now = 1
		}
		return fmt.Errorf("Error: Tuning link %s configured promisc is %v, current value is %d",
			l.Name, n.promisc, now)
	}
	if n.mtu != 0 && n.mtu != l.MTU {
		return fmt.Errorf("Error: Tuning configured MTU of %s is %d, current value is %d",
			l.Name, n.mtu, l.MTU)
	}
	if n.allMulti != nil && *n.allMulti != l.AllMulti {
		return fmt.Errorf("Error: Tuning configured all-multicast mode of %s is %v, "+
			"current value is %v", l.Name, *n.allMulti, l.AllMulti)
	}
	if n.txQLen != nil && *n.txQLen != l.TxQLen {
		return fmt.Errorf("Error: Tuning configured Transmit Queue Length of %s is %d, "+
			"current value is %d", l.Name, *n.txQLen, l.TxQLen)
	}
	return nil
}
