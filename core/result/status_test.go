package result_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"patchbay/core/need"
	"patchbay/core/record"
	"patchbay/core/result"
)

func parse(t testing.TB, raw string) result.Outcome {
	t.Helper()
	o, err := result.Parse("1.0.0", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var (
	master = record.Attachment{Network: "cbr0", Name: "cbr0", IfName: "eth0", Master: true}
	red    = record.Attachment{Network: "dev/red", Name: "red", IfName: "net1"}
)

// ptp is what a plugin with a host-side and a pod-side interface answers.
const ptp = `{"cniVersion":"1.0.0","interfaces":[{"name":"vethX","mac":"aa:00:00:00:00:01"},` +
	`{"name":"eth0","mac":"aa:00:00:00:00:02","mtu":1500,"sandbox":"/ns"}],` +
	`"ips":[{"interface":1,"address":"10.0.0.2/24","gateway":"10.0.0.1"}],` +
	`"routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1"}],"dns":{"nameservers":["10.0.0.10"]}}`

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name     string
		compat   string
		list     []record.Attachment
		outcomes map[string]string
		want     string
	}{
		{
			"C142 one interface", "",
			[]record.Attachment{red},
			map[string]string{"net1": `{"cniVersion":"1.0.0","interfaces":[{"name":"net1","mac":"aa:00:00:00:00:03","mtu":9000,"sandbox":"/ns"}],` +
				`"ips":[{"interface":0,"address":"10.1.0.2/24"},{"address":"fd00::2/64"}],"routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"},{"dst":"10.9.0.0/16"}]}`},
			`[{
    "name": "dev/red",
    "interface": "net1",
    "ips": [
        "10.1.0.2",
        "fd00::2"
    ],
    "mac": "aa:00:00:00:00:03",
    "mtu": 9000,
    "dns": {},
    "gateway": [
        "10.1.0.1"
    ]
}]`,
		},
		{
			"C143 several interfaces: an element for each in the sandbox", "",
			[]record.Attachment{master},
			map[string]string{"eth0": ptp},
			`[{
    "name": "cbr0",
    "interface": "eth0",
    "ips": [
        "10.0.0.2"
    ],
    "mac": "aa:00:00:00:00:02",
    "mtu": 1500,
    "default": true,
    "dns": {
        "nameservers": [
            "10.0.0.10"
        ]
    },
    "gateway": [
        "10.0.0.1"
    ]
}]`,
		},
		{
			"C143 default is where the first address with a gateway is", "",
			[]record.Attachment{master},
			map[string]string{"eth0": `{"cniVersion":"1.0.0","interfaces":[{"name":"a","sandbox":"/ns"},{"name":"b","sandbox":"/ns"}],` +
				`"ips":[{"interface":0,"address":"10.0.0.2/24"},{"interface":1,"address":"10.0.1.2/24","gateway":"10.0.1.1"},{"address":"10.0.2.2/24"}]}`},
			`[{
    "name": "cbr0",
    "interface": "a",
    "ips": [
        "10.0.0.2"
    ],
    "dns": {}
},{
    "name": "cbr0",
    "interface": "b",
    "ips": [
        "10.0.1.2",
        "10.0.2.2"
    ],
    "default": true,
    "dns": {}
}]`,
		},
		{
			"C144 an interface of the host only", "",
			[]record.Attachment{red},
			map[string]string{"net1": `{"cniVersion":"1.0.0","interfaces":[{"name":"vhost0","mac":"aa:00:00:00:00:04"}],"ips":[{"address":"10.1.0.2/24"}]}`},
			`[{
    "name": "dev/red",
    "ips": [
        "10.1.0.2"
    ],
    "dns": {}
}]`,
		},
		{
			"a default route without a gateway", "",
			[]record.Attachment{red},
			map[string]string{"net1": `{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/ns"}],"routes":[{"dst":"0.0.0.0/0"}]}`},
			`[{
    "name": "dev/red",
    "interface": "net1",
    "dns": {},
    "gateway": [
        "\u003cnil\u003e"
    ]
}]`,
		},
		{
			"C134 an empty result has no element", "",
			[]record.Attachment{red},
			map[string]string{"net1": `{"cniVersion":"1.0.0"}`},
			``,
		},
		{
			"the standard: first interface, default always, default-route", "npwg-1.3",
			[]record.Attachment{master, red},
			map[string]string{"eth0": ptp, "net1": `{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/ns"},{"name":"net1b","sandbox":"/ns"}],` +
				`"ips":[{"interface":0,"address":"10.1.0.2/24"},{"interface":1,"address":"10.2.0.2/24"}]}`},
			`[{
    "name": "cbr0",
    "interface": "eth0",
    "ips": [
        "10.0.0.2"
    ],
    "mac": "aa:00:00:00:00:02",
    "mtu": 1500,
    "default": true,
    "dns": {
        "nameservers": [
            "10.0.0.10"
        ]
    },
    "default-route": [
        "10.0.0.1"
    ]
},{
    "name": "dev/red",
    "interface": "net1",
    "ips": [
        "10.1.0.2"
    ],
    "default": false,
    "dns": {}
}]`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcomes := map[string]result.Outcome{}
			for ifName, raw := range c.outcomes {
				outcomes[ifName] = parse(t, raw)
			}
			r := record.Record{Compat: c.compat, Attachments: c.list}
			got, err := result.Status(r, outcomes, nil)
			if err != nil || got != c.want {
				t.Errorf("status\n%s\n%v, want\n%s", got, err, c.want)
			}
		})
	}
}

func TestStatusOfWhatIsNotThere(t *testing.T) {
	r := record.Record{Attachments: []record.Attachment{master, red}}
	got, err := result.Status(r, map[string]result.Outcome{
		"eth0": parse(t, ptp), "net1": {Err: errors.New("plugin macvlan: device busy")},
	}, []need.Dropped{{Network: "dev/blue", IfName: "net2", Reason: errors.New("not found")}})
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err = json.Unmarshal([]byte(got), &list); err != nil || len(list) != 3 {
		t.Fatalf("%s: %v", got, err)
	}
	if list[1]["error"] != "plugin macvlan: device busy" || list[2]["error"] != "not found" ||
		list[2]["name"] != "dev/blue" || list[2]["interface"] != "net2" {
		t.Errorf("%s", got)
	}
}

func TestStatusKeepsDeviceInfo(t *testing.T) {
	o := parse(t, `{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/ns"}]}`)
	o.DeviceInfo = json.RawMessage(`{"type":"pci","version":"1.1.0","pci":{"pci-address":"0000:03:02.1"}}`)
	got, err := result.Status(record.Record{Attachments: []record.Attachment{red}},
		map[string]result.Outcome{"net1": o}, nil)
	if err != nil || !strings.Contains(got, `"device-info": {
        "type": "pci",`) {
		t.Errorf("%s, %v", got, err)
	}
}

// status renders an outcome in both profiles; neither may fail or panic.
func status(t *testing.T, o result.Outcome) {
	t.Helper()
	for _, compat := range []string{"multus-v4", "npwg-1.3"} {
		r := record.Record{Compat: compat, Attachments: []record.Attachment{master}}
		text, err := result.Status(r, map[string]result.Outcome{"eth0": o}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if text != "" && !json.Valid([]byte(text)) {
			t.Fatalf("no JSON: %s", text)
		}
	}
}
