package blackbox_test

import (
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
)

// TestStandard is of what "compat": "npwg-1.3" changes.
func TestStandard(t *testing.T) {
	const standard = `"compat":"npwg-1.3"`
	t.Run("status", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.script("pri.ADD", printing(`{"cniVersion":"1.0.0","interfaces":[{"name":"h"},`+
			`{"name":"eth0","mac":"02:00:00:00:00:01","sandbox":"/s"},{"name":"b","sandbox":"/s"}],`+
			`"ips":[{"interface":1,"address":"10.0.0.2/24"},{"interface":2,"address":"10.1.0.2/24"}],`+
			`"routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1"}]}`))
		n.run("ADD", n.conf(onePrimary, standard)).ok(t)
		n.reported(`{
    "name": "cbr0",
    "interface": "eth0",
    "ips": [
        "10.0.0.2"
    ],
    "mac": "02:00:00:00:00:01",
    "default": true,
    "dns": {},
    "default-route": [
        "10.0.0.1"
    ]
}`, `{
    "name": "dev/red",
    "interface": "net1",
    "default": false,
    "dns": {}
}`)
	})
	for _, c := range []struct{ name, annotation, phrase string }{
		{"C036 no interface in the comma form", "red@net5", "failed at '@'"},
		{"C052 six bytes", `[{"name":"red","mac":"02:00:00:00:00:00:00:01"}]`, "npwg-1.3 wants 6"},
		{"C058 a claim and addresses", `[{"name":"red","ipam-claim-reference":"c","ips":["10.0.0.3"]}]`, "exclude each other"},
		{
			"C086 a request that no plugin can take", `[{"name":"red","mac":"02:00:00:00:00:01"}]`,
			"asks for mac, but no plugin of the network declares it",
		},
		{
			"C139 one default route", `[{"name":"red","default-route":["10.0.0.1"]},{"name":"blue","default-route":["fd00::1"]}]`,
			"npwg-1.3 allows one",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, networksKey, c.annotation)
			n.run("ADD", n.conf(onePrimary, standard)).
				refused(t, types.ErrInvalidNetworkConfig, "pod dev/p", c.phrase)
			n.untouched()
		})
	}
	t.Run("C095 generated names are unique", func(t *testing.T) {
		n := newNode(t, networksKey, `[{"name":"red","interface":"net2"},{"name":"blue"}]`)
		n.run("ADD", n.conf(onePrimary, standard)).ok(t)
		n.traced("ADD pri eth0, ADD red net2, ADD blue net3")
	})
	t.Run("C089 the runtime's offers are for the default network", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.define("dev/red", `{"cniVersion":"1.0.0","type":"red",`+declared+`}`)
		n.run("ADD", n.conf(strings.Replace(onePrimary, `"type"`, declared+`,"type"`, 1), standard,
			`"runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":8080}]}`)).ok(t)
		if got := n.one("ADD pri eth0").Stdin; !strings.Contains(got, `"hostPort":80`) {
			t.Errorf("the default network got %s", got)
		}
		if got := n.one("ADD red net1").Stdin; strings.Contains(got, `"hostPort":80`) {
			t.Errorf("the second network got %s", got)
		}
	})
}
