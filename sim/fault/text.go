package fault

import (
	"slices"
	"strconv"
	"strings"

	"patchbay/core/fail"
)

// verbs are the verbs of the CNI specification.
//
//nolint:gochecknoglobals // a constant table
var verbs = []string{"ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"}

// The words of the text form.
const (
	wordEvery    = "every"
	wordOf       = "of"
	wordUndoing  = "undoing"
	wordClimbing = "climbing"
)

// String is the fault in one line, which [Parse] reads:
//
//	link.add net1 #2 of bridge ADD: fail-before EBUSY
//	status.patch every of patchbay: fail-before 503
//	file.remove #1 of patchbay undoing: crash-after
//
// What looks like a word of the form is quoted.
func (f Fault) String() string {
	words := []string{string(f.Kind)}
	if f.On != "" {
		words = append(words, quoted(f.On))
	}
	if f.Nth > 0 {
		words = append(words, "#"+strconv.Itoa(f.Nth))
	} else {
		words = append(words, wordEvery)
	}
	if f.Program != "" || f.Verb != "" || f.Undoing != Any {
		words = append(words, wordOf)
	}
	if f.Program != "" {
		words = append(words, quoted(f.Program))
	}
	if f.Verb != "" {
		words = append(words, f.Verb)
	}
	switch f.Undoing {
	case Yes:
		words = append(words, wordUndoing)
	case No:
		words = append(words, wordClimbing)
	case Any:
	}
	how := strings.TrimPrefix(f.Row.ID, string(f.Row.Kind)+" ")
	return strings.Join(words, " ") + ": " + how
}

// quoted quotes what would be read as something else.
func quoted(text string) string {
	odd := func(r rune) bool {
		return r <= ' ' || r == '"' || r == '\\' || r == ':' || r == '#' || r >= 0x7f
	}
	words := []string{wordEvery, wordOf, wordUndoing, wordClimbing}
	if text == "" || strings.ContainsFunc(text, odd) || slices.Contains(words, text) ||
		slices.Contains(verbs, text) {
		return strconv.Quote(text)
	}
	return text
}

// Parse reads the text form of a fault. Invalid: it is not one, or the catalogue
// has no such row.
func Parse(line string) (Fault, error) {
	list, how, err := words(line)
	if err != nil {
		return Fault{}, fail.About("fault "+strconv.Quote(line), err)
	}
	f, err := operation(list)
	if err != nil {
		return Fault{}, fail.About("fault "+strconv.Quote(line), err)
	}
	id := string(f.Kind) + " " + how
	if f.Row = Find(id); f.Row == nil {
		return Fault{}, fail.New(fail.Invalid,
			"fault %q: the catalogue has no %q", line, id)
	}
	return f, nil
}

// word is a word of a line. One that was quoted means nothing but itself.
type word struct {
	text   string
	quoted bool
}

func (w word) is(text string) bool { return !w.quoted && w.text == text }

// words splits a line into the words before the colon and the text behind it.
func words(line string) ([]word, string, error) {
	var list []word
	for rest := line; ; {
		switch {
		case strings.HasPrefix(rest, `"`):
			prefix, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, "", fail.New(fail.Invalid, "a quote does not end")
			}
			text, err := strconv.Unquote(prefix)
			if err != nil {
				return nil, "", fail.New(fail.Invalid, "%s: %w", prefix, err)
			}
			list, rest = append(list, word{text, true}), rest[len(prefix):]
		default:
			end := strings.IndexAny(rest, " :")
			if end <= 0 {
				return nil, "", fail.New(fail.Invalid, "a word or a colon is missing")
			}
			list, rest = append(list, word{rest[:end], false}), rest[end:]
		}
		if how, ok := strings.CutPrefix(rest, ": "); ok {
			return list, how, nil
		}
		next, ok := strings.CutPrefix(rest, " ")
		if !ok {
			return nil, "", fail.New(fail.Invalid, "%q is not expected", rest)
		}
		rest = next
	}
}

// operation understands the words before the colon, in the order of String.
func operation(list []word) (Fault, error) {
	f := Fault{Kind: Kind(list[0].text)}
	if _, ok := slices.BinarySearch(kinds, f.Kind); !ok {
		return f, fail.New(fail.Invalid, "there is no operation %q", list[0].text)
	}
	list = list[1:]
	if len(list) > 0 && !counting(list[0]) {
		f.On, list = list[0].text, list[1:]
	}
	if len(list) == 0 || !counting(list[0]) {
		return f, fail.New(fail.Invalid, `"#1", another number, or "every" is missing`)
	}
	if !list[0].is(wordEvery) {
		n, err := strconv.Atoi(list[0].text[1:])
		if err != nil || n < 1 {
			return f, fail.New(fail.Invalid, "%s is not a number from #1", list[0].text)
		}
		f.Nth = n
	}
	if list = list[1:]; len(list) == 0 {
		return f, nil
	}
	if !list[0].is(wordOf) || len(list) == 1 {
		return f, fail.New(fail.Invalid, `"of" and a process is missing`)
	}
	return f, f.whose(list[1:])
}

// counting reports whether a word says which of the operations it is.
func counting(w word) bool {
	return !w.quoted && (strings.HasPrefix(w.text, "#") || w.text == wordEvery)
}

// whose understands the words behind "of".
func (f *Fault) whose(list []word) error {
	verb := func(w word) bool { return !w.quoted && slices.Contains(verbs, w.text) }
	way := func(w word) bool { return w.is(wordUndoing) || w.is(wordClimbing) }
	if !verb(list[0]) && !way(list[0]) {
		f.Program, list = list[0].text, list[1:]
	}
	if len(list) > 0 && verb(list[0]) {
		f.Verb, list = list[0].text, list[1:]
	}
	if len(list) > 0 && way(list[0]) {
		f.Undoing = No
		if list[0].is(wordUndoing) {
			f.Undoing = Yes
		}
		list = list[1:]
	}
	if len(list) > 0 {
		return fail.New(fail.Invalid, "%q is not expected", list[0].text)
	}
	return nil
}
