package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"patchbay/backends"
	"patchbay/backends/drive"
	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlexplain"
	"patchbay/cmd/internal/ctlmanifest"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlruntime"
	"patchbay/core/need"
	"patchbay/core/record"
)

const aboutExplain = `Say what ADD would do for the pods of some manifests, before anything happens:
the plan, stage by stage, and the exact configuration and environment that
every plugin would get. Plugins, files and the cluster are looked at; the
sandbox is pretended to be new. Nothing is changed, and root is not needed.

Definitions that stand in the manifests count before those of the cluster.
Exit code 1: a pod would be refused.`

const exampleExplain = `  patchbayctl explain -f pod.yaml
  patchbayctl explain -f networks.yaml -f pods.yaml -o yaml
  kubectl get pod web -o yaml | patchbayctl explain -f -`

// explainCommand is `patchbayctl explain`.
func explainCommand(s *session) *cobra.Command {
	var files, pluginDirs []string
	c := &cobra.Command{
		Use:   "explain -f FILE…",
		Short: "Say what attaching pods would do, without doing it",
		Long:  aboutExplain, Example: exampleExplain,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			set, err := ctlmanifest.Read(files, c.InOrStdin())
			if err != nil {
				return err
			}
			f, err := s.config()
			if err != nil {
				return err
			}
			return s.explain(c.Context(), f, set, pluginPath(pluginDirs))
		},
	}
	manifestFlag(c, &files)
	pluginDirFlag(c, &pluginDirs)
	return c
}

// explain prints what would become of the pods.
func (s *session) explain(
	ctx context.Context, f ctlconf.File, set ctlmanifest.Set, path string,
) error {
	backend, known := real.New(s.options(f))
	overlay := ctlmanifest.Overlay{Set: set}
	if known {
		overlay.Behind = backend.Cluster
	}
	for i, p := range set.Pods {
		set.Pods[i].UID = uid(ctx, p, overlay.Behind)
	}
	backend.Cluster, backend.Links = overlay, ctlexplain.Pretended{}
	d := &drive.Driver{Backend: backend, Log: slog.New(slog.DiscardHandler)}
	var (
		list    []ctlexplain.Explanation
		refused = false
	)
	for _, p := range set.Pods {
		pod := record.Pod{Namespace: p.Namespace, Name: p.Name, UID: p.UID}
		sandbox := ctlruntime.Of(pod)
		settled, err := d.Settle(ctx, need.Request{
			Verb: need.Add, ContainerID: sandbox.ContainerID, Netns: sandbox.Netns,
			IfName: sandbox.IfName, Args: sandbox.Args(), CNIPath: path,
			Config: f.Config, Cluster: true,
		})
		var e ctlexplain.Explanation
		if err == nil {
			e, err = ctlexplain.Of(ctx, backend.Plugins, pod, settled)
		}
		if err != nil {
			refused = true
			e = ctlexplain.Refusal(pod, err)
		}
		list = append(list, e)
	}
	err := s.printer.Print(list, func(p *ctlout.Page) { ctlexplain.Write(p, list) })
	if err == nil && refused {
		return failed()
	}
	return err
}

// uid is the UID that a runtime would tell: manifests rarely have one, and the
// cluster gives it.
func uid(ctx context.Context, p need.Pod, behind backends.Cluster) string {
	if p.UID != "" || behind == nil {
		return p.UID
	}
	known, err := behind.Pod(ctx, p.Namespace, p.Name)
	if err != nil {
		return "" // a pod that was not applied yet has none
	}
	return known.UID
}
