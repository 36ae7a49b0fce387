package plan

import (
	"strings"

	"patchbay/core/ladder"
	"patchbay/core/record"
)

// Of returns the plan of a record. It is deterministic: DEL rebuilds, from the
// saved record, the plan that ADD had.
func Of(r record.Record) ladder.Plan {
	key := r.Key()
	save := ladder.Task{Up: SaveRecord{key}, Down: DropRecord{key}}
	ground := stage(ladder.Ladder{Tasks: []ladder.Task{save}})
	ground.Ground = true
	p := make(ladder.Plan, 1, 3+len(r.Attachments)) // two may follow the networks
	p[0] = ground
	p = append(p, networks(r)...)
	if routes := defaultRoutes(r); len(routes) > 0 {
		p = append(p, stage(ladder.Ladder{Tasks: routes}))
	}
	if r.Announce {
		status := ladder.Task{Up: WriteStatus{r.Pod}}
		p = append(p, stage(ladder.Ladder{Tasks: []ladder.Task{status}}))
	}
	return p
}

func stage(ladders ...ladder.Ladder) ladder.Stage { return ladder.Stage{Ladders: ladders} }

// networks gives every attachment a stage of its own, for the NPWG standard
// (v1.3 §7.3) forbids attaching side by side, unless the record says that the
// secondary networks may go up together.
func networks(r record.Record) []ladder.Stage {
	out := make([]ladder.Stage, 0, len(r.Attachments))
	for i, a := range r.Attachments {
		l := attachment(a)
		if r.Parallel && i > 1 {
			out[1].Ladders = append(out[1].Ladders, l)
			continue
		}
		out = append(out, stage(l))
	}
	return out
}

// attachment is read from the bottom: DEL detaches first, with the kept result
// at hand, and forgets the result and the device after that.
func attachment(a record.Attachment) ladder.Ladder {
	l := ladder.Ladder{Optional: a.Optional, Tasks: make([]ladder.Task, 0, 5)}
	if a.DeviceInfo != "" {
		l.Tasks = append(l.Tasks, ladder.Task{Down: DropDeviceInfo{a.IfName, a.DeviceInfo}})
	}
	l.Tasks = append(l.Tasks,
		ladder.Task{Up: RequireAbsent{a.IfName}},
		ladder.Task{Down: DropResult{a.IfName, a.Network}},
		ladder.Task{Up: Attach{a.IfName, a.Network}, Down: Detach{a.IfName, a.Network}},
		ladder.Task{Up: SaveResult{a.IfName, a.Network}},
	)
	return l
}

// defaultRoutes comes after all networks are up: until then it is not known
// whether an optional one, that asked for the route, will be there. There is
// nothing to undo, for the routes go with their interfaces. The results are
// saved again, so that CHECK expects the routes that now are.
func defaultRoutes(r record.Record) []ladder.Task {
	var tasks []ladder.Task
	for _, a := range r.Attachments {
		if a.DefaultRoute == nil {
			continue
		}
		if len(*a.DefaultRoute) == 0 {
			tasks = append(tasks,
				ladder.Task{Up: MoveDefault{V6: false, IfName: a.IfName}},
				ladder.Task{Up: MoveDefault{V6: true, IfName: a.IfName}})
		}
		for _, gateway := range *a.DefaultRoute {
			v6 := strings.Contains(gateway, ":")
			tasks = append(tasks, ladder.Task{Up: MoveDefault{v6, a.IfName, gateway}})
		}
	}
	if len(tasks) == 0 {
		return nil
	}
	for _, a := range r.Attachments {
		tasks = append(tasks, ladder.Task{Up: SaveResult{a.IfName, a.Network}})
	}
	return tasks
}

// Checks returns the plan of CHECK: reads without an undo. They are
// independent, so that one that fails does not keep the others from being made.
func Checks(r record.Record) ladder.Plan {
	var all []ladder.Ladder
	for _, a := range r.Attachments {
		check := ladder.Task{Up: Check{a.IfName, a.Network}}
		all = append(all, ladder.Ladder{Tasks: []ladder.Task{check}})
	}
	return ladder.Plan{stage(all...)}
}
