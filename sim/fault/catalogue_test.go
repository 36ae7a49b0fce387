package fault_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/sim/cluster"
	"patchbay/sim/errno"
	"patchbay/sim/fault"
)

func TestEveryKindHasRows(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []fault.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		text, unquoteErr := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if unquoteErr != nil {
			t.Fatal(unquoteErr)
		}
		declared = append(declared, fault.Kind(text))
		return false
	})
	slices.Sort(declared)
	if !slices.Equal(declared, fault.Kinds()) {
		t.Errorf("kinds.go declares %v, the list has %v", declared, fault.Kinds())
	}
	for _, kind := range declared {
		if len(fault.RowsOf(kind)) < 5 {
			t.Errorf("%s: %d rows, which is hardly all that can happen", kind,
				len(fault.RowsOf(kind)))
		}
	}
}

func TestRowsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		switch {
		case seen[r.ID]:
			t.Errorf("%s: two rows", r.ID)
		case fault.Find(r.ID) != r:
			t.Errorf("%s: not found by its ID", r.ID)
		case fault.Match(r.Kind, r.Outcome()) != r:
			t.Errorf("%s: not found by its outcome", r.ID)
		case r.How == fault.OK:
			t.Errorf("%s: nothing is wrong", r.ID)
		case r.Why == "" || strings.HasSuffix(r.Why, "."):
			t.Errorf("%s: why is %q", r.ID, r.Why)
		case len(r.Taxonomy) == 0:
			t.Errorf("%s: no row of the taxonomy", r.ID)
		case r.Expect == fault.Expect{}:
			t.Errorf("%s: nothing is expected", r.ID)
		case strings.ContainsAny(r.Name(), " :\""):
			t.Errorf("%s: %q is no single word", r.ID, r.Name())
		}
		seen[r.ID] = true
		checkAnswer(t, r)
	}
	t.Logf("%d rows of %d kinds", len(seen), len(fault.Kinds()))
}

// checkAnswer makes sure that the answer is of a type that the operation can have.
func checkAnswer(t *testing.T, r *fault.Row) {
	t.Helper()
	_, isErrno := errors.AsType[errno.Errno](r.Err)
	_, isPlugin := errors.AsType[*fault.Answer](r.Err)
	_, isKind := errors.AsType[*fail.Error](r.Err)
	isReply := cluster.StatusOf(r.Err) != nil
	class, _, _ := strings.Cut(string(r.Kind), ".")
	switch {
	case r.How == fault.FailBefore, r.How == fault.FailAfter, r.How == fault.Partial:
		if r.Err == nil {
			t.Errorf("%s: no answer", r.ID)
		}
	case r.How == fault.Corrupt:
		if (r.Err == nil) == (r.N == 0) {
			t.Errorf("%s: either an answer or a way to spoil it", r.ID)
		}
	case r.Err != nil:
		t.Errorf("%s: an answer that nobody gets", r.ID)
	}
	switch class {
	case "plugin", "ipam":
		if (isErrno || isReply || isKind) && r.Kind != fault.PluginFind {
			t.Errorf("%s: a plugin answers with %T", r.ID, r.Err)
		}
	case "pod", "nad", "status", "event", "pool":
		if isPlugin {
			t.Errorf("%s: an API server answers with %T", r.ID, r.Err)
		}
	default:
		if isPlugin || isReply || isKind {
			t.Errorf("%s: the kernel answers with %T", r.ID, r.Err)
		}
	}
	if (r.How == fault.Late) != (r.N > 0 && r.How != fault.Partial && r.How != fault.Corrupt) {
		t.Errorf("%s: only what is late takes milliseconds", r.ID)
	}
	afters := []fault.How{
		fault.FailAfter, fault.Partial, fault.LostReply, fault.Duplicate, fault.CrashAfter,
		fault.CutAfter,
	}
	if !r.Kind.Changes() && slices.Contains(afters, r.How) {
		t.Errorf("%s: nothing is changed, so that there is no after", r.ID)
	}
}

func TestMarksAndExpectationsAgree(t *testing.T) {
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		for _, verb := range []string{"ADD", "DEL", "GC", "CHECK", "STATUS"} {
			is := r.Expect.Of(verb)
			answers := is.MaySucceed() || is.MayFail()
			switch {
			case is == 0:
			case is.Has(fault.LV) == answers:
				t.Errorf("%s: of %s is expected %s", r, verb, is)
			case r.Mark == fault.Tolerate && !is.MaySucceed() && !is.Has(fault.LV):
				t.Errorf("%s is tolerated, and %s may not succeed: %s", r, verb, is)
			case r.Mark == fault.Degrade && !is.MayFail() && !is.Has(fault.LV|fault.NO) &&
				!is.Has(fault.ID) && !is.Has(fault.NO) && !is.Has(fault.LV):
				t.Errorf("%s is degraded at, and %s may not fail: %s", r, verb, is)
			}
		}
	}
}

func TestWhatIsOutsideSaysWhy(t *testing.T) {
	for i := range fault.Catalogue() {
		r := &fault.Catalogue()[i]
		if r.Mark == fault.Outside && len(r.Why) < 30 {
			t.Errorf("%s is outside since %q: that is no reason", r.ID, r.Why)
		}
	}
}
