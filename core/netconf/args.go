package netconf

import (
	"strings"

	"patchbay/core/fail"
)

// Arg is one item of CNI_ARGS.
type Arg struct{ Key, Value string }

// Args is CNI_ARGS: an ordered list without duplicate keys (CNI spec 1.1 §2,
// "Parameters": alphanumeric pairs separated by semicolons).
type Args []Arg

// ParseArgs reads CNI_ARGS. Empty items are skipped and a value may hold "=":
// a trailing semicolon is no reason to lose a DEL. Of duplicate keys the first
// with a value wins.
func ParseArgs(text string) (Args, error) {
	var out Args
	for item := range strings.SplitSeq(text, ";") {
		if item == "" {
			continue
		}
		key, value, ok := strings.Cut(item, "=")
		if !ok || key == "" {
			return nil, fail.New(fail.Environment,
				"CNI_ARGS: %q is not of the form key=value", item)
		}
		out = out.Add(key, value)
	}
	return out, nil
}

// Get returns the value of a key, or "".
func (a Args) Get(key string) string {
	for _, item := range a {
		if item.Key == key {
			return item.Value
		}
	}
	return ""
}

// Add returns the list with an item added, unless its key is there with a
// value already.
func (a Args) Add(key, value string) Args {
	for i, item := range a {
		if item.Key != key {
			continue
		}
		if item.Value == "" {
			a[i].Value = value
		}
		return a
	}
	return append(a, Arg{key, value})
}

// String is the inverse of ParseArgs.
func (a Args) String() string {
	var b strings.Builder
	for i, item := range a {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(item.Key)
		b.WriteByte('=')
		b.WriteString(item.Value)
	}
	return b.String()
}

// PodArgs are the items that every delegate gets, in this order, whatever the
// runtime sent, then what else it sent.
func PodArgs(runtime Args) Args {
	ours := [...]string{
		"K8S_POD_NAMESPACE", "K8S_POD_NAME", "K8S_POD_INFRA_CONTAINER_ID", "K8S_POD_UID",
	}
	out := make(Args, 1, 1+len(ours)+len(runtime))
	out[0] = Arg{"IgnoreUnknown", "true"}
	for _, key := range ours {
		out = append(out, Arg{key, runtime.Get(key)})
	}
	for _, item := range runtime {
		out = out.Add(item.Key, item.Value)
	}
	return out
}

// Set returns the list with an item set, in its place or at the end.
func (a Args) Set(key, value string) Args {
	for i, item := range a {
		if item.Key == key {
			a[i].Value = value
			return a
		}
	}
	return append(a, Arg{key, value})
}
