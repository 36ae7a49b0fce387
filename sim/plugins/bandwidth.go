//nolint:staticcheck // the words are the real plugin's
package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/fault"
	"patchbay/sim/kernel"
)

// rates are limits in bits and bits a second; zero is none.
type rates struct {
	IngressRate  uint64 `json:"ingressRate"`
	IngressBurst uint64 `json:"ingressBurst"`
	EgressRate   uint64 `json:"egressRate"`
	EgressBurst  uint64 `json:"egressBurst"`
}

// bandwidth is the configuration of the plugin "bandwidth".
type bandwidth struct{ rates rates }

func makeBandwidth(text []byte) (*bandwidth, error) {
	var n struct {
		types.NetConf
		RuntimeConfig struct {
			Bandwidth *rates `json:"bandwidth,omitempty"`
		} `json:"runtimeConfig"`
		IngressRate  *uint64 `json:"ingressRate"`
		IngressBurst *uint64 `json:"ingressBurst"`
		EgressRate   *uint64 `json:"egressRate"`
		EgressBurst  *uint64 `json:"egressBurst"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, fmt.Errorf("failed to parse network configuration: %w", err)
	}
	out := new(bandwidth)
	given := false
	for _, f := range []struct{ from, to *uint64 }{
		{n.IngressRate, &out.rates.IngressRate},
		{n.IngressBurst, &out.rates.IngressBurst},
		{n.EgressRate, &out.rates.EgressRate},
		{n.EgressBurst, &out.rates.EgressBurst},
	} {
		if f.from != nil {
			*f.to, given = *f.from, true
		}
	}
	if !given && n.RuntimeConfig.Bandwidth != nil {
		out.rates = *n.RuntimeConfig.Bandwidth
	}
	if err := validRate(out.rates.IngressRate, out.rates.IngressBurst); err != nil {
		return nil, err
	}
	return out, validRate(out.rates.EgressRate, out.rates.EgressBurst)
}

func validRate(rate, burst uint64) error {
	switch {
	case burst == 0 && rate != 0:
		return errors.New("if rate is set, burst must also be set")
	case rate == 0 && burst != 0:
		return errors.New("if burst is set, rate must also be set")
	case burst/8 >= math.MaxUint32:
		return errors.New("burst cannot be more than 4GB")
	}
	return nil
}

func (c *call) loadBandwidth() (rates, result, error) {
	n, err := formOf(c, "bandwidth", makeBandwidth)
	if err != nil {
		return rates{}, result{}, err
	}
	if c.prev == nil {
		return n.rates, result{}, nil
	}
	r, err := c.previous()
	if err != nil {
		return rates{}, r, fmt.Errorf("could not parse prevResult: %w", err)
	}
	return n.rates, r, nil
}

// ifbName is the name of the link that slows down what the sandbox sends.
func (c *call) ifbName() string { return "bwp" + hash(c.doc.name+c.ContainerID, 12) }

// hostEnd finds the node's end of the pair whose other end is in the sandbox.
func (c *call) hostEnd(ns *kernel.Namespace, r *result) (*kernel.Link, error) {
	if len(r.ifaces) == 0 {
		return nil, errors.New("no interfaces provided")
	}
	l, err := c.find(ns, c.IfName)
	switch {
	case err != nil:
		err = fmt.Errorf("could not look up %q: %w", c.IfName, err)
	case l.Kind != kernel.Veth || l.Peer == nil:
		err = fmt.Errorf("interface %q was not a veth interface", c.IfName)
	}
	if err != nil {
		return nil, fmt.Errorf("container interface %s has no veth peer: %w", c.IfName, err)
	}
	// It is looked up by its number, which may be another link's on the node.
	number := l.Peer.Index
	var end *kernel.Link
	err = c.p.Call(fault.LinkGet, c.IfName, func() error {
		end = c.host.ByIndex(number)
		return nil
	})
	if err != nil || end == nil {
		return nil, fmt.Errorf("veth peer with index %d is not in host ns", number)
	}
	for _, i := range r.ifaces {
		if i.sandbox == "" && i.name == end.Name {
			return end, nil
		}
	}
	return nil, errors.New("no veth peer of container interface found in host ns")
}

func bandwidthAdd(c *call) error {
	n, r, err := c.loadBandwidth()
	if err != nil {
		return err
	}
	if n == (rates{}) {
		if c.prev == nil {
			return errCrashed
		}
		return c.print(&r)
	}
	if c.prev == nil {
		return errors.New("must be called as chained plugin")
	}
	ns, err := c.sandboxNil()
	if err != nil {
		return err
	}
	end, err := c.hostEnd(ns, &r)
	if err != nil {
		return err
	}
	if n.IngressRate > 0 && n.IngressBurst > 0 {
		if err := c.slow(end.Name, n.IngressRate, n.IngressBurst); err != nil {
			return err
		}
	}
	if n.EgressRate > 0 && n.EgressBurst > 0 {
		if err := c.slowEgress(end.Name, n, &r); err != nil {
			return err
		}
	}
	return c.print(&r)
}

// queueLength is the length of a queue that had none (DEFAULT_TX_QUEUE_LEN).
const queueLength = 1000

// queue adds a queueing discipline. The kernel takes a link that does without a
// queue and has one of no length for an oversight (net/sched/sch_api.c,
// qdisc_create).
func (c *call) queue(l *kernel.Link, q kernel.Qdisc) error {
	if err := c.k.AddQdisc(l, q); err != nil {
		return err
	}
	if l.Kind == kernel.Veth && l.TxQLen == 0 {
		return c.k.SetTxQLen(l, queueLength)
	}
	return nil
}

// slow gives a link of the node a token bucket.
func (c *call) slow(name string, rate, burst uint64) error {
	l, err := c.find(c.host, name)
	if err != nil {
		return fmt.Errorf("get host device: %w", err)
	}
	err = c.on(c.host, l, fault.ShapeAdd, func() error {
		return c.queue(l, kernel.Qdisc{
			Kind: "tbf", Parent: "root", Rate: rate / 8,
			Burst: uint32(burst / 8), //nolint:gosec // it was checked
			Mark:  c.mark(),
		})
	})
	if err != nil {
		return fmt.Errorf("create qdisc: %w", err)
	}
	return nil
}

// slowEgress sends what the sandbox sends through another link, and slows that.
func (c *call) slowEgress(name string, n rates, r *result) error {
	end, err := c.find(c.host, name)
	if err != nil {
		return err
	}
	ifb := c.ifbName()
	spec := kernel.Spec{Kind: kernel.Ifb, Name: ifb, MTU: end.MTU, Mark: c.mark()}
	err = c.p.Call(fault.LinkAdd, ifb, func() error {
		l, failed := c.k.Add(c.host, spec)
		if failed == nil {
			failed = c.k.SetTxQLen(l, 0)
		}
		if failed == nil {
			failed = c.k.SetUp(l)
		}
		return failed
	})
	if err != nil {
		return fmt.Errorf("adding link: %w", err)
	}
	l, err := c.find(c.host, ifb)
	if err != nil {
		return err
	}
	r.ifaces = append(r.ifaces, iface{name: ifb, mac: macOf(l)})
	err = c.on(c.host, end, fault.ShapeAdd, func() error {
		return c.queue(end, kernel.Qdisc{Kind: "ingress", Parent: "ingress", Mark: c.mark()})
	})
	if err != nil {
		return fmt.Errorf("create ingress qdisc: %w", err)
	}
	err = c.on(c.host, end, fault.ShapeAdd, func() error {
		for i := range end.Qdiscs {
			if end.Qdiscs[i].Parent == "ingress" {
				end.Qdiscs[i].Redirect = ifb
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add filter: %w", err)
	}
	if err := c.slow(ifb, n.EgressRate, n.EgressBurst); err != nil {
		return fmt.Errorf("create ifb qdisc: %w", err)
	}
	return nil
}

// bandwidthDel removes the link on the node; what hangs on the sandbox's own pair
// goes with that.
func bandwidthDel(c *call) error {
	if _, _, err := c.loadBandwidth(); err != nil {
		return err
	}
	_, err := c.remove(c.host, c.ifbName())
	return err
}

func bandwidthCheck(c *call) error {
	n, r, err := c.loadBandwidth()
	if err != nil {
		return err
	}
	if c.prev == nil {
		return errors.New("must be called as a chained plugin")
	}
	ns, err := c.sandboxNil()
	if err != nil {
		return err
	}
	end, err := c.hostEnd(ns, &r)
	if err != nil {
		return err
	}
	if n.IngressRate > 0 && n.IngressBurst > 0 {
		if err = checkSlow(end, n.IngressRate, n.IngressBurst); err != nil {
			return err
		}
	}
	if n.EgressRate == 0 || n.EgressBurst == 0 {
		return nil
	}
	l, err := c.find(c.host, c.ifbName())
	if err != nil {
		return fmt.Errorf("get ifb device: %w", err)
	}
	return checkSlow(l, n.EgressRate, n.EgressBurst)
}

// checkSlow compares the queueing disciplines of a link up to the first that is
// no token bucket.
func checkSlow(l *kernel.Link, rate, burst uint64) error {
	if len(l.Qdiscs) == 0 && l.TxQLen == 0 {
		return errors.New("Failed to find qdisc")
	}
	for _, q := range l.Qdiscs {
		switch {
		case q.Kind != "tbf":
			return nil
		case q.Rate != rate/8:
			return errors.New("Rate doesn't match")
		case uint64(q.Burst) != burst/8:
			return errors.New("Limit doesn't match")
		}
	}
	return nil
}
