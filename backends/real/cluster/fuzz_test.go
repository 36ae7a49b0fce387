package cluster

import "testing"

// FuzzKubeconfig shows that no file makes the parser panic, and that what it
// accepts has a cluster to go to.
func FuzzKubeconfig(f *testing.F) {
	for _, seed := range []string{
		"",
		"---\n---\n",
		"current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n" +
			"clusters: [{name: k, cluster: {server: https://h}}]\nusers: [{name: u}]\n",
		"a: &a {b: c}\nd: {<<: *a}\n",
		"users: [{user: {client-key-data: AAAA}}]",
		"{\"current-context\": 1}",
		"\tx: |\n  y",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := parseKubeconfig(content)
		if err != nil {
			return
		}
		if _, _, err := file.current(); err == nil && len(file.Clusters) == 0 {
			t.Error("there is a current cluster among none")
		}
	})
}
