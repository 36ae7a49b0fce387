package annotation_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"patchbay/core/annotation"
)

func ExampleParse() {
	const text = `[{"name": "red", "interface": "net5"}, {"name": "blue", "namespace": "lab"}]`
	selections, err := annotation.Parse(text, "default", annotation.MultusV4)
	if err != nil {
		panic(err)
	}
	for _, s := range selections {
		fmt.Printf("%s as %q\n", s.Ref(), s.Interface)
	}

	_, err = annotation.Parse(`[{"name": "red", "mac": "zz"}]`, "default", annotation.MultusV4)
	fmt.Println(err)
	// Output:
	// default/red as "net5"
	// lab/blue as ""
	// networks annotation: element 1 (red): mac "zz": is not a hardware address
}

func TestMarshalJSON(t *testing.T) {
	t.Parallel()
	s := red("red")
	s.CNIArgs = json.RawMessage(`{"a" : 1e400, "<": [ ]}`)
	s.DefaultRoute = &[]string{}
	got, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"namespace":"pods","name":"red","default-route":[],` +
		`"cni-args":{"a" : 1e400, "<": [ ]}}`
	if string(got) != want {
		t.Errorf("printed %s, want %s", got, want)
	}
	s.CNIArgs = json.RawMessage(`{`)
	if _, err := s.MarshalJSON(); err == nil {
		t.Error("arguments that are no JSON were printed")
	}
}

// TestKeys says that the tables are complete and free of doubles.
func TestKeys(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range annotation.Keys() {
		if k.Does == "" || k.Where != annotation.OnPod && k.Where != annotation.OnDefinition {
			t.Errorf("row %+v is not complete", k)
		}
		names = append(names, k.Key)
	}
	want := []string{
		annotation.Networks, annotation.DefaultNetwork, annotation.Status,
		annotation.ResourceName, annotation.Optional,
	}
	if !slices.Equal(names, want) {
		t.Errorf("the table has %v, want %v", names, want)
	}
	known := map[string]bool{}
	for _, k := range annotation.ElementKeys() {
		folded := strings.ToLower(k.Key)
		if k.Does == "" || k.Where != annotation.InElement || known[folded] {
			t.Errorf("row %+v is not complete, or is there twice", k)
		}
		known[folded] = true
	}
	if len(known) != 14 {
		t.Errorf("the table has %v", slices.Sorted(maps.Keys(known)))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", " ", "a", "ns/a@net5, b", "a,,c", "a/b/c", "[]", `[{}]`, `[null]`, `{"name":"a"}`,
		`[{"name":"red","mac":"02:00:00:00:00:01","ips":["10.0.0.3/24"],"x":1}]`,
		`[{"NAME":"red","name":"\ud800<","cni-args":{"n" : 1e999, "n":[]}}]`,
		`[{"name":"red","default-route":["::ffff:10.0.0.1","fd00::1"],"optional":true}]`,
		`[{"name":"red","default-route":[],"portMappings":[{"hostPort":1}],"bandwidth":{}}]`,
		`[{"name":"a","interfaceRequest":"x","infiniband-guid":"00-11-22-33-44-55-66-77"}]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lax, err := annotation.Parse(text, "pods", annotation.MultusV4)
		strict, strictErr := annotation.Parse(text, "pods", annotation.NPWG13)
		if strictErr == nil && (err != nil || !reflect.DeepEqual(lax, strict)) {
			t.Fatalf("%q is %+v to the standard and %+v, %v to Multus", text, strict, lax, err)
		}
		if err != nil {
			return
		}
		printed := printList(t, lax)
		again, err := annotation.Parse(printed, "others", annotation.MultusV4)
		if err != nil {
			t.Fatalf("%q prints as %s: %v", text, printed, err)
		}
		if len(again) != len(lax) {
			t.Fatalf("%q prints as %s, which selects %d", text, printed, len(again))
		}
		for i, s := range lax {
			s.Unknown = nil
			if s.Name == "" || !reflect.DeepEqual(s, again[i]) {
				t.Errorf("%q selects %+v, which prints as %+v", text, s, again[i])
			}
		}
	})
}

// printList prints selections as an annotation.
func printList(t *testing.T, selections []annotation.Selection) string {
	t.Helper()
	parts := make([]string, 0, len(selections))
	for _, s := range selections {
		part, err := s.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(part))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func BenchmarkParse(b *testing.B) {
	const element = `{"name":"red","namespace":"lab","interface":"net5","mac":"02:00:00:00:00:01",` +
		`"ips":["10.0.0.3/24"],"cni-args":{"vlan":100},"default-route":["10.0.0.1"]}`
	for _, n := range []int{1, 8} {
		texts := map[string]string{
			"list": strings.Join(slices.Repeat([]string{"lab/red@net5"}, n), ","),
			"json": "[" + strings.Join(slices.Repeat([]string{element}, n), ",") + "]",
		}
		for _, form := range slices.Sorted(maps.Keys(texts)) {
			b.Run(fmt.Sprintf("%s/%d", form, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := annotation.Parse(texts[form], "pods", annotation.MultusV4); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
