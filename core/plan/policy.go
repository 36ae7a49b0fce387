package plan

import "patchbay/core/fail"

// Policy says how patiently an effect is performed. Times are milliseconds:
// the core has no clock.
type Policy struct {
	// DeadlineMS bounds one try; 0 leaves it to the delegate timeout of the
	// configuration, times the number of plugins.
	DeadlineMS int
	// Tries is how often the effect is tried in all when it fails with a kind
	// for which Again holds.
	Tries int
	// PauseMS lies between the first two tries and doubles from there.
	PauseMS int
}

// PolicyOf is the table of patience. An ADD of a plugin is never repeated: it
// may have half happened, and only the runtime can begin anew. Waiting for the
// API server is the cluster's own business, which knows what it may ask again.
func PolicyOf(e Effect) Policy {
	switch e.(type) {
	case Attach, Detach, Check:
		return Policy{Tries: 1}
	case WriteStatus:
		return Policy{DeadlineMS: 30_000, Tries: 1}
	case MoveDefault, RequireAbsent:
		return Policy{DeadlineMS: 10_000, Tries: 3, PauseMS: 10}
	case SaveRecord, DropRecord, SaveResult, DropResult, DropDeviceInfo:
		return Policy{DeadlineMS: 30_000, Tries: 1}
	}
	return Policy{DeadlineMS: 30_000, Tries: 1}
}

// Again reports whether an effect that failed in this way is worth another try.
func (p Policy) Again(tried int, kind fail.Kind) bool {
	return tried < p.Tries && (kind == fail.Transient || kind == fail.Busy)
}
