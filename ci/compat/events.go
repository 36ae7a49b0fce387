package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is what we need of a line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of what does not build
	Test       string
	Output     string
}

// outcome is how a test that shows a row ended.
type outcome struct{ verdict, test string }

// results is what a run of go test says.
type results struct {
	outcomes map[string][]outcome // by row
	failures []string             // tests that show no row, and packages
	tests    int
}

// read reads the output of go test -json. Lines that are no JSON are passed
// over: go prints some about downloads.
func read(in io.Reader) (results, error) {
	r := results{outcomes: map[string][]outcome{}}
	s := bufio.NewScanner(in)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var e event
		if json.Unmarshal(s.Bytes(), &e) == nil {
			r.add(e)
		}
	}
	if err := s.Err(); err != nil {
		return results{}, fmt.Errorf("output of go test: %w", err)
	}
	if r.tests == 0 {
		return results{}, fmt.Errorf("output of go test: no test ended in it")
	}
	return r, nil
}

func (r *results) add(e event) {
	v, ok := map[string]string{
		"pass": passed, "fail": failed, "skip": skipped, "build-fail": failed,
	}[e.Action]
	switch {
	case !ok:
	case e.Test == "":
		if v == failed {
			r.failures = append(r.failures, e.Package+e.ImportPath)
		}
	default:
		r.tests++
		ids, name := shows(e.Test)
		for _, id := range ids {
			r.outcomes[id] = append(r.outcomes[id], outcome{v, short(e.Package) + " " + name})
		}
		if v == failed && len(ids) == 0 {
			r.failures = append(r.failures, short(e.Package)+" "+e.Test)
		}
	}
}

// leading finds the ids that a test name starts with: "C036_name" is about one
// row, "C005_C021_both" about two. (go test writes "_" for a blank.)
var leading = regexp.MustCompile(
	`^(?:` + rowID + `)(?:[_,+-]+` + rowID + `)*(?:$|[^0-9a-z])`)

// shows returns the rows that a test shows, and its name as far as that.
func shows(test string) ([]string, string) {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		if ids := leading.FindString(part); ids != "" {
			found := regexp.MustCompile(rowID).FindAllString(ids, -1)
			slices.Sort(found)
			return slices.Compact(found), strings.Join(parts[:i+1], "/")
		}
	}
	return nil, test
}

func short(pkg string) string { return strings.TrimPrefix(pkg, "patchbay/") }
