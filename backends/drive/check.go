package drive

import (
	"context"
	"fmt"

	"patchbay/core/fail"
	"patchbay/core/ladder"
	"patchbay/core/need"
	"patchbay/core/plan"
)

// Check makes sure that every attachment of the sandbox is as ADD left it, the
// secondary networks too.
func (d *Driver) Check(ctx context.Context, req need.Request) error {
	unlock, err := d.lock(ctx, req.Key())
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := d.Backend.Records.Load(ctx, req.Key())
	if fail.Is(err, fail.NotFound) {
		return fail.New(fail.NoContainer, "nothing is recorded of container %s, interface %s",
			req.ContainerID, req.IfName)
	}
	if err != nil {
		return err
	}
	rec = adopt(rec, req)
	netns, err := d.ownNetns(ctx, rec)
	if err != nil {
		return err
	}
	if netns == "" {
		return fail.New(fail.BadSandbox, "sandbox %s is not the one that was attached", rec.Netns)
	}
	found, err := d.Backend.Links.Look(ctx, netns)
	if err != nil {
		return err
	}
	rec.NetnsID = found.ID // a rebuilt record does not know it
	s := d.session(req, rec, netns)
	m := ladder.Up(plan.Checks(rec))
	s.walk(ctx, m)
	if err = m.Err(); err != nil {
		return fail.As(kindOf(m), fmt.Errorf("check: %w", err))
	}
	return nil
}
