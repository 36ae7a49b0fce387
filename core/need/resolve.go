package need

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/netconf"
	"patchbay/core/record"
)

// errUnknown marks what can not be told yet: the question is in missing.
var errUnknown = errors.New("not known yet")

// resolver walks the request with the facts at hand and notes what it lacks.
type resolver struct {
	req      Request
	networks *netconf.Cache
	facts    Facts
	missing  []Query
	open     int // how often something in missing was asked for
	warnings []string

	// What the request says.
	pluginPath  string
	podArgs     netconf.Args
	podArgsText string

	// What earlier rounds have understood.
	boot   known[string]
	inside known[Sandbox]
	whose  known[owner]
	nets   known[[]wanted]
	// selections are those of the pod's annotation.
	selections known[[]annotation.Selection]
	// attachments are those of nets, and names their interfaces: both are made
	// when it is known how many there are.
	attachments []known[record.Attachment]
	names       []string
}

// begin starts a round.
func (r *resolver) begin(facts Facts) {
	r.facts, r.missing, r.open, r.warnings = facts, nil, 0, nil
}

// known is a part of the resolution. Once it was worked out without an open
// question no further fact can change it.
type known[T any] struct {
	value    T
	err      error
	warnings []string
	final    bool
}

// recall works a part out, unless an earlier round could.
func recall[T any](r *resolver, k *known[T], resolve func() (T, error)) (T, error) {
	if !k.final {
		open, warned := r.open, len(r.warnings)
		k.value, k.err = resolve()
		k.final, k.warnings = r.open == open, r.warnings[warned:]
		return k.value, k.err
	}
	r.warnings = append(r.warnings, k.warnings...)
	return k.value, k.err
}

// wanted is a network on its way to become an attachment.
type wanted struct {
	title     string // what people call it
	net       netconf.Network
	selection *annotation.Selection
	optional  bool
	err       error // why an optional one can not be attached
}

// ask looks a fact up, or notes the question and returns errUnknown.
func ask[T any](r *resolver, q Query) (T, error) {
	var none T
	fact, ok := r.facts[q]
	if !ok {
		r.open++
		if !slices.Contains(r.missing, q) {
			r.missing = append(r.missing, q)
		}
		return none, errUnknown
	}
	if fact.Err != nil {
		return none, fact.Err
	}
	value, ok := fact.Value.(T)
	if !ok {
		return none, fail.New(fail.Internal, "%v: the answer is a %T", q, fact.Value)
	}
	return value, nil
}

func (r *resolver) warnf(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// settle is the whole resolution. Whatever can be asked is asked before an
// error counts, so that the questions go out together.
func (r *resolver) settle() (Settled, error) {
	if len(r.req.Config.Delegates) > 0 && r.req.Config.ClusterNetwork != "" {
		r.warnf("configuration: delegates are ignored because clusterNetwork is set")
	}
	bootID, bootErr := recall(r, &r.boot, r.bootID)
	sandbox, sandboxErr := recall(r, &r.inside, r.sandbox)
	pod, podErr := recall(r, &r.whose, r.pod)
	switch {
	case errors.Is(podErr, errUnknown):
		return Settled{}, podErr
	case fail.Is(podErr, fail.NotFound) && r.syntheticAllowed():
		return Settled{Synthetic: true, Warnings: r.warnings}, nil
	case fail.Is(podErr, fail.NotFound):
		return Settled{}, fail.As(fail.Transient, podErr)
	case podErr != nil:
		return Settled{}, podErr
	}
	list, err := recall(r, &r.nets, func() ([]wanted, error) { return r.wants(pod) })
	if err = first(first(bootErr, sandboxErr), err); err != nil {
		return Settled{}, leading(err)
	}
	return r.attach(list, record.Record{
		BootID:          bootID,
		ContainerID:     r.req.ContainerID,
		IfName:          r.req.IfName,
		Netns:           r.req.Netns,
		NetnsID:         sandbox.ID,
		Pod:             r.req.Pod(),
		PluginPath:      r.pluginPath,
		FallbackVersion: r.req.Config.CNIVersion,
		Compat:          string(r.req.Config.Compat),
		Parallel:        r.req.Config.ParallelAttachments,
		Announce:        pod.known,
	})
}

// wants lists all networks of the pod, the default network first.
func (r *resolver) wants(pod owner) ([]wanted, error) {
	list, err := r.everyPod(pod.Namespace)
	if pod.known {
		var annotated error
		list, annotated = r.annotated(pod.Pod, list)
		err = errors.Join(err, annotated)
	}
	chain, chainErr := r.auxiliary()
	return append(list, chain...), errors.Join(err, chainErr)
}

func (r *resolver) bootID() (string, error) { return ask[string](r, ReadBootID{}) }

// syntheticAllowed: a DEL has nothing to do for a pod that is not there.
func (r *resolver) syntheticAllowed() bool {
	return r.req.Verb == Del || r.req.Config.PodNotFound == netconf.Synthetic
}

// first is the one of two errors to report: the second may be about something
// that depends on the first. What is unknown comes before all.
func first(a, b error) error {
	if a == nil || errors.Is(b, errUnknown) {
		return b
	}
	return a
}

// leading is the first of joined errors.
func leading(err error) error {
	if errors.Is(err, errUnknown) {
		return errUnknown
	}
	for {
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			return err
		}
		err = joined.Unwrap()[0]
	}
}

