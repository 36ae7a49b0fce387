package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// canary is a mutant that whoever looks at all sees at once.
const (
	canary = "M02"
	atOnce = 2.0 // seconds
)

// verdict is what became of one mutant.
type verdict struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Origin   string  `json:"origin"`
	Expect   Mode    `json:"expect,omitempty"`
	Survives string  `json:"survives,omitempty"`
	Killed   bool    `json:"killed"`
	Found    Found   `json:"found"`
	Build    float64 `json:"build"` // seconds
}

// judge hunts mutants, several at a time, and answers in their order.
func judge(ctx context.Context, h *hunter, all []Mutant, workers int) ([]verdict, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]verdict, len(all))
	start := time.Now()
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				v, err := h.try(ctx, all[i])
				if err != nil {
					cancel(fmt.Errorf("%s: %w", all[i].ID, err))
					return
				}
				out[i] = v
				n := int(done.Add(1))
				took := time.Since(start)
				left := took / time.Duration(n) * time.Duration(len(all)-n)
				fmt.Fprintf(os.Stderr, "%3d of %d, %4.0f s to go: %s\n", n, len(all),
					left.Seconds(), v)
			}
		})
	}
	wg.Wait()
	return out, context.Cause(ctx)
}

// try builds and hunts one mutant.
func (h *hunter) try(ctx context.Context, m Mutant) (verdict, error) {
	start := time.Now()
	v := verdict{
		ID: m.ID, Title: m.Title, Origin: m.Origin, Expect: m.Expect, Survives: m.Survives,
	}
	binary, err := h.build(ctx, m)
	if err != nil {
		return v, err
	}
	defer os.RemoveAll(filepath.Dir(binary)) //nolint:errcheck // all goes in the end
	v.Build = time.Since(start).Seconds()
	v.Found, err = h.hunt(ctx, binary)
	v.Killed = v.Found.any()
	return v, err
}

// String says the verdict as a line of the progress.
func (v verdict) String() string {
	if !v.Killed {
		return fmt.Sprintf("%-4s survives (%.0f s, %d runs): %s", v.ID, v.Found.Seconds,
			v.Found.Runs, v.Title)
	}
	return fmt.Sprintf("%-4s %s, in %.2f s", v.ID, v.Found, v.Found.Seconds)
}

// String says by what a mutant was killed.
func (f Found) String() string {
	text := f.Name
	if f.Invariant > 0 {
		text = fmt.Sprintf("%d %s", f.Invariant, f.Name)
	}
	if f.Story != "" {
		text += " in story " + f.Story
	}
	if f.Fault != "" {
		text += " with " + f.Fault
	}
	return text
}

// complaints are the mutants that are not as they should be.
func complaints(all []verdict) error {
	var errs []error
	for _, v := range all {
		switch {
		case v.ID == "" && v.Killed:
			errs = append(errs, fmt.Errorf("without any mutant there is %s", v.Found))
		case v.Survives == "" && !v.Killed:
			errs = append(errs, fmt.Errorf("%s survives: %s", v.ID, v.Title))
		case v.ID == canary && v.Found.Seconds > atOnce:
			errs = append(errs, fmt.Errorf("%s was found after %.1f s and not at once", v.ID,
				v.Found.Seconds))
		}
	}
	return errors.Join(errs...)
}

// figures are what the verdicts come to, without that on the code as it is.
func figures(all []verdict) string {
	var killed int
	var seconds []float64
	for _, v := range all {
		if v.ID != "" && v.Killed {
			killed++
			seconds = append(seconds, v.Found.Seconds)
		}
	}
	n := len(all)
	if n > 0 && all[0].ID == "" {
		n--
	}
	text := fmt.Sprintf("%d of %d killed", killed, n)
	if killed > 0 {
		slices.Sort(seconds)
		text += fmt.Sprintf("; half of them within %.2f s, the last after %.1f s",
			seconds[len(seconds)/2], seconds[len(seconds)-1])
	}
	return text
}
