package drive

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/need"
	"patchbay/core/netconf"
	"patchbay/core/plan"
	"patchbay/core/record"
	"patchbay/core/result"
)

// session is one walk over the plan of one record.
type session struct {
	*Driver
	rec     record.Record
	timeout time.Duration // of one plugin run
	netns   string        // what plugins are told; "" when it is not ours any more
	// strangers are interfaces that nobody saw us make: when one of them is to be
	// detached, its plugins are told of no namespace.
	strangers []string
	dropped   []need.Dropped

	mu       sync.Mutex // guards what follows
	outcomes map[string]result.Outcome
	moved    map[string][]result.Route
}

func (d *Driver) session(req need.Request, rec record.Record, netns string) *session {
	return &session{
		Driver: d, rec: rec, netns: netns,
		timeout:  seconds(req.Config.DelegateTimeoutSeconds),
		outcomes: map[string]result.Outcome{},
		moved:    map[string][]result.Route{},
	}
}

// abreast is how many effects of one pod may be under way.
func (s *session) abreast() int {
	if s.rec.Parallel {
		return 16
	}
	return 1
}

// walk performs what the machine asks for, in the order it asks, until it asks
// no more.
func (s *session) walk(ctx context.Context, m *ladder.Machine) {
	type ended struct {
		is  ladder.Issued
		err error
	}
	var (
		crew    = s.crew()
		undoing = context.WithoutCancel(ctx)
		mu      sync.Mutex
		results []ended
		waiting []ladder.Issued
		open    int
	)
	// An undo is not given up because the caller lost interest; going up is.
	perform := func(is ladder.Issued) error {
		if is.Undo() {
			return s.perform(undoing, is)
		}
		return s.perform(ctx, is)
	}
	for {
		waiting = m.AppendNext(waiting)
		if open == 0 && len(waiting) == 1 || len(waiting) > 0 && s.abreast() == 1 {
			is := waiting[0]
			waiting = slices.Delete(waiting, 0, 1)
			m.Step(is, perform(is))
			continue
		}
		for len(waiting) > 0 && open < s.abreast() {
			is := waiting[0]
			waiting = slices.Delete(waiting, 0, 1)
			open++
			crew.Go(func() {
				err := perform(is)
				mu.Lock()
				defer mu.Unlock()
				results = append(results, ended{is, err})
			})
		}
		if open == 0 {
			return
		}
		crew.Wait()
		open--
		mu.Lock()
		e := results[0]
		results = results[1:]
		mu.Unlock()
		m.Step(e.is, e.err)
	}
}

// perform does one effect as patiently as the policy says.
func (s *session) perform(ctx context.Context, is ladder.Issued) error {
	effect, ok := is.Effect.(plan.Effect)
	if !ok {
		return fail.New(fail.Internal, "nobody can perform %v", is.Effect)
	}
	if ctx.Err() != nil {
		return fail.New(fail.Transient, "%v: given up: %w", effect, context.Cause(ctx))
	}
	policy := plan.PolicyOf(effect)
	pause := time.Duration(policy.PauseMS) * time.Millisecond
	for tried := 1; ; tried++ {
		err := s.once(ctx, effect, policy)
		if err == nil || is.Undo() && fail.Is(err, fail.Gone) {
			return nil
		}
		if !policy.Again(tried, fail.Of(err)) || s.Backend.Clock.Sleep(ctx, pause) != nil {
			s.failed(effect, err)
			return err
		}
		pause *= 2
	}
}

func (s *session) once(ctx context.Context, effect plan.Effect, policy plan.Policy) error {
	if policy.DeadlineMS > 0 {
		var cancel context.CancelFunc
		limit := time.Duration(policy.DeadlineMS) * time.Millisecond
		ctx, cancel = s.Backend.Clock.WithTimeout(ctx, limit)
		defer cancel()
	}
	return s.observed(effect, func() error {
		return s.guarded(ctx, effect, func() error { return s.do(ctx, effect) })
	})
}

// do hands the effect to the part of the backend that can do it.
func (s *session) do(ctx context.Context, effect plan.Effect) error {
	b := s.Backend
	switch e := effect.(type) {
	case plan.SaveRecord:
		return b.Records.Save(ctx, s.rec)
	case plan.DropRecord:
		return b.Records.Drop(ctx, e.Key)
	case plan.RequireAbsent:
		return s.about(e.IfName, b.Links.Absent(ctx, s.sandbox(), e.IfName))
	case plan.Attach:
		return s.about(e.IfName, s.attach(ctx, e))
	case plan.Detach:
		return s.about(e.IfName, s.detach(ctx, e))
	case plan.Check:
		return s.about(e.IfName, s.check(ctx, e))
	case plan.SaveResult:
		return s.about(e.IfName, s.saveResult(ctx, e.IfName))
	case plan.DropResult:
		return s.about(e.IfName, s.dropResult(ctx, e))
	case plan.DropDeviceInfo:
		return s.about(e.IfName, b.Devices.DropInfo(ctx, e.Path))
	case plan.MoveDefault:
		return s.about(e.IfName, s.moveDefault(ctx, e))
	case plan.WriteStatus:
		return s.writeStatus(ctx, e)
	}
	return fail.New(fail.Internal, "nobody can perform %v", effect)
}

