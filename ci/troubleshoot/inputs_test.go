package troubleshoot_test

import "github.com/containernetworking/cni/pkg/types"

// wrong is an input that must be refused before anything happens. "{dir}" stands
// for the folder of the node.
type wrong struct {
	row  string // of docs/troubleshooting.md
	code uint
	says []string // pod, network and cause, as far as the input has them

	networks string            // the pod's networks annotation
	instead  string            // the pod's default-network annotation
	define   string            // the configuration of definition dev/bad
	conf     string            // members of our configuration; "" is one good delegate
	stdin    string            // all of standard input, instead of conf
	env      []string          // beside, and before, the usual
	files    map[string]string // more files in the folder of the node
}

const (
	invalid  = types.ErrInvalidNetworkConfig
	internal = types.ErrInternal
	again    = types.ErrTryAgainLater
)

// wrongs is one input for each row.
var wrongs = []wrong{
	// our configuration
	{row: "T01", code: types.ErrDecodingFailure, stdin: `{"name":"node","type":"patchbay",}`},
	{row: "T02", code: invalid, conf: `"delegates":[]`, says: []string{"configuration"}},
	{
		row: "T03", code: invalid, conf: `"compat":"multus-v5","delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"configuration", "compat", "multus-v5"},
	},
	{
		row: "T04", code: invalid, conf: `"kubeconfig":"/k","delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"configuration", "manifestDir", "kubeconfig"},
	},
	{
		row: "T05", code: invalid,
		conf: `"manifestDir":"","kubeconfig":"{dir}/none","delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"pod dev/p", "kubeconfig", "{dir}/none", "no such file"},
	},
	{
		row: "T06", code: invalid, conf: `"podNotFound":"wait","delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"configuration", "podNotFound", "wait"},
	},
	{
		row: "T07", code: types.ErrDecodingFailure, conf: `"delegates":{"name":"a","type":"pri"}`,
		says: []string{"configuration", "delegates"},
	},
	{
		row: "T08", code: invalid, conf: `"delegates":[{"name":"a"}]`,
		says: []string{"delegate 0", "'type'"},
	},
	{
		row: "T09", code: invalid, conf: `"delegates":[{"cniVersion":"1.0.0","type":"pri"}]`,
		says: []string{"delegate 0", "name"},
	},
	{
		row: "T10", code: invalid, conf: `"delegates":[{"name":"a","plugins":[]}]`,
		says: []string{"delegate 0", "empty"},
	},
	{
		row: "T11", code: internal, conf: `"clusterNetwork":"main"`,
		says: []string{"clusterNetwork main", "kube-system/main", "{dir}/net.d"},
	},
	{
		row: "T12", code: internal, conf: `"clusterNetwork":"{dir}/10-none.conflist"`,
		says: []string{"clusterNetwork", "{dir}/10-none.conflist"},
	},
	{
		row: "T13", code: invalid, conf: `"manifestDir":"","clusterNetwork":"main"`,
		says: []string{"clusterNetwork main"},
	},
	{
		row: "T14", code: again, says: []string{"{dir}/ready", "did not appear"},
		conf: `"readinessindicatorfile":"{dir}/ready","readinessTimeoutSeconds":0.1,` +
			`"delegates":[{"name":"a","type":"pri"}]`,
	},
	{
		row: "T15", code: invalid, says: []string{"configuration", "delegateTimeoutSeconds"},
		conf: `"delegateTimeoutSeconds":0,"delegates":[{"name":"a","type":"pri"}]`,
	},

	// definitions
	{
		row: "T21", code: internal, networks: "red,absent",
		says: []string{"pod dev/p", "net2 (dev/absent)", "not found"},
	},
	{
		row: "T22", code: invalid, networks: "red,bad", define: "{",
		says: []string{"pod dev/p", "net2 (dev/bad)", "spec.config", "JSON"},
	},
	{
		row: "T23", code: invalid, networks: "red,bad", define: `{"cniVersion":"1.0.0"}`,
		says: []string{"pod dev/p", "net2 (dev/bad)", "'type'"},
	},
	{
		row: "T24", code: invalid, networks: "bad", define: `{"cniVersion":"1.0.0","plugins":[]}`,
		says: []string{"pod dev/p", "net1 (dev/bad)", "empty"},
	},
	{
		row: "T25", code: invalid, networks: "bad",
		define: `{"cniVersion":"1.0.0","type":"multus"}`,
		says:   []string{"pod dev/p", "net1 (dev/bad)", "type multus", "itself"},
	},
	{
		row: "T26", code: internal, networks: "bad", define: " ",
		says: []string{"pod dev/p", "net1 (dev/bad)", "{dir}/net.d"},
	},
	{
		row: "T27", code: invalid, networks: "bad",
		define: `{"cniVersion":"1.0.0","name":"a/b","type":"red"}`,
		says:   []string{"pod dev/p", "net1 (dev/bad)", `"a/b"`},
	},
	{
		row: "T28", code: invalid, networks: "sriov",
		files: map[string]string{"manifests/sriov.yaml": `
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  namespace: dev
  name: sriov
  annotations: {k8s.v1.cni.cncf.io/resourceName: vendor.example/vf}
spec: {config: '{"cniVersion":"1.0.0","type":"red"}'}
`},
		says: []string{"pod dev/p", "net1 (dev/sriov)", "vendor.example/vf"},
	},
	{
		row: "T29", code: invalid, networks: "red",
		files: map[string]string{"manifests/a.yaml": "kind: Pod\n  name: x\n"},
		says:  []string{"pod dev/p", "{dir}/manifests/a.yaml:1", "mapping value"},
	},
	{
		row: "T34", code: invalid,
		conf: `"manifestDir":"{dir}/none","delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"pod dev/p", "no manifest directory", "{dir}/none"},
	},

	// annotations
	{
		row: "T41", code: invalid, networks: "red,a/b/c",
		says: of("a/b/c", "element 2", "failed at '/'"),
	},
	{row: "T42", code: invalid, networks: "a@b@c", says: of("a@b@c", "element 1", "failed at '@'")},
	{row: "T43", code: invalid, networks: "Red", says: of("Red", "element 1", "does not match")},
	{row: "T44", code: invalid, networks: "red,,blue", says: of("element 2", "is empty")},
	{row: "T45", code: invalid, networks: `{"name":"red"}`, says: of("a JSON list")},
	{row: "T46", code: invalid, networks: `[{"name":"red"},]`, says: of("not valid JSON")},
	{
		row: "T47", code: invalid, networks: `[{"name":"red","ips":"10.0.0.3"}]`,
		says: of("red", "ips", "must be a list of strings"),
	},
	{row: "T48", code: invalid, networks: `[{"name":"red","mac":"zz"}]`, says: of("red", `"zz"`)},
	{
		row: "T49", code: invalid, networks: `[{"name":"red","ips":["10.0.0.300"]}]`,
		says: of("red", "10.0.0.300"),
	},
	{
		row: "T50", code: invalid, networks: `[{"name":"red","default-route":["gate"]}]`,
		says: of("red", "default-route", `"gate"`),
	},
	{
		row: "T51", code: invalid, networks: `[{"name":"red","default-route":["10.0.0.1"]},` +
			`{"name":"blue","default-route":["10.1.0.1"]}]`,
		says: []string{"pod dev/p", "dev/blue", "dev/red", "ECMP"},
	},
	{
		row: "T52", code: invalid, networks: "red@a-name-too-long-for-linux",
		says: of("red", "a-name-too-long-for-linux", "15"),
	},
	{row: "T53", code: invalid, networks: "red@a:b", says: of("red", "a:b", `":"`)},
	{
		row: "T54", code: invalid, networks: `[{"name":"red","interface":"net2"},{"name":"blue"}]`,
		says: []string{"pod dev/p", "net2", "dev/blue", "dev/red"},
	},
	{row: "T54", code: invalid, networks: "red@eth0", says: []string{"pod dev/p", "dev/red", "eth0"}},
	{
		row: "T55", code: internal, networks: "other/red",
		conf: `"namespaceIsolation":true,"delegates":[{"name":"a","type":"pri"}]`,
		says: []string{"pod dev/p", "other/red", "permission"},
	},
	{
		row: "T56", code: invalid, instead: "red,blue",
		says: []string{"pod dev/p", "default-network annotation", "2"},
	},
	{
		row: "T56", code: invalid, instead: "[]",
		says: []string{"pod dev/p", "default-network annotation", "0"},
	},
	{
		row: "T57", code: internal, instead: "absent",
		says: []string{"pod dev/p", "eth0 (kube-system/absent)", "not found"},
	},

	// plugins
	{
		row: "T61", code: internal, networks: "bad", define: `{"cniVersion":"1.0.0","type":"macvlan"}`,
		says: []string{"pod dev/p", "net1 (dev/bad)", `"macvlan"`, "{dir}/bin"},
	},
	{
		row: "T62", code: internal, networks: "bad",
		define: `{"cniVersion":"1.0.0","type":"bridge","ipam":{"type":"host-local"}}`,
		says:   []string{"pod dev/p", "net1 (dev/bad)", "ipam", `"host-local"`, "{dir}/bin"},
	},

	// the sandbox
	{
		row: "T71", code: types.ErrInvalidNetNS, env: []string{"CNI_NETNS={dir}/none"},
		says: []string{"pod dev/p", "{dir}/none"},
	},
	{
		row: "T72", code: types.ErrInvalidNetNS, env: []string{"CNI_NETNS=/proc/self/ns/net"},
		says: []string{"pod dev/p", "/proc/self/ns/net", "own"},
	},
	{
		row: "T73", code: types.ErrInvalidNetNS, env: []string{"CNI_NETNS={dir}/bin/pri"},
		says: []string{"pod dev/p", "{dir}/bin/pri"},
	},
	{
		row: "T74", code: invalid, networks: "red,blue@lo",
		says: []string{"pod dev/p", "lo (dev/blue)", "already"},
	},
	{
		row: "T75", code: types.ErrInvalidEnvironmentVariables, env: []string{"CNI_ARGS=what"},
		says: []string{"CNI_ARGS", `"what"`},
	},
	{
		row: "T76", code: types.ErrInvalidEnvironmentVariables, env: []string{"CNI_CONTAINERID="},
		says: []string{"CNI_CONTAINERID"},
	},
	{
		row: "T77", code: again,
		env:  []string{"CNI_ARGS=K8S_POD_NAMESPACE=dev;K8S_POD_NAME=p;K8S_POD_UID=u0"},
		says: []string{"dev/p", "u0", "u1", "replaced"},
	},
}

// of is for a bad networks annotation.
func of(causes ...string) []string {
	return append(causes, "pod dev/p", "networks annotation")
}
