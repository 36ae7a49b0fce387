package explore_test

import (
	"slices"
	"testing"
	"time"

	"patchbay/sim/explore"
	"patchbay/sim/world"
)

func TestStoriesAreDifferent(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range explore.All() {
		if seen[s.Name] {
			t.Errorf("two stories are called %s", s.Name)
		}
		seen[s.Name] = true
		if s.About == "" || len(s.Steps) == 0 {
			t.Errorf("story %s does not say what can go wrong, or nothing happens in it", s.Name)
		}
	}
	if len(seen) < 60 {
		t.Errorf("there are %d stories", len(seen))
	}
}

func TestEveryEventIsInAStory(t *testing.T) {
	// What the lab does in the epilogue of every story.
	epilogue := []world.Do{
		world.Heal, world.Look, world.DeleteAll, world.CheckAll, world.StopAllAgain,
	}
	told := map[world.Do]bool{}
	for _, s := range explore.All() {
		for _, step := range s.Steps {
			told[step.Do] = true
		}
	}
	for _, do := range world.Dos() {
		if !told[do] && !slices.Contains(epilogue, do) {
			t.Errorf("no story has %s", do)
		}
	}
}

// Told without faults every story comes to rest with nothing to complain of.
func TestStoriesHold(t *testing.T) {
	for _, s := range explore.All() {
		t.Run(s.Name, func(t *testing.T) {
			began := time.Now()
			r, err := explore.FaultFree([]world.Story{s}, explore.Options{Most: 1})
			judged(t, began, r, err)
		})
	}
}
