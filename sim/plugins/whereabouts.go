package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/sim/cluster"
	"patchbay/sim/fault"
)

// Pools is the access of a node to the address pools of the cluster.
type Pools struct {
	API   *cluster.Cluster
	Token cluster.Token
	// Namespace is where they are; "" is kube-system.
	Namespace string
}

// poolTries is how often the plugin tries again when somebody was faster.
const poolTries = 100

// whereabouts is the configuration of the IPAM plugin that keeps its addresses in
// the cluster.
type whereabouts struct {
	pool    cluster.Pool
	gateway netip.Addr
	routes  []route
}

func makeWhereabouts(text []byte) (*whereabouts, error) {
	var n struct {
		IPAM *struct {
			Range   string         `json:"range"`
			Exclude []string       `json:"exclude"`
			Gateway string         `json:"gateway"`
			Routes  []*types.Route `json:"routes"`
		} `json:"ipam"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, fmt.Errorf("JSON Parsing Error: %w", err)
	}
	if n.IPAM == nil {
		return nil, errNoIPAM
	}
	out := &whereabouts{routes: routesOf(n.IPAM.Routes)}
	p, ok := parsePrefix(n.IPAM.Range)
	if !ok {
		return nil, fmt.Errorf("invalid CIDR %s: invalid CIDR address: %s",
			n.IPAM.Range, n.IPAM.Range)
	}
	out.pool.Range = p.Masked()
	for _, text := range n.IPAM.Exclude {
		x, good := parsePrefix(text)
		if !good {
			return nil, fmt.Errorf("invalid CIDR in exclude list %s", text)
		}
		out.pool.Excluded = append(out.pool.Excluded, x.Masked())
	}
	if g := n.IPAM.Gateway; g != "" {
		if out.gateway, ok = parseAddr(g); !ok {
			return nil, fmt.Errorf("couldn't parse gateway IP: %s", g)
		}
		out.pool.Excluded = append(out.pool.Excluded, single(out.gateway))
	}
	out.pool.Name = strings.NewReplacer(":", "-", "/", "-").Replace(out.pool.Range.String())
	return out, nil
}

// holder is who the address is for.
func (c *call) holder() (cluster.Holder, error) {
	h := cluster.Holder{ContainerID: c.ContainerID, IfName: c.IfName}
	namespace, name := "", ""
	for pair := range strings.SplitSeq(c.Args, ";") {
		switch key, value, _ := strings.Cut(pair, "="); key {
		case "K8S_POD_NAMESPACE":
			namespace = value
		case "K8S_POD_NAME":
			name = value
		}
	}
	if name == "" {
		return h, errors.New("IPAM client initialization error: no pod in CNI_ARGS")
	}
	h.Pod = namespace + "/" + name
	return h, nil
}

// changePool reads the pool, changes it and writes it back, until nobody was
// faster. One that is not there is made.
func (c *call) changePool(
	n *whereabouts, change func(cluster.Pool) (cluster.Pool, bool, error),
) error {
	w := c.Machine.Pools
	if w == nil {
		return errors.New("failed to create Kubernetes client manager: no configuration")
	}
	namespace := w.Namespace
	if namespace == "" {
		namespace = "kube-system"
	}
	var last error
	for range poolTries {
		pool, err := c.readPool(w, cluster.Key{Namespace: namespace, Name: n.pool.Name}, n.pool)
		if err != nil {
			return fmt.Errorf("error while reading the IP pool: %w", err)
		}
		next, changed, err := change(pool)
		if err != nil || !changed {
			return err
		}
		last = c.p.Call(fault.PoolUpdate, n.pool.Name, func() error {
			_, failed := w.API.UpdatePool(w.Token, next)
			return failed
		})
		if cluster.CodeOf(last) != cluster.CodeConflict {
			return last
		}
	}
	return fmt.Errorf("IP pool was changed by others too often: %w", last)
}

// readPool reads a pool. One that is not there is made.
func (c *call) readPool(w *Pools, key cluster.Key, fresh cluster.Pool) (cluster.Pool, error) {
	var pool cluster.Pool
	err := c.p.Call(fault.PoolGet, key.Name, func() error {
		var failed error
		pool, failed = w.API.GetPool(w.Token, key.Namespace, key.Name)
		if cluster.CodeOf(failed) == cluster.CodeNotFound {
			fresh.Namespace = key.Namespace
			pool, failed = w.API.CreatePool(w.Token, fresh)
		}
		return failed
	})
	return pool, err
}

func whereaboutsAdd(c *call) error {
	n, err := formOf(c, "whereabouts", makeWhereabouts)
	if err != nil {
		return err
	}
	h, err := c.holder()
	if err != nil {
		return err
	}
	var got netip.Addr
	err = c.changePool(n, func(p cluster.Pool) (cluster.Pool, bool, error) {
		next, ip, failed := p.Take(h)
		got = ip
		return next, true, failed
	})
	if err != nil {
		return fmt.Errorf("error at storage engine: %w", err)
	}
	ip := ipConf{netip.PrefixFrom(got, n.pool.Range.Bits()), n.gateway, nowhere}
	return c.print(&result{ips: []ipConf{ip}, routes: n.routes})
}

func whereaboutsDel(c *call) error {
	n, err := formOf(c, "whereabouts", makeWhereabouts)
	if err != nil {
		return err
	}
	err = c.changePool(n, func(p cluster.Pool) (cluster.Pool, bool, error) {
		next, had := p.Release(c.ContainerID, c.IfName)
		return next, had, nil
	})
	if err != nil {
		return fmt.Errorf("error at storage engine: %w", err)
	}
	return nil
}

func whereaboutsCheck(c *call) error {
	n, err := formOf(c, "whereabouts", makeWhereabouts)
	if err != nil {
		return err
	}
	found := false
	err = c.changePool(n, func(p cluster.Pool) (cluster.Pool, bool, error) {
		found = slices.ContainsFunc(p.Allocations, func(a cluster.Allocation) bool {
			return a.ContainerID == c.ContainerID && a.IfName == c.IfName
		})
		return p, false, nil
	})
	if err == nil && !found {
		err = fmt.Errorf("no address of %s is reserved for %s", n.pool.Range, c.ContainerID)
	}
	return err
}
