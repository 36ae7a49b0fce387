// Package cluster is a pretended Kubernetes API server: objects, the rules by
// which an API server changes them, and what it answers when it refuses.
//
// It is plain data of one thread. It decides nothing by chance and does not
// misbehave: who wants an answer to get lost makes the call and throws the
// answer away; who wants "429" answers with [Answer] and makes no call; who
// wants a stale answer reads through a [View] or so many versions back. What is
// real is strict here: 401 before 403 before 404, a wrong UID in a patch is 422
// and in an update 409, an update that changes nothing makes no new version.
//
// Objects are immutable once they are stored, and so are the maps and slices in
// what is handed in and out: who wants to change a map makes a copy first. That
// is why old versions, watches and duplicates cost nothing but memory.
//
// It is not a scheduler, a kubelet, a controller or a garbage collector: nobody
// binds pods, empties namespaces or lets leases run out unless he is told to.
// It knows no labels, owners, finalizers of pods, admission webhooks or
// managed fields, and validates only what the users of this package can get
// wrong. It is not an IPAM plugin either: [Pool] is what such a plugin keeps in
// the cluster.
package cluster
