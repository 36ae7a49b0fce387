package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"patchbay/backends"
	"patchbay/backends/real"
	"patchbay/cmd/internal/ctlconf"
	"patchbay/cmd/internal/ctlmanifest"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/ctlpod"
	"patchbay/cmd/internal/ctlruntime"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

const aboutPod = `Act as a container runtime does, without containers: make the network namespace
of a pod, pb-<namespace>-<name> in /run/netns, and call the plugins of the
configuration for it. Root is needed.

The plugin reads pods and definitions itself, from the manifestDir or the
cluster of its configuration: what is in FILE has to be there too.`

// podFlags are those of all pod commands.
type podFlags struct {
	files, pluginDirs []string
	runtimeDir        string
}

// pods is what the pod commands work with.
type pods struct {
	file    ctlconf.File
	backend backends.Backend
	known   bool // there is a cluster
	runtime ctlruntime.Runtime
}

// podVerb performs one command for one pod and reports what became of it.
type podVerb func(context.Context, pods, need.Pod) (ctlpod.Report, error)

// podCommand is `patchbayctl pod`.
func podCommand(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "pod", Short: "Attach pods as a container runtime does", Long: aboutPod,
		Example: exampleOf("pod up -f pod.yaml\n") + exampleOf("pod status -f pod.yaml\n") +
			exampleOf("pod down -f pod.yaml"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		s.podVerb("up", "Make the namespace of each pod and attach its networks", podUp),
		s.podVerb("down", "Detach the networks of each pod and remove its namespace", podDown),
		s.podVerb("check", "Ask the plugins whether the networks are as they were made", podCheck),
		s.podVerb("status", "Show what is in the namespace beside the status annotation",
			podStatus),
	)
	return c
}

func (s *session) podVerb(name, short string, perform podVerb) *cobra.Command {
	var flags podFlags
	c := &cobra.Command{
		Use: name + " -f FILE…", Short: short, Long: short + ".\n\n" + aboutPod,
		Example: exampleOf("pod " + name + " -f pod.yaml"), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.eachPod(c, flags, perform)
		},
	}
	manifestFlag(c, &flags.files)
	pluginDirFlag(c, &flags.pluginDirs)
	c.Flags().StringVar(&flags.runtimeDir, "runtime-dir", "/var/lib/patchbayctl",
		"`DIR` for what a runtime keeps: the results of ADD")
	return c
}

// eachPod performs a command for every pod. One that fails does not keep the
// others from their turn.
func (s *session) eachPod(c *cobra.Command, flags podFlags, perform podVerb) error {
	set, err := ctlmanifest.Read(flags.files, c.InOrStdin())
	if err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return fail.New(fail.Denied, "network namespaces need root; "+
			"'patchbayctl explain' shows what would be done without it")
	}
	f, err := s.config()
	if err != nil {
		return err
	}
	p := s.pods(f, flags)
	var (
		list []ctlpod.Report
		bad  = false
	)
	for _, pod := range set.Pods {
		r, failure := perform(c.Context(), p, pod)
		r.Pod = pod.Namespace + "/" + pod.Name
		if failure != nil {
			bad, r.Error = true, failure.Error()
		}
		bad = bad || len(r.Differences) > 0
		list = append(list, r)
	}
	err = s.printer.Print(list, func(page *ctlout.Page) { ctlpod.Write(page, list) })
	if err == nil && bad {
		return failed()
	}
	return err
}

// pods assembles what the pod commands work with.
func (s *session) pods(f ctlconf.File, flags podFlags) pods {
	backend, known := real.New(s.options(f))
	return pods{
		file: f, backend: backend, known: known,
		runtime: ctlruntime.Runtime{
			List: f.List, Path: pluginPath(flags.pluginDirs), Dir: flags.runtimeDir,
			Exec: ctlruntime.Plugins(s.stderr),
		},
	}
}

// seen finds the pod where the plugin will look for it.
func (p pods) seen(ctx context.Context, pod need.Pod) (need.Pod, error) {
	if !p.known {
		return need.Pod{}, fail.New(fail.Invalid, "the plugin would not see the pod: %s has "+
			"neither manifestDir nor kubeconfig", p.file.Path)
	}
	got, err := p.backend.Cluster.Pod(ctx, pod.Namespace, pod.Name)
	if fail.Is(err, fail.NotFound) && p.file.Config.ManifestDir != "" {
		return need.Pod{}, fail.New(fail.NotFound, "the plugin would not see the pod: "+
			"it is not in manifestDir %s of %s; copy the manifest there",
			p.file.Config.ManifestDir, p.file.Path)
	}
	return got, err
}

func podUp(ctx context.Context, p pods, pod need.Pod) (ctlpod.Report, error) {
	known, err := p.seen(ctx, pod)
	if err != nil {
		return ctlpod.Report{}, err
	}
	sandbox := ctlruntime.Of(identity(known))
	if err = p.runtime.Up(ctx, sandbox); err != nil {
		return ctlpod.Report{}, err
	}
	r, err := p.look(ctx, sandbox)
	r.Done = "is up"
	return r, err
}

func podDown(ctx context.Context, p pods, pod need.Pod) (ctlpod.Report, error) {
	if known, err := p.seen(ctx, pod); err == nil {
		pod = known // for its UID; DEL has to work without the pod as well
	}
	if err := p.runtime.Down(ctx, ctlruntime.Of(identity(pod))); err != nil {
		return ctlpod.Report{}, err
	}
	return ctlpod.Report{Done: "is down"}, nil
}

func podCheck(ctx context.Context, p pods, pod need.Pod) (ctlpod.Report, error) {
	known, err := p.seen(ctx, pod)
	if err != nil {
		return ctlpod.Report{}, err
	}
	if err = p.runtime.Check(ctx, ctlruntime.Of(identity(known))); err != nil {
		return ctlpod.Report{}, err
	}
	return ctlpod.Report{Done: "is as it was made"}, nil
}

func podStatus(ctx context.Context, p pods, pod need.Pod) (ctlpod.Report, error) {
	known, err := p.seen(ctx, pod)
	if err != nil {
		return ctlpod.Report{}, err
	}
	return p.status(ctx, known)
}

func identity(p need.Pod) record.Pod {
	return record.Pod{Namespace: p.Namespace, Name: p.Name, UID: p.UID}
}