func (s *session) sandbox() backends.Sandbox {
	return backends.Sandbox{Path: s.rec.Netns, ID: s.rec.NetnsID}
}

// about names pod and attachment in an error.
func (s *session) about(ifName string, err error) error {
	if err == nil {
		return nil
	}
	for _, a := range s.rec.Attachments {
		if a.IfName == ifName {
			return fail.About(result.Object(s.rec, a), err)
		}
	}
	return err
}

// attachment finds an attachment by interface and network: a record that was
// rebuilt from what another system left may have two of one interface.
func (s *session) attachment(ifName, network string) (record.Attachment, error) {
	for _, a := range s.rec.Attachments {
		if a.IfName == ifName && a.Network == network {
			return a, nil
		}
	}
	return record.Attachment{}, fail.New(fail.Internal,
		"no attachment has interface %s and network %s", ifName, network)
}

// network is attachment with the network that its configuration describes.
func (s *session) network(ifName, network string) (record.Attachment, netconf.Network, error) {
	a, err := s.attachment(ifName, network)
	if err != nil {
		return record.Attachment{}, netconf.Network{}, err
	}
	net, err := s.Networks.parse(a.Config)
	return a, net, err
}

// alone is the record with one attachment only, for what goes by its interface.
func (s *session) alone(a record.Attachment) record.Record {
	r := s.rec
	r.Attachments = []record.Attachment{a}
	return r
}

// failed notes why an attachment is not there, for the status.
func (s *session) failed(effect plan.Effect, err error) {
	var ifName string
	switch e := effect.(type) {
	case plan.RequireAbsent:
		ifName = e.IfName
	case plan.Attach:
		ifName = e.IfName
	case plan.SaveResult:
		ifName = e.IfName
	default:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes[ifName] = result.Outcome{Err: err}
}

func (s *session) outcome(ifName string) (result.Outcome, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.outcomes[ifName]
	return o, ok
}

// isUp reports whether an attachment has come up: an optional one may have not.
func (s *session) isUp(ifName string) bool {
	o, ok := s.outcome(ifName)
	return ok && o.Err == nil
}

// saveResult keeps the result as it is after default routes were moved.
func (s *session) saveResult(ctx context.Context, ifName string) error {
	if !s.isUp(ifName) {
		return nil
	}
	s.mu.Lock()
	o := s.outcomes[ifName]
	moved := slices.Clone(s.moved[ifName])
	s.mu.Unlock()
	raw, err := o.WithRoutes(o.Version, moved)
	if err != nil {
		return err
	}
	return s.Backend.Records.SaveResult(ctx, s.rec, ifName, raw)
}

func (s *session) dropResult(ctx context.Context, e plan.DropResult) error {
	a, err := s.attachment(e.IfName, e.Network)
	if err != nil {
		return err
	}
	return s.Backend.Records.DropResult(ctx, s.alone(a), e.IfName)
}

// moveDefault moves the default route of a family, unless the network that
// asked for it is an optional one that did not come up.
func (s *session) moveDefault(ctx context.Context, e plan.MoveDefault) error {
	if !s.isUp(e.IfName) {
		return nil
	}
	var others []string
	owner := map[string]string{} // interface -> attachment it belongs to
	for _, a := range s.rec.Attachments {
		if a.IfName == e.IfName || !s.isUp(a.IfName) {
			continue
		}
		o, _ := s.outcome(a.IfName)
		for _, name := range append(o.InSandbox(), a.IfName) {
			if name != e.IfName && !slices.Contains(others, name) {
				others = append(others, name)
				owner[name] = a.IfName
			}
		}
	}
	lost, err := s.Backend.Links.MoveDefault(ctx, s.sandbox(), backends.DefaultRoute{
		V6: e.V6, IfName: e.IfName, Gateway: e.Gateway, Others: others,
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range lost {
		at := owner[name]
		s.moved[at] = append(s.moved[at], result.Route{V6: e.V6, Lost: true})
	}
	if e.Gateway != "" {
		s.moved[e.IfName] = append(s.moved[e.IfName],
			result.Route{V6: e.V6, Gateway: e.Gateway})
	}
	return nil
}

// writeStatus tells the cluster what the pod got. A pod that is gone needs no
// status any more.
func (s *session) writeStatus(ctx context.Context, e plan.WriteStatus) error {
	s.mu.Lock()
	text, err := result.Status(s.rec, s.outcomes, s.dropped)
	s.mu.Unlock()
	if err != nil || text == "" {
		return err
	}
	err = s.Backend.Cluster.SetStatus(ctx, e.Pod, text)
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	return fail.About("network status", err)
}

// joined is errors.Join that keeps the kind of the first error.
func joined(errs []error) error {
	if err := errors.Join(errs...); err != nil {
		first := errs[slices.IndexFunc(errs, func(e error) bool { return e != nil })]
		return fail.As(fail.Of(first), err)
	}
	return nil
}
