// Package yamljson turns YAML that anybody may have written into JSON, within
// bounds: neither its size, nor its depth, nor what its aliases come to may use
// up the memory of a node.
//
// It reads one document and knows nothing of what it means, nor of Kubernetes.
// It stands outside backends/real because several parts there, which must not
// know each other, and tools need the same bounds.
package yamljson
