package troubleshoot_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"patchbay/core/annotation"
	"patchbay/core/fail"
	"patchbay/core/netconf"
)

const configuration = "docs/configuration.md"

// TestKeys holds the table of keys to the type that reads them, and its column
// of defaults to what a configuration without them comes to.
func TestKeys(t *testing.T) {
	rows := table(t, configuration, "## Keys")
	maps.DeleteFunc(rows, notCode)
	c, err := netconf.ParseConfig([]byte(`{"clusterNetwork":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	c.ClusterNetwork = ""
	wants := map[string]reflect.Value{}
	fields(wants, "", reflect.ValueOf(c))
	fields(wants, "logOptions.", reflect.ValueOf(c.LogOptions))
	var names []string
	for name, value := range wants {
		names = append(names, name)
		row, ok := rows[name]
		if !ok || name == "logOptions" || strings.HasPrefix(name, "logOptions.") {
			continue
		}
		want := "–"
		if !value.IsZero() {
			text, err := json.Marshal(value.Interface())
			if err != nil {
				t.Fatal(err)
			}
			want = "`" + string(text) + "`"
		}
		if got := row[2]; got != want {
			t.Errorf("%s: the default of %s is %s, not %s", configuration, name, want, got)
		}
	}
	differ(t, configuration, rows, names)
}

// fields adds the JSON keys of a struct and their values.
func fields(to map[string]reflect.Value, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		to[prefix+name] = v.Field(i)
	}
}

// notCode finds the heading of a table and the line below it.
func notCode(_ string, cells []string) bool { return !strings.HasPrefix(cells[0], "`") }

func TestAnnotationKeys(t *testing.T) {
	for heading, keys := range map[string][]annotation.Key{
		"## Annotations":        annotation.Keys(),
		"## Selection elements": annotation.ElementKeys(),
	} {
		rows := table(t, configuration, heading)
		maps.DeleteFunc(rows, notCode)
		var names []string
		for _, k := range keys {
			names = append(names, k.Key)
		}
		differ(t, configuration, rows, names)
	}
}

// TestDeviations wants a row for every defect of Multus whose intent this release
// implements, and none for rows that do not exist.
func TestDeviations(t *testing.T) {
	const document = "docs/deviations.md"
	rows := table(t, document, "")
	text, err := os.ReadFile(filepath.Join("..", "compat", "rows.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "\t")
		if len(f) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		known[f[0]] = true
		if _, ok := rows[f[0]]; !ok && f[1] == "F" && f[2] != "later" {
			t.Errorf("%s has no row for %s: %s", document, f[0], f[3])
		}
	}
	for id := range rows {
		if regexp.MustCompile(`^C\d{3}b?$`).MatchString(id) && !known[id] {
			t.Errorf("%s has a row for %s, which is no behaviour that we know of", document, id)
		}
	}
}

// TestCodes holds the table of error codes to the kinds.
func TestCodes(t *testing.T) {
	const document = "docs/deviations.md"
	rows := table(t, document, "## Error codes")
	maps.DeleteFunc(rows, notCode)
	var names []string
	for k := fail.Internal; k <= fail.IO; k++ {
		names = append(names, k.String())
		if row, ok := rows[k.String()]; ok && row[1] != jsonNumber(t, k.Code()) {
			t.Errorf("%s: the code of %v is %d, not %s", document, k, k.Code(), row[1])
		}
	}
	differ(t, document, rows, names)
}

func jsonNumber(t *testing.T, n uint) string {
	t.Helper()
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
