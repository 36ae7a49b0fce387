package annotation_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"patchbay/core/annotation"
	"patchbay/core/fail"
)

// parseCase is a text and either what it selects or what its error says.
type parseCase struct {
	name string
	text string
	want []annotation.Selection
	says []string
}

// red is a selection of the pod's namespace without any request.
func red(name string) annotation.Selection {
	return annotation.Selection{Namespace: "pods", Name: name}
}

// reds are several of them.
func reds(names ...string) []annotation.Selection {
	selections := []annotation.Selection{}
	for _, name := range names {
		selections = append(selections, red(name))
	}
	return selections
}

// with is red with requests.
func with(edit func(*annotation.Selection)) []annotation.Selection {
	s := red("red")
	edit(&s)
	return []annotation.Selection{s}
}

func run(t *testing.T, profile annotation.Profile, cases []parseCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := annotation.Parse(c.text, "pods", profile)
			if c.says != nil {
				refused(t, err, c.says)
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", c.text, err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s selects\n%+v, want\n%+v", c.text, got, c.want)
			}
		})
	}
}

func refused(t *testing.T, err error, says []string) {
	t.Helper()
	if !fail.Is(err, fail.Invalid) {
		t.Fatalf("the error is %v, want one of kind invalid", err)
	}
	for _, words := range says {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error is %q, want it to say %q", err, words)
		}
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	const ifname = "exactly15chars0"
	run(t, annotation.MultusV4, []parseCase{
		{"C034 no text", "", nil, nil},
		{"C034 white space is an element", " ", nil, []string{"element 1: ", "name", "is empty"}},
		{"C035 one network", "a", reds("a"), nil},
		{"C035 a namespace", "default/a", []annotation.Selection{{Namespace: "default", Name: "a"}}, nil},
		{"C035 white space", " a , c ", reds("a", "c"), nil},
		{"C035 white space inside an element", "pods / a @ x", []annotation.Selection{
			{Namespace: "pods", Name: "a", Interface: "x"},
		}, nil},
		{"C035 an empty namespace is the pod's", "/a", reds("a"), nil},
		{"C036 interface name by @", "red@net5", with(func(s *annotation.Selection) {
			s.Interface = "net5"
		}), nil},
		{"C036 capitals in an interface name", "red@NET5", with(func(s *annotation.Selection) {
			s.Interface = "NET5"
		}), nil},
		{"C036 an empty interface name is none", "red@", reds("red"), nil},
		{"C037 twice the same", "a,a", reds("a", "a"), nil},
		{
			"C038 nothing between commas", "a,,c", nil,
			[]string{"networks annotation: element 2: the name of the NetworkAttachmentDefinition is empty"},
		},
		{"C038 only a comma", ",", nil, []string{"element 1: ", "is empty"}},
		{"C038 only a namespace", "ns/", nil, []string{"element 1 (ns/): ", "is empty"}},
		{"C039 two slashes", "x,a/b/c", nil, []string{"element 2 (a/b/c): failed at '/'"}},
		{"C040 two ats", "a@b@c", nil, []string{"element 1 (a@b@c): failed at '@'"}},
		{"C041 capital", "A", nil, []string{`name "A" does not match`}},
		{"C041 underscore", "a_b", nil, []string{`name "a_b" does not match`}},
		{"C041 dot", "a.b", nil, []string{`name "a.b" does not match`}},
		{"C041 dash in front", "-a", nil, []string{`name "-a" does not match`}},
		{"C041 dash at the end", "a-", nil, []string{`name "a-" does not match`}},
		{"C041 namespace", "A/a", nil, []string{`namespace "A" does not match`}},
		{"C041 at in front of the slash", "a@b/c", nil, []string{`namespace "a@b" does not match`}},
		{"C042 15 bytes", "red@" + ifname, with(func(s *annotation.Selection) {
			s.Interface = ifname
		}), nil},
		{
			"C043 16 bytes", "red@" + ifname + "6", nil,
			[]string{`interface name "exactly15chars06" is of 16 bytes, and the kernel takes 15`},
		},
		{
			"C043 white space", "red@x y", nil,
			[]string{`element 1 (red@x y): interface name "x y" holds white space`},
		},
		{"C043 a control character is quoted", "red@x\ny", nil, []string{`("red@x\ny")`}},
		{"C044 colon", "a@a:b", nil, []string{`interface name "a:b" holds ":"`}},
		{
			"C045 the pod's own interface is the caller's to refuse", "red@eth0",
			with(func(s *annotation.Selection) { s.Interface = "eth0" }), nil,
		},
		{"not UTF-8", "a@\xff", nil, []string{"is not valid UTF-8"}},
		{"254 bytes", strings.Repeat("a", 254), nil, []string{"is of 254 bytes", "…"}},
	})
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	run(t, annotation.MultusV4, []parseCase{
		{"C046 an empty list", "[]", reds(), nil},
		{
			"C047 an object", `{"name":"a"}`, nil,
			[]string{"networks annotation: must be a JSON list of objects, not an object"},
		},
		{"C047 a string", `"a"`, nil, []string{"not a string"}},
		{"C047 a list of strings", `["a"]`, nil, []string{"element 1: must be an object, not a string"}},
		{"C047 a null element", `[null]`, nil, []string{"element 1: must be an object, not null"}},
		{"C047 a number element", `[ 1]`, nil, []string{"element 1: must be an object, not a number"}},
		{"C047 a list element", `[[]]`, nil, []string{"element 1: must be an object, not a list"}},
		{"C047 a boolean element", `[true]`, nil, []string{"not true or false"}},
		{
			"C048 no name", `[{}]`, nil,
			[]string{"element 1: the name of the NetworkAttachmentDefinition is empty"},
		},
		{"C048 empty name", `[{"name":""}]`, nil, []string{"is empty"}},
		{"C049 white space", "\n [ {\"name\" : \"a\" } ] \t\n", reds("a"), nil},
		{
			"C050 long interface name", `[{"name":"red","interface":"exactly15chars06"}]`, nil,
			[]string{"element 1 (red): interface name", "16 bytes"},
		},
		{"C050 slash", `[{"name":"a","interface":"a/b"}]`, nil, []string{`holds "/"`}},
		{"C050 colon", `[{"name":"a","interface":"a:b"}]`, nil, []string{`holds ":"`}},
		{"C050 NUL", `[{"name":"a","interface":"a\u0000b"}]`, nil, []string{`holds "\x00"`}},
		{"C050 white space", `[{"name":"a","interface":"a\tb"}]`, nil, []string{"holds white space"}},
		{
			"C050 white space to the kernel only", `[{"name":"a","interface":"à"}]`, nil,
			[]string{"holds white space"},
		},
		{"C050 dot", `[{"name":"a","interface":"."}]`, nil, []string{`"." is no name to the kernel`}},
		{"C050 dots", `[{"name":"a","interface":".."}]`, nil, []string{`".." is no name`}},
		{"C050 pattern", `[{"name":"a","interface":"a%d"}]`, nil, []string{`holds "%"`}},
		{
			"C051 interfaceRequest only", `[{"name":"red","interfaceRequest":"x"}]`,
			with(func(s *annotation.Selection) { s.Interface = "x" }), nil,
		},
		{
			"C051 interface before interfaceRequest",
			`[{"name":"red","interface":"y","interfaceRequest":"x"}]`,
			with(func(s *annotation.Selection) { s.Interface = "y" }), nil,
		},
		{
			"C052 mac", `[{"name":"a"},{"name":"red","mac":"zz"}]`, nil,
			[]string{`networks annotation: element 2 (red): mac "zz": is not a hardware address`},
		},
		{
			"C053 ips", `[{"name":"red","ips":["10.0.0.300"]}]`, nil,
			[]string{`element 1 (red): ips: "10.0.0.300" is neither`},
		},
		{"C053 zone", `[{"name":"red","ips":["fe80::1%eth0"]}]`, nil, []string{"is neither"}},
		{
			"C054 ips as a string", `[{"ips":"10.0.0.3","name":"red"}]`, nil,
			[]string{"element 1 (red): ips: must be a list of strings, not a string"},
		},
		{
			"C054 ips as a list of numbers", `[{"name":"red","ips":[10]}]`, nil,
			[]string{"ips: must be a list of strings, but holds a number"},
		},
		{
			"C055 infiniband-guid", `[{"name":"red","infiniband-guid":"zz"}]`, nil,
			[]string{`element 1 (red): infiniband-guid "zz": is not a hardware address`},
		},
		{
			"C056 default-route", `[{"name":"red","default-route":["bogus"]}]`, nil,
			[]string{`element 1 (red): default-route: "bogus" is not an IP address`},
		},
		{
			"C056 default-route without an address", `[{"name":"red","default-route":[""]}]`, nil,
			[]string{`default-route: "" is not`},
		},
		{
			"C057 two gateways", `[{"name":"red","default-route":["10.0.0.1","::ffff:10.0.0.2"]}]`, nil,
			[]string{"default-route: 10.0.0.2 is the second IPv4 gateway", "does not support ECMP"},
		},
		{
			"C057 one of each family", `[{"name":"red","default-route":["10.0.0.1","FD00::1"]}]`,
			with(func(s *annotation.Selection) {
				s.DefaultRoute = &[]string{"10.0.0.1", "fd00::1"}
			}), nil,
		},
		{
			"C058 claim and ips", `[{"name":"red","ips":["10.0.0.3"],"ipam-claim-reference":"c"}]`,
			with(func(s *annotation.Selection) {
				s.IPs, s.IPAMClaim = []string{"10.0.0.3"}, "c"
			}), nil,
		},
		{
			"C059 unknown keys", `[{"nema":1,"name":"red","Ips":[],"x":{"y":[null]}}]`,
			with(func(s *annotation.Selection) { s.Unknown = []string{"nema", "x"} }), nil,
		},
	})
}

