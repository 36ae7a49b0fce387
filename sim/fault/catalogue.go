package fault

import (
	"slices"
	"strings"
	"sync"
)

// book is the catalogue and what finds rows of it.
type book struct {
	rows   []Row
	byKind map[Kind][]*Row
	byID   map[string]*Row
}

// catalogue is every way in which an operation may go wrong. It is put together
// when it is first asked for: most programs that have it never do.
//
//nolint:gochecknoglobals // a constant table
var catalogue = sync.OnceValue(func() book {
	rows := assemble(
		apiRows(), execRows(), outputRows(), ipamRows(), nodeRows(), fileRows(), nameRows(),
		leaseRows(),
		spoiltFileRows(), linkRows(), placeRows(), viewRows(), addressRows(), routeRows(),
		filterRows(), storeRows(), stalls(), deaths(),
	)
	return book{rows, groupByKind(rows), indexByID(rows)}
})

// Catalogue returns every row, sorted by kind, way and name. Nobody changes it.
func Catalogue() []Row { return catalogue().rows }

// Kinds returns every kind of operation, sorted. Nobody changes it.
func Kinds() []Kind { return kinds }

// RowsOf returns the rows of a kind: everything that may become of it but OK.
// Nobody changes them.
func RowsOf(kind Kind) []*Row { return catalogue().byKind[kind] }

// Find finds a row by its ID; nil when there is none.
func Find(id string) *Row { return catalogue().byID[id] }

// Match finds the row of an outcome; nil when the catalogue has none.
func Match(kind Kind, o Outcome) *Row {
	for _, r := range catalogue().byKind[kind] {
		if r.How == o.How && r.N == o.N && r.Err == o.Err { //nolint:errorlint // the same
			return r
		}
	}
	return nil
}

func assemble(classes ...[]Row) []Row {
	rows := slices.Concat(classes...)
	for i := range rows {
		rows[i].ID = strings.TrimSpace(
			string(rows[i].Kind) + " " + rows[i].How.String() + " " + rows[i].Name())
	}
	slices.SortFunc(rows, func(a, b Row) int {
		if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
			return c
		}
		if a.How != b.How {
			return int(a.How) - int(b.How)
		}
		return strings.Compare(a.ID, b.ID)
	})
	for i := range rows {
		rows[i].at = i + 1
	}
	return rows
}

func groupByKind(rows []Row) map[Kind][]*Row {
	groups := map[Kind][]*Row{}
	for i := range rows {
		groups[rows[i].Kind] = append(groups[rows[i].Kind], &rows[i])
	}
	return groups
}

func indexByID(rows []Row) map[string]*Row {
	index := map[string]*Row{}
	for i := range rows {
		index[rows[i].ID] = &rows[i]
	}
	return index
}
