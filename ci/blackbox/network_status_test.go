package blackbox_test

import "testing"

// TestNetworkStatus compares the annotation byte for byte with what Multus writes.
func TestNetworkStatus(t *testing.T) {
	for _, c := range []struct {
		name, result string
		elements     []string
	}{
		{
			"C142 one interface",
			`{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01","mtu":1400,"sandbox":"/s"}],` +
				`"ips":[{"interface":0,"address":"10.0.0.2/24","gateway":"10.0.0.1"},{"address":"fd00::2/64"}],` +
				`"routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1"},{"dst":"10.9.0.0/16","gw":"10.0.0.9"}],` +
				`"dns":{"nameservers":["10.0.0.53"],"domain":"a","search":["b"],"options":["c"]}}`,
			[]string{`{
    "name": "cbr0",
    "interface": "eth0",
    "ips": [
        "10.0.0.2",
        "fd00::2"
    ],
    "mac": "02:00:00:00:00:01",
    "mtu": 1400,
    "default": true,
    "dns": {
        "nameservers": [
            "10.0.0.53"
        ],
        "domain": "a",
        "search": [
            "b"
        ],
        "options": [
            "c"
        ]
    },
    "gateway": [
        "10.0.0.1"
    ]
}`},
		},
		{
			"C142 a default route without a gateway",
			`{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/s"}],"routes":[{"dst":"::/0"}]}`,
			[]string{`{
    "name": "cbr0",
    "interface": "eth0",
    "default": true,
    "dns": {},
    "gateway": [
        "\u003cnil\u003e"
    ]
}`},
		},
		{
			"C143 several interfaces",
			`{"cniVersion":"1.0.0","interfaces":[{"name":"host"},{"name":"a","mac":"02:00:00:00:00:01","sandbox":"/s"},` +
				`{"name":"b","mac":"02:00:00:00:00:02","sandbox":"/s"}],` +
				`"ips":[{"interface":1,"address":"10.0.0.2/24"},{"interface":2,"address":"10.1.0.2/24","gateway":"10.1.0.1"},` +
				`{"address":"10.2.0.2/24"}],"routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"}],"dns":{"domain":"d"}}`,
			[]string{`{
    "name": "cbr0",
    "interface": "a",
    "ips": [
        "10.0.0.2"
    ],
    "mac": "02:00:00:00:00:01",
    "dns": {
        "domain": "d"
    },
    "gateway": [
        "10.1.0.1"
    ]
}`, `{
    "name": "cbr0",
    "interface": "b",
    "ips": [
        "10.1.0.2",
        "10.2.0.2"
    ],
    "mac": "02:00:00:00:00:02",
    "default": true,
    "dns": {
        "domain": "d"
    },
    "gateway": [
        "10.1.0.1"
    ]
}`},
		},
		{
			"C144 an interface of the host", `{"cniVersion":"1.0.0","interfaces":[{"name":"host","mac":"02:00:00:00:00:01"}]}`,
			[]string{`{
    "name": "cbr0",
    "default": true,
    "dns": {}
}`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t)
			n.script("pri.ADD", printing(c.result))
			n.run("ADD", n.conf()).ok(t)
			n.reported(c.elements...)
		})
	}
	t.Run("C142 the name and the MTU", func(t *testing.T) {
		n := newNode(t, networksKey, "red")
		n.script("pri.ADD", printing(`{"cniVersion":"1.0.0"}`))
		n.script("red.ADD", printing(
			`{"cniVersion":"1.1.0","interfaces":[{"name":"{ifname}","mtu":1400,"sandbox":"{netns}"}]}`))
		n.run("ADD", n.conf()).ok(t)
		n.reported(`{
    "name": "dev/red",
    "interface": "net1",
    "mtu": 1400,
    "dns": {}
}`)
	})
	t.Run("C147 DEL leaves it alone", func(t *testing.T) {
		n := newNode(t)
		n.run("ADD", n.conf()).ok(t)
		before := n.status()
		n.run("DEL", n.conf()).ok(t)
		if got := n.status(); got != before || got == "" {
			t.Errorf("the status is %q, was %q", got, before)
		}
	})
	t.Run("nothing to say", func(t *testing.T) {
		n := newNode(t)
		n.script("pri.ADD", printing(`{"cniVersion":"1.0.0"}`))
		n.run("ADD", n.conf()).ok(t)
		if got := n.api.Count("* /api/v1/namespaces/dev/pods/p/status"); got != 0 {
			t.Errorf("the status was written %d times", got)
		}
	})
}