func TestParseJSONValues(t *testing.T) {
	t.Parallel()
	run(t, annotation.MultusV4, []parseCase{
		{
			"everything", `[{"name":"red","namespace":"ns","interface":"x","mac":"02:00:00:00:00:01",
			"infiniband-guid":"00-11-22-33-44-55-66-77","ips":["10.0.0.3/024","fd00::3"],
			"portMappings":[{"hostPort":2,"containerPort":1,"protocol":"TCP","hostIP":"10.0.0.9"},
				{"hostPort":1,"containerPort":1}],
			"bandwidth":{"ingressRate":1,"ingressBurst":2,"egressRate":3,"egressBurst":4},
			"deviceID":"0000:00:01.0","cni-args":{"n": 123456789012345678901234567890},
			"default-route":[],"ipam-claim-reference":"claim","optional":true}]`,
			[]annotation.Selection{{
				Namespace: "ns", Name: "red", Interface: "x", MAC: "02:00:00:00:00:01",
				InfinibandGUID: "00-11-22-33-44-55-66-77", IPs: []string{"10.0.0.3/024", "fd00::3"},
				PortMappings: []annotation.PortMapping{{2, 1, "TCP", "10.0.0.9"}, {1, 1, "", ""}},
				Bandwidth:    &annotation.Bandwidth{1, 2, 3, 4},
				DeviceID:     "0000:00:01.0",
				CNIArgs:      json.RawMessage(`{"n": 123456789012345678901234567890}`),
				DefaultRoute: &[]string{}, IPAMClaim: "claim", Optional: true,
			}},
			nil,
		},
		{
			"null is absence", `[{"name":"red","namespace":null,"interface":null,"mac":null,
			"infiniband-guid":null,"ips":null,"portMappings":null,"bandwidth":null,"deviceID":null,
			"cni-args":null,"default-route":null,"ipam-claim-reference":null,"optional":null}]`,
			reds("red"), nil,
		},
		{
			"case does not matter", `[{"NAME":"red","Mac":"02:00:00:00:00:01"}]`,
			with(func(s *annotation.Selection) { s.MAC = "02:00:00:00:00:01" }), nil,
		},
		{
			"the last of two keys counts", `[{"Name":"blue","mac":"zz","name":"red","mac":""}]`,
			reds("red"), nil,
		},
		{"dotted names", `[{"name":"red.v2"}]`, reds("red.v2"), nil},
		{"garbage behind", `[] x`, nil, []string{"not valid JSON at byte 4", "'x'"}},
		{"a second list", `[][]`, nil, []string{"not valid JSON at byte 3"}},
		{"cut short", `[{"name":"a"`, nil, []string{"not valid JSON", "unexpected end"}},
		{"a quote makes it JSON", `a"b`, nil, []string{"not valid JSON at byte 1"}},
		{
			"cni-args as a list", `[{"name":"red","cni-args":[]}]`, nil,
			[]string{"element 1 (red): cni-args: must be an object, not a list"},
		},
		{
			"name as a number", `[{"name":1}]`, nil,
			[]string{"element 1: name: must be a string, not a number"},
		},
		{"name as a list", `[{"name":["a"]}]`, nil, []string{"name: must be a string, not a list"}},
		{
			"broken port", `[{"name":"a","portMappings":[{"hostPort":"x"}]}]`, nil,
			[]string{"portMappings: must be a list of objects, but the hostPort in it is a string"},
		},
		{
			"bandwidth that is no integer", `[{"name":"a","bandwidth":{"egressRate":1.5}}]`, nil,
			[]string{"bandwidth: must be an object, but the egressRate in it is a number 1.5"},
		},
		{
			"optional as a string", `[{"name":"a","optional":"true"}]`, nil,
			[]string{"optional: must be true or false, not a string"},
		},
		{"slash in a name", `[{"name":"a/b"}]`, nil, []string{`element 1 (a/b): name "a/b" holds "/"`}},
		{
			"percent in a namespace", `[{"name":"a","namespace":"%2e"}]`, nil,
			[]string{`namespace "%2e" holds "%"`},
		},
		{"control character", `[{"name":"a\nb"}]`, nil, []string{`("a\nb")`, "a control character"}},
		{"a path for a name", `[{"name":".."}]`, nil, []string{`name ".." is a path`}},
		{"254 bytes", `[{"name":"` + strings.Repeat("a", 254) + `"}]`, nil, []string{"is of 254 bytes"}},
		{
			"long mac", `[{"name":"red","mac":"` + strings.Repeat("00:", 19) + `01"}]`,
			with(func(s *annotation.Selection) { s.MAC = strings.Repeat("00:", 19) + "01" }), nil,
		},
		{
			"laxer than the standard",
			`[{"name":"red","portMappings":[{"hostPort":-1}],"bandwidth":{"egressBurst":1}}]`,
			with(func(s *annotation.Selection) {
				s.PortMappings = []annotation.PortMapping{{HostPort: -1}}
				s.Bandwidth = &annotation.Bandwidth{EgressBurst: 1}
			}), nil,
		},
	})
}

