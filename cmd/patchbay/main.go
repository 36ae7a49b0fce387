package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	cniversion "github.com/containernetworking/cni/pkg/version"

	"patchbay/backends/drive"
	node "patchbay/backends/real"
	"patchbay/cmd/internal/logfile"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/netconf"
)

// version is set by the linker.
var version = "dev"

func main() {
	if len(os.Args) > 1 && isVersionFlag(os.Args[1]) {
		fmt.Println("patchbay " + version) //nolint:forbidigo // nobody calls it as a plugin
		return
	}
	// A process that lives for milliseconds has no garbage worth collecting.
	debug.SetGCPercent(800)
	funcs := skel.CNIFuncs{
		Add: verb(add), Del: verb(del), Check: verb(check), Status: verb(status), GC: verb(gc),
	}
	if filepath.Base(os.Args[0]) == "passthru" {
		funcs = passthru()
	}
	skel.PluginMainFuncs(funcs, cniversion.All, "CNI plugin patchbay "+version)
}

func isVersionFlag(arg string) bool {
	return arg == "--version" || arg == "-version" || arg == "-v"
}

// carryOut is one verb on a driver.
type carryOut func(context.Context, *drive.Driver, need.Request) error

// verb makes a skel callback: it reads configuration and environment, performs
// the verb, and turns whatever goes wrong into a CNI error. A runtime gets JSON
// even from a defect of ours.
func verb(perform carryOut) func(*skel.CmdArgs) error {
	return func(args *skel.CmdArgs) error {
		ctx, stop := signal.NotifyContext(
			context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		defer stop()
		if err := guarded(ctx, args, perform); err != nil {
			return fail.CNI(err)
		}
		return nil
	}
}

func guarded(ctx context.Context, args *skel.CmdArgs, perform carryOut) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fail.New(fail.Internal, "defect in patchbay %s: %v", version, r)
		}
	}()
	config, err := netconf.ParseConfig(args.StdinData)
	if err != nil {
		return err
	}
	cniArgs, err := netconf.ParseArgs(args.Args)
	if err != nil {
		return err
	}
	log, closer, err := logfile.Open(logOptions(config))
	if err != nil {
		log.WarnContext(ctx, "there is no log file", "error", err) // no reason to fail a pod
	}
	defer func() { _ = closer.Close() }() // the process ends anyway
	backend, hasCluster := node.New(node.Options{
		Config:      config,
		ServiceHost: os.Getenv("KUBERNETES_SERVICE_HOST"),
		ServicePort: os.Getenv("KUBERNETES_SERVICE_PORT"),
		Version:     version,
		Stderr:      os.Stderr,
	})
	driver := &drive.Driver{Backend: backend, Log: log, Observe: observer(ctx, log)}
	return perform(ctx, driver, need.Request{
		Verb:        need.Add,
		ContainerID: args.ContainerID,
		Netns:       args.Netns,
		IfName:      args.IfName,
		Args:        cniArgs,
		CNIPath:     args.Path,
		Config:      config,
		Cluster:     hasCluster,
	})
}

func add(ctx context.Context, d *drive.Driver, req need.Request) error {
	result, err := d.Add(ctx, req)
	if err != nil {
		return err
	}
	return result.Print()
}

func del(ctx context.Context, d *drive.Driver, req need.Request) error { return d.Del(ctx, req) }
func gc(ctx context.Context, d *drive.Driver, req need.Request) error  { return d.GC(ctx, req) }

func check(ctx context.Context, d *drive.Driver, req need.Request) error {
	return d.Check(ctx, req)
}

func status(ctx context.Context, d *drive.Driver, req need.Request) error {
	return d.Status(ctx, req)
}

// logOptions is what the configuration says of the log. It defaults to none:
// what went wrong is in the error that the runtime gets.
func logOptions(c netconf.Config) logfile.Options {
	return logfile.Options{
		Path: c.LogFile, Level: c.LogLevel, ToStderr: c.LogToStderr,
		Stderr: os.Stderr, Now: time.Now(), Rotation: logfile.RotationOf(c.LogOptions),
	}
}
