package annotation_test

import (
	"reflect"
	"testing"

	"patchbay/core/annotation"
)

func TestParseDefault(t *testing.T) {
	t.Parallel()
	const from = "default-network annotation: "
	mac := annotation.Selection{Namespace: "kube-system", Name: "dn"}
	mac.MAC, mac.IPs = "02:00:00:00:00:01", []string{"10.0.0.3"}
	for _, c := range []struct {
		name string
		text string
		want annotation.Selection
		says []string
	}{
		{"C065 a name", "dn", annotation.Selection{Namespace: "kube-system", Name: "dn"}, nil},
		{"C065 a namespace", "ns/dn", annotation.Selection{Namespace: "ns", Name: "dn"}, nil},
		{"C066 an interface name", "dn@foo", annotation.Selection{
			Namespace: "kube-system", Name: "dn", Interface: "foo",
		}, nil},
		{"C067 mac and ips", `[{"name":"dn","mac":"02:00:00:00:00:01","ips":["10.0.0.3"]}]`, mac, nil},
		{
			"C068 two networks", "a,b",
			annotation.Selection{},
			[]string{from + "selects 2 networks, and must select exactly one"},
		},
		{
			"C068 two networks in JSON", `[{"name":"a"},{"name":"b"}]`,
			annotation.Selection{},
			[]string{from + "selects 2 networks"},
		},
		{"C068 empty", "", annotation.Selection{}, []string{from + "is there but empty"}},
		{"C068 white space", " ", annotation.Selection{}, []string{from + "element 1: ", "is empty"}},
		{"C069 an empty list", "[]", annotation.Selection{}, []string{from + "selects 0 networks"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := annotation.ParseDefault(c.text, "kube-system", annotation.MultusV4)
			if c.says != nil {
				refused(t, err, c.says)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s selects %+v, want %+v", c.text, got, c.want)
			}
		})
	}
}

func TestCheckDefaultRoutes(t *testing.T) {
	t.Parallel()
	asks := func(name string, gateways ...string) annotation.Selection {
		s := red(name)
		s.DefaultRoute = &gateways
		return s
	}
	for _, c := range []struct {
		name      string
		pod       []annotation.Selection
		multus    []string // what the error says; nil for none
		wantsNPWG []string
	}{
		{"nobody asks", reds("a", "b"), nil, nil},
		{
			"one asks for both families",
			[]annotation.Selection{red("a"), asks("b", "10.0.0.1", "fd00::1")},
			nil, nil,
		},
		{
			"C057 a family each",
			[]annotation.Selection{asks("a", "10.0.0.1"), asks("b", "fd00::1")},
			nil,
			[]string{"default-route of pods/b: pods/a has one already"},
		},
		{
			"C057 twice IPv4",
			[]annotation.Selection{
				asks("a", "10.0.0.1"), red("x"), asks("b", "10.0.0.2"),
			},
			[]string{
				"pods/b: default-route: 10.0.0.2 is the second IPv4 gateway, after one of pods/a",
				"does not support ECMP",
			},
			[]string{"pods/a has one already"},
		},
		{
			"C057 twice the same IPv6",
			[]annotation.Selection{asks("a", "fd00::1"), asks("b", "fd00::1")},
			[]string{"second IPv6 gateway", "does not support ECMP"},
			[]string{"pods/a has one already"},
		},
		{
			"asking for no gateway counts for the standard",
			[]annotation.Selection{asks("a"), asks("b", "10.0.0.1")},
			nil,
			[]string{"pods/a has one already"},
		},
		{
			"no address",
			[]annotation.Selection{asks("a", "x")},
			[]string{`"x" is not an IP address`},
			[]string{`"x" is not an IP address`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for profile, says := range map[annotation.Profile][]string{
				annotation.MultusV4: c.multus, annotation.NPWG13: c.wantsNPWG,
			} {
				err := annotation.CheckDefaultRoutes(c.pod, profile)
				if says != nil {
					refused(t, err, says)
				} else if err != nil {
					t.Errorf("%s: %v", profile, err)
				}
			}
		})
	}
}
