package drive

// Crew does several things side by side. Every Go is followed by one Wait.
type Crew interface {
	// Go begins something.
	Go(do func())
	// Wait returns when one more of what was begun has ended.
	Wait()
}

func (d *Driver) crew() Crew {
	if d.Crew != nil {
		return d.Crew()
	}
	return make(goroutines)
}

// goroutines is the crew of a real node.
type goroutines chan struct{}

func (g goroutines) Go(do func()) {
	go func() {
		defer func() { g <- struct{}{} }()
		do()
	}()
}

func (g goroutines) Wait() { <-g }
