package need_test

import (
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
)

// capable declares every capability there is.
const capable = `{"cniVersion":"1.0.0","name":"own","type":"noop","capabilities":{"ips":true,"mac":true,` +
	`"portMappings":true,"bandwidth":true,"infinibandGUID":true,"deviceID":true,"CNIDeviceInfoFile":true,"dns":true}}`

func one(annotation, config string) *world {
	w := cluster(networks(annotation))
	w.defs["dev/a"] = nad("dev/a", config)
	return w
}

func TestWhatDelegatesGet(t *testing.T) {
	const plain = `{"type":"noop"}`
	for _, c := range []struct {
		name, config string
		world        *world
		at           int // which attachment
		args, caps   string
	}{
		{
			"C084 mac", base, one(`[{"name":"a","mac":"02:00:00:00:00:01"}]`, capable), 1,
			";MAC=02:00:00:00:00:01", `{"mac":"02:00:00:00:00:01"}`,
		},
		{
			"C085 ips", base, one(`[{"name":"a","ips":["10.0.0.1","10.0.0.2/24"]}]`, capable), 1,
			";IP=10.0.0.1,10.0.0.2/24", `{"ips":["10.0.0.1","10.0.0.2/24"]}`,
		},
		{
			"C106 a device by its ID", base, one(`[{"name":"a","deviceID":"0000:03:02.1"}]`, capable), 1, "",
			`{"CNIDeviceInfoFile":"/var/run/k8s.cni.cncf.io/devinfo/cni/dev-a-c1_net1","deviceID":"0000:03:02.1"}`,
		},
		{
			"C087 all of them", base, one(`[{"name":"a","mac":"02:00:00:00:00:01","ips":["10.0.0.1"],`+
				`"portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"tcp"}],`+
				`"bandwidth":{"ingressRate":1,"ingressBurst":2,"egressRate":3,"egressBurst":4},`+
				`"infiniband-guid":"02:00:00:00:00:00:00:01","deviceID":"d"}]`, capable), 1,
			";MAC=02:00:00:00:00:01;IP=10.0.0.1",
			`{"CNIDeviceInfoFile":"/var/run/k8s.cni.cncf.io/devinfo/cni/dev-a-c1_net1",` +
				`"bandwidth":{"ingressRate":1,"ingressBurst":2,"egressRate":3,"egressBurst":4},"deviceID":"d",` +
				`"infinibandGUID":"02:00:00:00:00:00:00:01","ips":["10.0.0.1"],"mac":"02:00:00:00:00:01",` +
				`"portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"tcp"}]}`,
		},
		{
			"C089 the runtime's offers reach every network", base + `,"runtimeConfig":{"portMappings":[{"hostPort":1}]}`,
			one(`a`, plain), 1, "", `{"portMappings":[{"hostPort":1}]}`,
		},
		{
			"C089 but in the standard only the default", base + `,"compat":"npwg-1.3","runtimeConfig":{"portMappings":[]}`,
			one(`a`, plain), 1, "", `{}`,
		},
		{
			"C090 capabilities that nobody knows pass", base + `,"runtimeConfig":{"dns":{"servers":["10.0.0.10"]},"aliases":["x"]}`,
			one(`a`, plain), 0, "", `{"aliases":["x"],"dns":{"servers":["10.0.0.10"]}}`,
		},
		{"C067 requests on the default network reach its runtimeConfig too", base, func() *world {
			w := cluster(map[string]string{
				"v1.multus-cni.io/default-network": `[{"name":"dn","mac":"02:00:00:00:00:01","ips":["10.0.0.1"]}]`,
			})
			w.defs["kube-system/dn"] = nad("kube-system/dn", capable)
			return w
		}(), 0, ";MAC=02:00:00:00:00:01;IP=10.0.0.1", `{"ips":["10.0.0.1"],"mac":"02:00:00:00:00:01"}`},
		{
			"C058 a claim beside ips is passed over", base,
			one(`[{"name":"a","ips":["10.0.0.1"],"ipam-claim-reference":"c"}]`, capable), 1, ";IP=10.0.0.1",
			`{"ips":["10.0.0.1"]}`,
		},
		{"C059 keys that nobody knows", base, one(`[{"name":"a","zzz":1}]`, plain), 1, "", `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := settle(t, c.world, request(t, c.config))
			if err != nil {
				t.Fatal(err)
			}
			a := got.Record.Attachments[c.at]
			args := "IgnoreUnknown=true;K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_INFRA_CONTAINER_ID=;K8S_POD_UID=u1"
			if a.Args != args+c.args {
				t.Errorf("args\nhave %s\nwant %s", a.Args, args+c.args)
			}
			if string(a.Capabilities) != c.caps {
				t.Errorf("capabilities\nhave %s\nwant %s", a.Capabilities, c.caps)
			}
		})
	}
}

func TestUndeclaredRequests(t *testing.T) {
	w := func() *world { return one(`[{"name":"a","bandwidth":{"ingressRate":1}}]`, `{"type":"noop"}`) }
	t.Run("C086 a request that no plugin sees is warned of", func(t *testing.T) {
		got, err := settle(t, w(), request(t, base))
		if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "asks for bandwidth") {
			t.Errorf("warnings %q, error %v", got.Warnings, err)
		}
	})
	t.Run("C086 and refused by the standard", func(t *testing.T) {
		_, err := settle(t, w(), request(t, base+`,"compat":"npwg-1.3"`))
		if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), "asks for bandwidth") {
			t.Error(err)
		}
	})
}

func TestStandardProfile(t *testing.T) {
	npwg := base + `,"compat":"npwg-1.3"`
	t.Run("generated names are unique", func(t *testing.T) {
		w := cluster(networks(`[{"name":"b","interface":"net2"},{"name":"a"}]`), "dev/a", "dev/b")
		got, err := settle(t, w, request(t, npwg))
		if err != nil || names(got.Record) != "eth0=cbr0 net2=dev/b net3=dev/a" {
			t.Errorf("%s, %v", names(got.Record), err)
		}
	})
	t.Run("lists on disk come before single ones", func(t *testing.T) {
		const conf = "/etc/cni/multus/net.d"
		w := one("a", "")
		w.files[conf] = dir(file(conf+"/1.conf", `{"name":"a","type":"x"}`),
			file(conf+"/2.conflist", `{"name":"a","plugins":[{"type":"y"}]}`))
		got, err := settle(t, w, request(t, npwg))
		if err != nil || !strings.Contains(string(got.Record.Attachments[1].Config), "plugins") {
			t.Errorf("%s, %v", got.Record.Attachments[1].Config, err)
		}
	})
}

func TestOptional(t *testing.T) {
	for _, c := range []struct {
		name  string
		world *world
	}{
		{"by the definition", func() *world {
			w := cluster(networks("a,b"), "dev/b")
			w.defs["dev/a"] = nad("dev/a", `{"type":"absent"}`, "patchbay.dev/optional", "true")
			w.binaries = "bridge noop"
			return w
		}()},
		{"by the pod", func() *world {
			w := cluster(networks(`[{"name":"a","optional":true},{"name":"b"}]`), "dev/a", "dev/b")
			w.defs["dev/a"] = nad("dev/a", `{"type":"absent"}`)
			w.binaries = "bridge noop"
			return w
		}()},
		{
			"by the pod, and there is no definition",
			cluster(networks(`[{"name":"a","optional":true},{"name":"b"}]`), "dev/b"),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := settle(t, c.world, request(t, base))
			if err != nil {
				t.Fatal(err)
			}
			if names(got.Record) != "eth0=cbr0 net2=dev/b" {
				t.Errorf("attached: %s", names(got.Record))
			}
			if len(got.Dropped) != 1 || got.Dropped[0].IfName != "net1" || got.Dropped[0].Reason == nil {
				t.Errorf("dropped: %+v", got.Dropped)
			}
		})
	}
}

func TestTheDefaultNetworkIsNotOptional(t *testing.T) {
	asked := func(text string) *world {
		return cluster(map[string]string{"v1.multus-cni.io/default-network": text}, "kube-system/dn")
	}
	got, err := settle(t, asked(`[{"name":"dn","optional":true}]`), request(t, base))
	if err != nil || len(got.Record.Attachments) != 1 || got.Record.Attachments[0].Optional {
		t.Errorf("%+v, %v; want one attachment that is not optional", got.Record.Attachments, err)
	}
	got, err = settle(t, asked(`[{"name":"absent","optional":true}]`), request(t, base))
	if !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), "pod dev/p: eth0") {
		t.Errorf("%+v, %v; want that it is not found", got, err)
	}
}

func TestDelWithoutRecord(t *testing.T) {
	del := func(t *testing.T) need.Request {
		t.Helper()
		req := request(t, base)
		req.Verb = need.Del
		return req
	}
	t.Run("C149 what ADD would have attached", func(t *testing.T) {
		w := cluster(networks("a"), "dev/a")
		w.links, w.binaries = []string{"eth0", "net1"}, "none"
		got, err := settle(t, w, del(t))
		if err != nil || names(got.Record) != "eth0=cbr0 net1=dev/a" {
			t.Errorf("%s, %v", names(got.Record), err)
		}
		for _, q := range w.asked {
			if _, ok := q.(need.LookSandbox); ok {
				t.Error("DEL must not need the sandbox")
			}
		}
	})
	t.Run("C151 a definition that can not be read for now is no reason to forget it",
		func(t *testing.T) {
			for _, text := range []string{"a,b", `[{"name":"a"},{"name":"b","optional":true}]`} {
				w := cluster(networks(text), "dev/a", "dev/b")
				w.flaky = "dev/b"
				if _, err := settle(t, w, del(t)); !fail.Is(err, fail.Transient) {
					t.Errorf("%s: %v, want it to be asked for again", text, err)
				}
			}
		})
	t.Run("C150 nothing for a pod that is gone", func(t *testing.T) {
		got, err := settle(t, &world{}, del(t))
		if err != nil || !got.Synthetic {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("C158 nothing for a pod that was replaced", func(t *testing.T) {
		w := cluster(nil)
		p := w.pods["dev/p"]
		p.UID = "u2"
		w.pods["dev/p"] = p
		got, err := settle(t, w, del(t))
		if err != nil || !got.Synthetic {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("C160 a definition that is gone is passed over", func(t *testing.T) {
		got, err := settle(t, cluster(networks("a")), del(t))
		if err != nil || names(got.Record) != "eth0=cbr0" || len(got.Dropped) != 1 ||
			got.Dropped[0].Network != "dev/a" || got.Dropped[0].IfName != "net1" {
			t.Errorf("%s, without %+v, %v", names(got.Record), got.Dropped, err)
		}
	})
}

func TestNetworksOfEveryPod(t *testing.T) {
	w := cluster(networks("a"), "kube-system/cn", "kube-system/d1")
	req := request(t, `"clusterNetwork":"cn","defaultNetworks":["d1"]`)
	facts := need.Facts{}
	for queries := need.MissingNetworks(req, facts); len(queries) > 0; queries = need.MissingNetworks(req, facts) {
		for _, q := range queries {
			facts[q] = w.answer(q)
		}
	}
	got, err := need.SettleNetworks(req, facts)
	if err != nil || len(got) != 2 || got[0].Name != "cn" || !got[0].Master || got[1].Name != "d1" {
		t.Errorf("%+v, %v", got, err)
	}
	if len(w.asked) != 2 {
		t.Errorf("asked %v", w.asked)
	}
}

func BenchmarkSettle(b *testing.B) {
	w := cluster(networks("a,b,c,d"), "dev/a", "dev/b", "dev/c", "dev/d")
	t := new(testing.T)
	req := request(t, base)
	facts := need.Facts{}
	for queries := need.Missing(req, facts); len(queries) > 0; queries = need.Missing(req, facts) {
		for _, q := range queries {
			facts[q] = w.answer(q)
		}
	}
	for b.Loop() {
		if _, err := need.Settle(req, facts); err != nil {
			b.Fatal(err)
		}
	}
}
