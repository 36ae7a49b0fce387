package need_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"patchbay/core/fail"
	"patchbay/core/need"
)

func file(path, text string) need.File { return need.File{Path: path, Bytes: []byte(text)} }

func dir(files ...need.File) need.Files { return need.Files{Dir: true, List: files} }

func TestWhichNetworks(t *testing.T) {
	const conf = "/etc/cni/multus/net.d"
	def := func(text string) map[string]string {
		return map[string]string{"v1.multus-cni.io/default-network": text}
	}
	for _, c := range []struct {
		name, config string
		world        *world
		want         string
	}{
		{"C034 no annotation", base, cluster(nil), "eth0=cbr0"},
		{"C034 empty annotation", base, cluster(networks("")), "eth0=cbr0"},
		{"C035 one network", base, cluster(networks("a"), "dev/a"), "eth0=cbr0 net1=dev/a"},
		{"C036 interface by @", base, cluster(networks("a@net5"), "dev/a"), "eth0=cbr0 net5=dev/a"},
		{
			"C037 the same network twice", base, cluster(networks("a,a"), "dev/a"),
			"eth0=cbr0 net1=dev/a net2=dev/a",
		},
		{
			"C094 names count in the full list", `"delegates":[{"name":"x","type":"a"},{"name":"y","type":"b"}]`,
			cluster(networks("a"), "dev/a"), "eth0=x net1=y net2=dev/a",
		},
		{
			"C005 clusterNetwork wins over delegates", base + `,"clusterNetwork":"cn"`,
			cluster(nil, "kube-system/cn"), "eth0=kube-system/cn",
		},
		{
			"C021 clusterNetwork names a definition", `"clusterNetwork":"cn"`,
			cluster(nil, "kube-system/cn"), "eth0=kube-system/cn",
		},
		{
			"C022 clusterNetwork names a file", `"clusterNetwork":"disk"`,
			func() *world {
				w := cluster(nil)
				w.files[conf] = dir(file(conf+"/10.conf", `{"name":"disk","type":"bridge"}`))
				return w
			}(), "eth0=disk",
		},
		{
			"C023 clusterNetwork is a directory", `"clusterNetwork":"/etc/cni/net.d"`,
			func() *world {
				w := cluster(nil)
				w.files["/etc/cni/net.d"] = dir(
					file("/etc/cni/net.d/10-a.conf", `{"name":"first","type":"bridge"}`),
					file("/etc/cni/net.d/20-b.conf", `{"name":"second","type":"bridge"}`))
				return w
			}(), "eth0=first",
		},
		{
			"C027 clusterNetwork is a .conf", `"clusterNetwork":"/x/a.conf"`,
			func() *world {
				w := cluster(nil)
				w.files["/x/a.conf"] = need.Files{List: []need.File{file("/x/a.conf", `{"name":"c","type":"b"}`)}}
				return w
			}(), "eth0=c",
		},
		{
			"C029 defaultNetworks come before the pod's", `"clusterNetwork":"cn","defaultNetworks":["d1"]`,
			cluster(networks("a"), "kube-system/cn", "kube-system/d1", "dev/a"),
			"eth0=kube-system/cn net1=kube-system/d1 net2=dev/a",
		},
		{
			"C030 not in a system namespace", `"clusterNetwork":"cn","defaultNetworks":["d1"],"systemNamespaces":["dev"]`,
			cluster(networks("a"), "kube-system/cn", "kube-system/d1", "dev/a"),
			"eth0=kube-system/cn net1=dev/a",
		},
		{
			"C061 isolated, but default is global", base + `,"namespaceIsolation":true`,
			cluster(networks("default/a"), "default/a"), "eth0=cbr0 net1=default/a",
		},
		{
			"C062 isolated, but other is global", base + `,"namespaceIsolation":true,"globalNamespaces":"x, other"`,
			cluster(networks("other/a"), "other/a"), "eth0=cbr0 net1=other/a",
		},
		{
			"C064 the default-network annotation is not isolated", base + `,"namespaceIsolation":true`,
			cluster(def("other/dn"), "other/dn"), "eth0=other/dn",
		},
		{
			"C065 default-network replaces the first", base, cluster(def("dn"), "kube-system/dn"),
			"eth0=kube-system/dn",
		},
		{
			"C066 default-network with an interface", base, cluster(def("dn@foo"), "kube-system/dn"),
			"foo=kube-system/dn",
		},
		{"C015 without a cluster annotations are not read", base, nil, "eth0=cbr0"},
		{
			"C072 a definition without config is found on disk", base,
			func() *world {
				w := cluster(networks("a"))
				w.defs["dev/a"] = nad("dev/a", " ")
				w.files[conf] = dir(file(conf+"/1.conf", `{"name":"a","type":"x"}`))
				return w
			}(), "eth0=cbr0 net1=dev/a",
		},
		{
			"C073 a list on disk", base,
			func() *world {
				w := cluster(networks("a"))
				w.defs["dev/a"] = nad("dev/a", "")
				w.files[conf] = dir(file(conf+"/1.conflist", `{"name":"a","plugins":[{"type":"x"}]}`))
				return w
			}(), "eth0=cbr0 net1=dev/a",
		},
		{
			"C075 a broken file before the match is passed over", base,
			func() *world {
				w := cluster(networks("a"))
				w.defs["dev/a"] = nad("dev/a", "")
				w.files[conf] = dir(file(conf+"/0.conf", `{`), file(conf+"/1.conf", `{"name":"a","type":"x"}`))
				return w
			}(), "eth0=cbr0 net1=dev/a",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := request(t, c.config)
			if c.world == nil {
				c.world, req.Cluster = cluster(networks("a"), "dev/a"), false
			}
			got, err := settle(t, c.world, req)
			if err != nil {
				t.Fatal(err)
			}
			if names(got.Record) != c.want {
				t.Errorf("have %s, want %s", names(got.Record), c.want)
			}
			if !got.Record.Attachments[0].Master {
				t.Error("the first is not the master")
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	isolated := base + `,"namespaceIsolation":true`
	for _, c := range []struct {
		name, config string
		world        *world
		kind         fail.Kind
		want         string
	}{
		{
			"C006 delegate without type", `"delegates":[{"name":"x"}]`, cluster(nil), fail.Invalid,
			"must have the 'type' or 'plugins' field",
		},
		{
			"C007 delegate without plugins", `"delegates":[{"name":"x","plugins":[]}]`, cluster(nil),
			fail.Invalid, "the list of plugins is empty",
		},
		{"C007 definition without plugins", base, func() *world {
			w := cluster(networks("a"))
			w.defs["dev/a"] = nad("dev/a", `{"plugins":[]}`)
			return w
		}(), fail.Invalid, "pod dev/p: net1 (dev/a): spec.config: the list of plugins is empty"},
		{
			"C008 delegate without a name", `"delegates":[{"type":"x"}]`, cluster(nil), fail.Invalid,
			"missing network name",
		},
		{
			"C028 clusterNetwork is a missing file", `"clusterNetwork":"/no/such"`, cluster(nil),
			fail.NotFound, "clusterNetwork /no/such: read files /no/such: not there",
		},
		{"C027 a .conf that is a list", `"clusterNetwork":"/x/a.conf"`, func() *world {
			w := cluster(nil)
			w.files["/x/a.conf"] = need.Files{List: []need.File{
				file("/x/a.conf", `{"name":"c","plugins":[{"type":"b"}]}`),
			}}
			return w
		}(), fail.Invalid, "must be called .conflist"},
		{"C026 list name with a slash", `"clusterNetwork":"/x/a.conflist"`, func() *world {
			w := cluster(nil)
			w.files["/x/a.conflist"] = need.Files{List: []need.File{
				file("/x/a.conflist", `{"name":"../c","plugins":[{"type":"b"}]}`),
			}}
			return w
		}(), fail.Invalid, "invalid network config name"},
		{
			"C033 auxiliary chain without a path", base + `,"auxiliaryCNIChainName":"x"`, cluster(nil),
			fail.Invalid, "ClusterNetwork must be a path",
		},
		{
			"C038 an empty item", base, cluster(networks("a,,c"), "dev/a", "dev/c"), fail.Invalid,
			"pod dev/p: networks annotation: element 2: the name",
		},
		{
			"C045 the pod's own interface", base, cluster(networks("a@eth0"), "dev/a"), fail.Invalid,
			"interface name eth0 is also that of cbr0",
		},
		{"C047 no list", base, cluster(networks(`{"name":"a"}`), "dev/a"), fail.Invalid, ""},
		{"C057 two gateways over all networks", base, cluster(networks(
			`[{"name":"a","default-route":["10.0.0.1"]},{"name":"b","default-route":["10.1.0.1"]}]`),
			"dev/a", "dev/b"), fail.Invalid, "pod dev/p: dev/b: default-route: 10.1.0.1"},
		{
			"C060 another namespace, isolated", isolated, cluster(networks("other/a"), "other/a"),
			fail.Denied, "violates permission",
		},
		{
			"C063 default is not global any more", isolated + `,"globalNamespaces":"x"`,
			cluster(networks("default/a"), "default/a"), fail.Denied, "violates permission",
		},
		{
			"C064 isolation of the default network on request", isolated + `,"isolateDefaultNetwork":true`,
			cluster(map[string]string{"v1.multus-cni.io/default-network": "other/a"}, "other/a"),
			fail.Denied, "violates permission",
		},
		{
			"C068 default-network is not there", base,
			cluster(map[string]string{"v1.multus-cni.io/default-network": "dn"}), fail.NotFound,
			"kube-system/dn",
		},
		{
			"C068 two default networks", base,
			cluster(map[string]string{"v1.multus-cni.io/default-network": "a,b"}), fail.Invalid,
			"pod dev/p: default-network annotation: selects 2",
		},
		{
			"C069 an empty list of default networks", base,
			cluster(map[string]string{"v1.multus-cni.io/default-network": "[]"}), fail.Invalid, "",
		},
		{"C070 definition is not there", base, cluster(networks("a")), fail.NotFound, "dev/a"},
		{"C074 nothing on disk", base, func() *world {
			w := cluster(networks("a"))
			w.defs["dev/a"] = nad("dev/a", "")
			return w
		}(), fail.NotFound, "no network available in the name a in /etc/cni/multus/net.d"},
		{"C077 config is bad JSON", base, func() *world {
			w := cluster(networks("a"))
			w.defs["dev/a"] = nad("dev/a", "{")
			return w
		}(), fail.Invalid, "pod dev/p: net1 (dev/a): spec.config: not JSON"},
		{
			"C095 a default name that another asked for", base,
			cluster(networks("b@net2,a"), "dev/a", "dev/b"), fail.Invalid,
			"interface name net2 is also that of dev/b",
		},
		{"C096 plugin is not installed", base, func() *world {
			w := cluster(networks("a"), "dev/a")
			w.binaries = "bridge"
			return w
		}(), fail.NotFound, "pod dev/p: net1 (dev/a): find plugin noop"},
		{
			"C096 ipam plugin is not installed",
			`"delegates":[{"name":"x","type":"bridge","ipam":{"type":"whereabouts"}}]`, func() *world {
				w := cluster(nil)
				w.binaries = "bridge"
				return w
			}(), fail.NotFound, "ipam: find plugin whereabouts",
		},
		{"C120 interface exists already", base, func() *world {
			w := cluster(networks("a"), "dev/a")
			w.links = []string{"net1"}
			return w
		}(), fail.Invalid, "net1 (dev/a): interface net1 already exists in the sandbox"},
		{"C126 another pod has the name", base, func() *world {
			w := cluster(nil)
			p := w.pods["dev/p"]
			p.UID = "u2"
			w.pods["dev/p"] = p
			return w
		}(), fail.Transient, "expected pod UID u1"},
		{
			"C125 pod is not known, to be tried again", base + `,"podNotFound":"tryAgainLater"`,
			&world{}, fail.Transient, "read pod dev/p",
		},
		{"devices", base, func() *world {
			w := cluster(networks("a"))
			w.defs["dev/a"] = nad("dev/a", `{"type":"sriov"}`, "k8s.v1.cni.cncf.io/resourceName", "v.com/r")
			return w
		}(), fail.Invalid, "asks for a device of v.com/r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := settle(t, c.world, request(t, c.config))
			if !fail.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v of kind %v; want %q of kind %v", err, fail.Of(err), c.want, c.kind)
			}
		})
	}
	t.Run("C028 clusterNetwork that can not be read for now", func(t *testing.T) {
		for _, verb := range []need.Verb{need.Add, need.Del} {
			w := cluster(nil)
			w.flaky = "kube-system/cn"
			req := request(t, `"clusterNetwork":"cn"`)
			req.Verb = verb
			if _, err := settle(t, w, req); !fail.Is(err, fail.Transient) {
				t.Errorf("%s: %v of kind %v", verb, err, fail.Of(err))
			}
		}
	})
	t.Run("C016 clusterNetwork without a cluster", func(t *testing.T) {
		req := request(t, `"clusterNetwork":"cn"`)
		req.Cluster = false
		_, err := settle(t, cluster(nil), req)
		if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), "must have either Kubernetes config or delegates") {
			t.Error(err)
		}
	})
}

