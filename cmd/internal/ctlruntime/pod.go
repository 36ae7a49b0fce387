package ctlruntime

import (
	"context"

	"patchbay/core/fail"
)

// Up makes the namespace of a sandbox and attaches it. On an error nothing is
// left, but for what the error says. Busy: it is up already.
func (r Runtime) Up(ctx context.Context, s Sandbox) error {
	if err := MakeNetns(s.Netns); err != nil {
		return err
	}
	err := r.Add(ctx, s)
	if err == nil {
		return nil
	}
	if left := RemoveNetns(s.Netns); left != nil {
		return fail.New(fail.Of(err), "%w; and %w", err, left)
	}
	return err
}

// Down detaches a sandbox and removes its namespace. One that is not up counts
// as taken down. While DEL fails the namespace stays: the plugins may need it.
func (r Runtime) Down(ctx context.Context, s Sandbox) error {
	mounted := s.Netns
	if !HasNetns(mounted) {
		s.Netns = "" // CNI spec 1.1 §2, "DEL": the runtime may have lost it
	}
	if err := r.Del(ctx, s); err != nil {
		return err
	}
	return RemoveNetns(mounted)
}