func TestParseStandard(t *testing.T) {
	t.Parallel()
	one := func(requests string) string { return `[{"name":"red",` + requests + `}]` }
	ports := func(mapping string) string { return one(`"portMappings":[` + mapping + `]`) }
	run(t, annotation.NPWG13, []parseCase{
		{"comma form", "ns/a", []annotation.Selection{{Namespace: "ns", Name: "a"}}, nil},
		{
			"interface in the comma form", "red@x", nil,
			[]string{"element 1 (red@x): failed at '@'", "npwg-1.3"},
		},
		{
			"interface in JSON", one(`"interface":"x"`),
			with(func(s *annotation.Selection) { s.Interface = "x" }), nil,
		},
		{
			"mac of 8 bytes", one(`"mac":"00:11:22:33:44:55:66:77"`), nil,
			[]string{"mac", "is of 8 bytes, and npwg-1.3 wants 6"},
		},
		{
			"guid of 6 bytes", one(`"infiniband-guid":"00:11:22:33:44:55"`), nil,
			[]string{"infiniband-guid", "is of 6 bytes, and npwg-1.3 wants 8"},
		},
		{
			"host port 0", ports(`{"containerPort":1}`), nil,
			[]string{"portMappings: hostPort 0 is not in 1 to 65535"},
		},
		{
			"container port 65536", ports(`{"hostPort":1,"containerPort":65536}`), nil,
			[]string{"portMappings: containerPort 65536 is not"},
		},
		{
			"protocol", ports(`{"hostPort":1,"containerPort":65535,"protocol":"icmp"}`), nil,
			[]string{`protocol "icmp" is none of`},
		},
		{
			"good port", ports(`{"hostPort":65535,"containerPort":1,"protocol":"sctp"}`),
			with(func(s *annotation.Selection) {
				s.PortMappings = []annotation.PortMapping{{65535, 1, "sctp", ""}}
			}), nil,
		},
		{
			"ingress burst alone", one(`"bandwidth":{"ingressBurst":1,"egressRate":1}`), nil,
			[]string{"ingressBurst requires ingressRate"},
		},
		{
			"egress burst alone", one(`"bandwidth":{"egressBurst":1,"ingressRate":1}`), nil,
			[]string{"egressBurst requires egressRate"},
		},
		{
			"claim and ips", one(`"ips":["10.0.0.3"],"ipam-claim-reference":"c"`), nil,
			[]string{"ipam-claim-reference and ips exclude each other"},
		},
		{
			"claim and no ips", one(`"ips":[],"ipam-claim-reference":"c"`),
			with(func(s *annotation.Selection) { s.IPAMClaim = "c" }), nil,
		},
	})
	t.Run("no such profile", func(t *testing.T) {
		t.Parallel()
		_, err := annotation.Parse("", "pods", "npwg")
		refused(t, err, []string{`profile "npwg" is neither multus-v4 nor npwg-1.3`})
		_, err = annotation.ParseDefault("a", "pods", "")
		refused(t, err, []string{`profile "" is neither`})
	})
}
