package main

import (
	"encoding/json"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	cniversion "github.com/containernetworking/cni/pkg/version"

	"patchbay/core/fail"
)

// passthru is a plugin that attaches nothing.
func passthru() skel.CNIFuncs {
	nothing := func(*skel.CmdArgs) error { return nil }
	return skel.CNIFuncs{
		Add: passthruAdd, Del: nothing, Check: nothing, Status: nothing, GC: nothing,
	}
}

// passthruAdd hands on the result it was given, or an empty one.
func passthruAdd(args *skel.CmdArgs) error {
	var conf types.PluginConf
	if err := json.Unmarshal(args.StdinData, &conf); err != nil {
		return fail.CNI(fail.New(fail.Decode, "configuration: %w", err))
	}
	if err := cniversion.ParsePrevResult(&conf); err != nil {
		return fail.CNI(fail.As(fail.Decode, err))
	}
	if conf.PrevResult == nil {
		conf.PrevResult = &current.Result{CNIVersion: current.ImplementedSpecVersion}
	}
	return types.PrintResult(conf.PrevResult, conf.CNIVersion)
}
