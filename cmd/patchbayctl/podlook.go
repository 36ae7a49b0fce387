package main

import (
	"context"
	"encoding/json"

	"patchbay/cmd/internal/ctlpod"
	"patchbay/cmd/internal/ctlruntime"
	"patchbay/cmd/internal/kernel"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// look reports what is in the namespace of a pod.
func (p pods) look(ctx context.Context, s ctlruntime.Sandbox) (ctlpod.Report, error) {
	r := ctlpod.Report{ContainerID: s.ContainerID, Sandbox: s.Netns}
	if !ctlruntime.HasNetns(s.Netns) {
		return r, fail.New(fail.BadSandbox, "it is not up: there is no namespace %s", s.Netns)
	}
	inside, err := kernel.At(ctx, s.Netns)
	if err != nil {
		return r, err
	}
	routes, err := kernel.Routes(ctx, s.Netns)
	if err != nil {
		return r, err
	}
	// The store itself would set a record aside that it can not believe.
	records := nodefiles.ReadOnly(p.backend.Records, p.file.Config.CNIDir)
	rec, err := records.Load(ctx, s.Key())
	if err != nil && !fail.Is(err, fail.NotFound) {
		return r, err
	}
	r.Interfaces = ctlpod.Interfaces(inside.Links, routes, rec)
	return r, nil
}

// status is look, with what the annotation says beside it.
func (p pods) status(ctx context.Context, pod need.Pod) (ctlpod.Report, error) {
	r, err := p.look(ctx, ctlruntime.Of(identity(pod)))
	if err != nil {
		return r, err
	}
	text := pod.Annotations[annotation.Status]
	if r.Differences, err = ctlpod.Compare(r.Interfaces, []byte(text)); err != nil {
		return r, err
	}
	if text != "" {
		r.Status = json.RawMessage(text)
	}
	return r, nil
}
