package fault

// Fired is a fault that happened.
type Fired struct {
	// Fault is how to make it happen again, in a run that is the same so far.
	Fault
	Op Op
	By Actor
	// Ordinal is which operation of the run it was, from 1.
	Ordinal int
}

// Record remembers what another judge lets go wrong, so that a random run can be
// told again as a list of faults. It counts every operation and is for runs that
// are looked at, not for those that are to be fast.
type Record struct {
	judge Judge
	fired []Fired
	ops   int
	seen  map[likeness]int
}

// likeness is what operations have in common that are counted together.
type likeness struct {
	op            Op
	program, verb string
	undoing       bool
}

var _ Healer = (*Record)(nil)

// NewRecord returns a judge that answers as another one does.
func NewRecord(judge Judge) *Record {
	return &Record{judge: judge, seen: map[likeness]int{}}
}

// Judge asks the other judge and writes down what is not OK.
func (r *Record) Judge(by Actor, op Op) Outcome {
	like := likeness{op, by.Program, by.Verb, by.Undoing}
	r.seen[like]++
	r.ops++
	o := r.judge.Judge(by, op)
	if o.How == OK {
		return o
	}
	r.fired = append(r.fired, Fired{
		Fault: Fault{
			Kind: op.Kind, On: op.On, Nth: r.seen[like],
			Program: by.Program, Verb: by.Verb, Undoing: undoing(&by), Row: rowOf(op.Kind, o),
		},
		Op: op, By: by, Ordinal: r.ops,
	})
	return o
}

// rowOf is the row of an outcome, or one for this time only.
func rowOf(kind Kind, o Outcome) *Row {
	if row := Match(kind, o); row != nil {
		return row
	}
	return &Row{
		ID:   string(kind) + " " + o.How.String() + " " + nameOf(o),
		Kind: kind, How: o.How, Err: o.Err, N: o.N, Mark: Outside,
		Why: "somebody made it up",
	}
}

// Heal heals the other judge, if that can be healed.
func (r *Record) Heal() {
	if h, ok := r.judge.(Healer); ok {
		h.Heal()
	}
}

// Fired lists what went wrong, in the order in which it did.
func (r *Record) Fired() []Fired { return r.fired }

// Faults is the list for [NewAt] that lets the same go wrong again.
func (r *Record) Faults() []Fault {
	faults := make([]Fault, len(r.fired))
	for i, f := range r.fired {
		faults[i] = f.Fault
	}
	return faults
}

// Survey remembers of which kind the operations of a run are: what [NewNth] needs
// to go through all of them.
type Survey struct {
	judge Judge
	// Kinds is the kind of each operation.
	Kinds []Kind
}

var _ Healer = (*Survey)(nil)

// NewSurvey returns a judge that answers as another one does.
func NewSurvey(judge Judge) *Survey { return &Survey{judge: judge} }

// Judge writes down the kind and asks the other judge.
func (s *Survey) Judge(by Actor, op Op) Outcome {
	s.Kinds = append(s.Kinds, op.Kind)
	return s.judge.Judge(by, op)
}

// Heal heals the other judge, if that can be healed.
func (s *Survey) Heal() {
	if h, ok := s.judge.(Healer); ok {
		h.Heal()
	}
}
