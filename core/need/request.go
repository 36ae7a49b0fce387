package need

import (
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// Verb is a CNI command.
type Verb string

// The verbs that settle something.
const (
	Add Verb = "ADD"
	Del Verb = "DEL" // without a record: what ADD would have attached
)

// Request is what the runtime asks for.
type Request struct {
	Verb        Verb
	ContainerID string
	Netns       string
	IfName      string
	Args        netconf.Args
	CNIPath     string
	Config      netconf.Config
	Cluster     bool // there is a cluster to ask for pods and definitions
}

// Key returns the key of the record of this request.
func (r Request) Key() record.Key {
	return record.Key{ContainerID: r.ContainerID, IfName: r.IfName}
}

// Pod is the pod as the runtime names it.
func (r Request) Pod() record.Pod {
	return record.Pod{
		Namespace: r.Args.Get("K8S_POD_NAMESPACE"),
		Name:      r.Args.Get("K8S_POD_NAME"),
		UID:       r.Args.Get("K8S_POD_UID"),
	}
}

// Settled is a request that can be carried out.
type Settled struct {
	// Record has every attachment; its plan is what will be done.
	Record record.Record
	// Synthetic: the cluster does not know the pod, nothing is attached, and
	// the runtime gets an empty result.
	Synthetic bool
	// Dropped are optional networks that can not be attached and, of a DEL,
	// networks of which it can not be told any more how to detach them.
	Dropped []Dropped
	// Warnings are sentences for the log.
	Warnings []string
}

// Dropped is a network that is left out.
type Dropped struct {
	Network string
	IfName  string
	Reason  error
}

// Asker settles one request in rounds: it says what it must still know, until it
// can tell. What it has understood once it does not work out again, so that facts
// may be added between rounds and never changed.
type Asker struct {
	resolver
	settled Settled
	err     error
}

// NewAsker returns an asker that remembers networks in a cache, which may be nil.
func NewAsker(req Request, networks *netconf.Cache) *Asker {
	args := netconf.PodArgs(req.Args)
	return &Asker{resolver: resolver{
		req: req, networks: networks,
		pluginPath: req.Config.PluginPath(req.CNIPath),
		podArgs:    args, podArgsText: args.String(),
	}}
}

// Missing lists what must still be asked, in a fixed order; none when Settled
// can tell, even if what it tells is an error.
func (a *Asker) Missing(facts Facts) []Query {
	a.begin(facts)
	a.settled, a.err = a.settle()
	return a.missing
}

// Settled is the request with the facts of the last round as a record, or why it
// can not be carried out.
func (a *Asker) Settled() (Settled, error) { return a.settled, a.err }

// Missing is one round of an [Asker].
func Missing(req Request, facts Facts) []Query {
	return NewAsker(req, nil).Missing(facts)
}

// Settle turns a request and complete facts into a record, or says why the
// request can not be carried out.
func Settle(req Request, facts Facts) (Settled, error) {
	a := NewAsker(req, nil)
	a.Missing(facts)
	return a.Settled()
}

// MissingNetworks and SettleNetworks do the same for the networks that every
// pod of the node gets, for STATUS and GC.
func MissingNetworks(req Request, facts Facts) []Query {
	r := &resolver{req: req, facts: facts}
	_, _ = r.everyPod("") // only the questions matter here
	return r.missing
}

// SettleNetworks lists the networks that every pod of the node gets, as
// attachments without a sandbox. The first is the default network.
func SettleNetworks(req Request, facts Facts) ([]record.Attachment, error) {
	r := &resolver{req: req, facts: facts}
	wanted, err := r.everyPod("")
	if err != nil {
		return nil, err
	}
	out := make([]record.Attachment, 0, len(wanted))
	for i, w := range wanted {
		out = append(out, record.Attachment{
			Network: w.title, Name: w.net.Name, Config: w.net.Raw, Master: i == 0,
		})
	}
	return out, nil
}