func TestSubDirectories(t *testing.T) {
	list := file("/x/a.conflist", `{"cniVersion":"1.0.0","name":"c","plugins":[{"type":"b"}]}`)
	chain := func(extra map[string]need.Files) *world {
		w := cluster(nil)
		w.files["/x/a.conflist"] = need.Files{List: []need.File{list}}
		maps.Copy(w.files, extra)
		return w
	}
	tuning := dir(file("/x/c/10.conf", `{"type":"tuning","sysctl":{"a":"1"}}`))
	for _, c := range []struct {
		name, config string
		world        *world
		want         []string // configs
	}{
		{
			"C024 plugins of the sub-directory are appended", `"clusterNetwork":"/x/a.conflist"`,
			chain(map[string]need.Files{"/x/c": tuning}),
			[]string{`{"cniVersion":"1.0.0","name":"c","plugins":[{"type":"b"},{"type":"tuning","sysctl":{"a":"1"}}]}`},
		},
		{
			"C025 unless only the inlined ones are wanted", `"clusterNetwork":"/x/a.conflist"`,
			func() *world {
				w := chain(map[string]need.Files{"/x/c": tuning})
				w.files["/x/a.conflist"] = need.Files{List: []need.File{file("/x/a.conflist",
					`{"name":"c","loadOnlyInlinedPlugins":true,"plugins":[{"type":"b"}]}`)}}
				return w
			}(),
			[]string{`{"name":"c","loadOnlyInlinedPlugins":true,"plugins":[{"type":"b"}]}`},
		},
		{
			"C031 the auxiliary chain comes last", `"clusterNetwork":"/x/a.conflist","auxiliaryCNIChainName":"aux"`,
			chain(map[string]need.Files{"/x/aux": dir(file("/x/aux/1.conf", `{"type":"t"}`))}),
			[]string{string(list.Bytes), `{"cniVersion":"1.0.0","name":"aux","plugins":[{"type":"passthru"},{"type":"t"}]}`},
		},
		{
			"C032 an empty auxiliary directory adds nothing", `"clusterNetwork":"/x/a.conflist","auxiliaryCNIChainName":"aux"`,
			chain(map[string]need.Files{"/x/aux": dir()}),
			[]string{string(list.Bytes)},
		},
		{
			"C032 nor does a missing one", `"clusterNetwork":"/x/a.conflist","auxiliaryCNIChainName":"aux"`,
			chain(nil),
			[]string{string(list.Bytes)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := settle(t, c.world, request(t, c.config))
			if err != nil {
				t.Fatal(err)
			}
			var configs []string
			for _, a := range got.Record.Attachments {
				configs = append(configs, string(a.Config))
			}
			if fmt.Sprint(configs) != fmt.Sprint(c.want) {
				t.Errorf("have %v\nwant %v", configs, c.want)
			}
		})
	}
}

func TestSynthetic(t *testing.T) {
	t.Run("C125 a pod that the cluster does not know", func(t *testing.T) {
		got, err := settle(t, &world{}, request(t, base))
		if err != nil || !got.Synthetic || len(got.Record.Attachments) > 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("C127 a static pod has a UID of its own", func(t *testing.T) {
		w := cluster(map[string]string{"kubernetes.io/config.source": "file"})
		p := w.pods["dev/p"]
		p.UID = "mirror"
		w.pods["dev/p"] = p
		got, err := settle(t, w, request(t, base))
		if err != nil || names(got.Record) != "eth0=cbr0" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
