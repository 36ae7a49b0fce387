package explore

import (
	"patchbay/sim/fault"
	"patchbay/sim/world"
)

// Cover lets everything happen that the catalogue allows, each a few times: in the
// first stories that have such an operation at all. What is left missing in the
// report's coverage can not happen in any of them.
func Cover(stories []world.Story, times int, o Options) (*Report, error) {
	at := map[fault.Kind][]place{}
	err := eachOp(stories, func(p *Plain, n int) {
		kind := p.Ops[n].Kind
		list := at[kind]
		if len(list) < times && (len(list) == 0 || list[len(list)-1].plain != p) {
			at[kind] = append(list, place{p, n + 1})
		}
	})
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, kind := range fault.Kinds() {
		for _, where := range at[kind] {
			jobs = append(jobs, func(l *Lab) (*Report, error) {
				return l.single(where.plain, where.nth, kind)
			})
		}
	}
	return each("cover", o, jobs)
}

// place is an operation of a story, from 1.
type place struct {
	plain *Plain
	nth   int
}