// sandbox is asked for by ADD only: a DEL must work without one.
func (r *resolver) sandbox() (Sandbox, error) {
	if r.req.Verb != Add {
		return Sandbox{}, nil
	}
	sandbox, err := ask[Sandbox](r, LookSandbox{r.req.Netns})
	if pod := r.req.Pod(); pod.Name != "" {
		err = about("pod "+pod.String(), err)
	}
	return sandbox, err
}

// owner is the pod whose sandbox it is; known, if the cluster has it.
type owner struct {
	Pod
	known bool
}

// pod reads the pod, if there is a cluster that may know it, and makes sure
// that it is the one the runtime means.
func (r *resolver) pod() (owner, error) {
	asked := r.req.Pod()
	if !r.req.Cluster || asked.Name == "" || asked.Namespace == "" {
		return owner{Pod: Pod{Namespace: asked.Namespace, Name: asked.Name}}, nil
	}
	pod, err := ask[Pod](r, ReadPod(asked))
	if err != nil {
		return owner{}, err
	}
	if asked.UID != "" && pod.UID != "" && pod.UID != asked.UID && !pod.Static() {
		kind := fail.Transient
		if r.req.Verb == Del {
			kind = fail.NotFound // the pod that is meant is gone
		}
		return owner{}, fail.New(kind,
			"pod %s: expected pod UID %s, but the cluster has %s: it was replaced",
			asked, asked.UID, pod.UID)
	}
	return owner{pod, true}, nil
}

// annotated applies the annotations of a pod to the networks that it gets anyway.
func (r *resolver) annotated(pod Pod, list []wanted) ([]wanted, error) {
	replaced, defaultErr := r.defaultNetwork(pod)
	if len(replaced) > 0 && len(list) > 0 {
		list[0] = replaced[0]
	}
	list, selectedErr := r.selected(pod, list)
	return list, errors.Join(defaultErr, selectedErr)
}

// defaultNetwork is the network that the pod's annotation puts in the place of
// the cluster's default; none without that annotation.
func (r *resolver) defaultNetwork(pod Pod) ([]wanted, error) {
	text, ok := pod.Annotations[annotation.DefaultNetwork]
	if !ok {
		return nil, nil
	}
	c := &r.req.Config
	s, err := annotation.ParseDefault(text, c.MultusNamespace, c.Compat)
	if err != nil {
		return nil, fail.About("pod "+r.req.Pod().String(), err)
	}
	if c.IsolateDefaultNetwork {
		if err = r.isolate(pod, &s); err != nil {
			return nil, err
		}
	}
	return []wanted{r.define(&s)}, nil
}

// selected adds the networks of the pod's annotation.
func (r *resolver) selected(pod Pod, out []wanted) ([]wanted, error) {
	c := &r.req.Config
	list, err := recall(r, &r.selections, func() ([]annotation.Selection, error) {
		return annotation.Parse(pod.Annotations[annotation.Networks], pod.Namespace, c.Compat)
	})
	if err != nil {
		return nil, fail.About("pod "+r.req.Pod().String(), err)
	}
	out = slices.Grow(out, len(list))
	for i := range list {
		if err = r.isolate(pod, &list[i]); err != nil {
			return nil, err
		}
		out = append(out, r.define(&list[i]))
	}
	return out, nil
}

func (r *resolver) isolate(pod Pod, s *annotation.Selection) error {
	if !r.req.Config.NamespaceIsolation || r.req.Config.Allowed(pod.Namespace, s.Namespace) {
		return nil
	}
	return fail.New(fail.Denied,
		"namespace isolation: pod %s/%s refers to network %s, which violates permission: "+
			"only its own namespace and the global ones are allowed",
		pod.Namespace, pod.Name, s.Ref())
}

// NoNetworkError is the error for a network that has no definition.
type NoNetworkError struct {
	Network string
	Err     error
}

// Error is the text of Err, which names the definition.
func (e *NoNetworkError) Error() string { return e.Err.Error() }

// Unwrap returns Err, which is of kind NotFound.
func (e *NoNetworkError) Unwrap() error { return e.Err }

// define turns a selection into a network by its definition. What is wrong with
// it is kept: it may be optional, and its interface has no name yet.
func (r *resolver) define(s *annotation.Selection) wanted {
	w := wanted{title: s.Ref(), selection: s, optional: s.Optional}
	def, err := ask[Definition](r, ReadDefinition{s.Namespace, s.Name})
	if err != nil {
		w.err = err
		if fail.Is(err, fail.NotFound) {
			w.err = &NoNetworkError{Network: s.Ref(), Err: err}
		}
		return w
	}
	w.optional = w.optional || strings.EqualFold(def.Annotations[annotation.Optional], "true")
	if w.net, w.err = r.definition(def); w.err == nil {
		w.net, w.err = w.net.WithArgs(s.CNIArgs)
	}
	return w
}

// about names an object in an error, but leaves errUnknown alone.
func about(object string, err error) error {
	if errors.Is(err, errUnknown) {
		return err
	}
	return fail.About(object, err)
}
