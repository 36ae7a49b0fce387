package ctlsim

import (
	"slices"
	"strings"

	"patchbay/core/fail"
	"patchbay/sim/explore"
	"patchbay/sim/world"
)

// Mode is a way to explore stories.
type Mode struct {
	Name, About string
	run         func([]world.Story, Plan) (*explore.Report, error)
}

// Plan says what is explored, and how much of it.
type Plan struct {
	Stories []world.Story
	Modes   []Mode
	// From and Seeds are the seeds of the swarm.
	From, Seeds uint64
	// Deviations is how many choices of a run, or how many preemptions, are out of
	// the ordinary where all of them are tried.
	Deviations int
	Options    explore.Options
}

// Modes lists all modes, the fastest first.
func Modes() []Mode {
	return []Mode{
		{
			"fault-free", "every story once, with nothing going wrong",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.FaultFree(s, p.Options)
			},
		},
		{
			"single", "every operation ends in every way that it may",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.Single(s, p.Options)
			},
		},
		{
			"chances", "every choice that is not about order, a few at a time",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.Chances(s, p.Deviations, p.Options)
			},
		},
		{
			"orders", "every order of the processes, with a few preemptions",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.Orders(s, p.Deviations, p.Options)
			},
		},
		{
			"swarm", "stories, faults and orders by seed",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.Swarm(s, p.From, p.Seeds, p.Options)
			},
		},
		{
			"double", "every operation, and then every later one, goes wrong",
			func(s []world.Story, p Plan) (*explore.Report, error) {
				return explore.Double(s, p.Options)
			},
		},
	}
}

// ModeNames are what --mode takes.
func ModeNames() []string {
	var out []string
	for _, m := range Modes() {
		out = append(out, m.Name)
	}
	return append(out, "all")
}

// FindModes returns the modes of these names. Invalid: there is none of a name.
func FindModes(names []string) ([]Mode, error) {
	all := Modes()
	if slices.Contains(names, "all") {
		return all, nil
	}
	var out []Mode
	for _, name := range names {
		i := slices.IndexFunc(all, func(m Mode) bool { return m.Name == name })
		if i < 0 {
			return nil, fail.New(fail.Invalid, "there is no mode %q; there are %s",
				name, strings.Join(ModeNames(), ", "))
		}
		out = append(out, all[i])
	}
	return out, nil
}

// Sets of stories that have a name of their own.
const (
	coreStories = "core"
	raceStories = "races"
	allStories  = "all"
)

// FindStories returns the stories of these names, and of these sets; those in
// which every fault is tried for none. Invalid: there is none of a name.
func FindStories(names []string) ([]world.Story, error) {
	if len(names) == 0 {
		return explore.Core(), nil
	}
	all := explore.All()
	var out []world.Story
	for _, name := range names {
		switch name {
		case coreStories:
			out = append(out, explore.Core()...)
			continue
		case raceStories:
			out = append(out, explore.Races()...)
			continue
		case allStories:
			return all, nil
		}
		i := slices.IndexFunc(all, func(s world.Story) bool { return s.Name == name })
		if i < 0 {
			return nil, fail.New(fail.Invalid,
				"there is no story %q; patchbayctl sim list has them", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}
