package records_test

import (
	"context"
	"testing"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/version"

	"patchbay/core/record"
)

// canned is a plugin that returns a result and does nothing.
type canned struct{ version.PluginDecoder }

func (canned) ExecPlugin(context.Context, string, []byte, []string) ([]byte, error) {
	return []byte(`{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.5/24"}]}`), nil
}

func (canned) FindInPath(plugin string, _ []string) (string, error) { return "/" + plugin, nil }

func network(t *testing.T) *libcni.NetworkConfigList {
	t.Helper()
	list, err := libcni.NetworkConfFromBytes(
		[]byte(`{"cniVersion":"1.0.0","name":"red","plugins":[{"type":"sriov"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestLibcniReadsOurResults(t *testing.T) {
	dir := t.TempDir()
	s, r := store(dir), sample()
	r.Attachments[1].Capabilities = []byte(`{"mac":"02:00:00:00:00:01"}`)
	err := s.SaveResult(t.Context(), r, "net1",
		[]byte(`{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.5/24"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	cni := libcni.NewCNIConfigWithCacheDir(nil, dir, &canned{})
	runtime := &libcni.RuntimeConf{ContainerID: container, IfName: "net1", NetNS: r.Netns}
	result, err := cni.GetNetworkListCachedResult(network(t), runtime)
	if err != nil || result == nil || result.Version() != "1.0.0" {
		t.Fatalf("result %v, %v", result, err)
	}
	config, cached, err := cni.GetNetworkListCachedConfig(network(t), runtime)
	if err != nil || string(config) != string(r.Attachments[1].Config) {
		t.Errorf("config %s, %v", config, err)
	}
	if cached.Args[1] != [2]string{"K8S_POD_NAME", "cart-0"} ||
		cached.CapabilityArgs["mac"] != "02:00:00:00:00:01" {
		t.Errorf("cached %+v", cached)
	}
	all, err := cni.GetCachedAttachments(container)
	if err != nil || len(all) != 1 || all[0].Network != "red" || all[0].NetNS != r.Netns {
		t.Errorf("attachments %+v, %v", all, err)
	}
	if err := cni.DelNetworkList(t.Context(), network(t), runtime); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, dir); left != "" {
		t.Errorf("libcni did not find what it should remove: %s", left)
	}
}

func TestWeReadLibcnisResults(t *testing.T) {
	dir := t.TempDir()
	cni := libcni.NewCNIConfigWithCacheDir(nil, dir, &canned{})
	_, err := cni.AddNetworkList(t.Context(), network(t), &libcni.RuntimeConf{
		ContainerID: container, IfName: "net1", NetNS: "/run/netns/x",
		Args:           [][2]string{{"K8S_POD_NAMESPACE", "shop"}, {"K8S_POD_NAME", "cart-0"}},
		CapabilityArgs: map[string]any{"mac": "02:00:00:00:00:01"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := store(dir).Load(t.Context(), sample().Key())
	if err != nil || len(r.Attachments) != 1 {
		t.Fatalf("got %+v, %v", r, err)
	}
	a := r.Attachments[0]
	if a.Name != "red" || a.Args != "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cart-0" ||
		string(a.Capabilities) != `{"mac":"02:00:00:00:00:01"}` ||
		string(a.Config) != string(network(t).Bytes) {
		t.Errorf("got %+v", a)
	}
	if want := (record.Pod{Namespace: "shop", Name: "cart-0"}); r.Pod != want || r.Netns == "" {
		t.Errorf("got pod %v in %q", r.Pod, r.Netns)
	}
	result, err := store(dir).Result(t.Context(), r, "net1")
	if err != nil || len(result) == 0 {
		t.Errorf("result %s, %v", result, err)
	}
}
