package ctlexplain

import (
	"context"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// Pretended is the kernel with an empty sandbox in it: a namespace that has
// "lo" and nothing else, as a runtime makes it. Nothing can be changed there.
type Pretended struct{}

var _ backends.Links = Pretended{}

// Look finds "lo" in every sandbox.
func (Pretended) Look(context.Context, string) (need.Sandbox, error) {
	return need.Sandbox{Links: []string{"lo"}}, nil
}

// Absent refuses.
func (Pretended) Absent(context.Context, backends.Sandbox, string) error { return unreal() }

// MoveDefault refuses.
func (Pretended) MoveDefault(
	context.Context, backends.Sandbox, backends.DefaultRoute,
) ([]string, error) {
	return nil, unreal()
}

// Present refuses.
func (Pretended) Present(context.Context, backends.Sandbox, []string) error { return unreal() }

func unreal() error { return fail.New(fail.Internal, "the sandbox is only pretended") }
