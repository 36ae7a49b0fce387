package cluster

import "fmt"

// Token is what a request is signed with: whose it is and which of his tokens.
// The zero Token is the administrator's; it may do everything and never ends.
type Token struct{ user, serial uint32 }

// user is somebody who has rights.
type user struct {
	name   string
	oldest uint32 // serial of the oldest token that is still good
	newest uint32
	rights [resources]Verb // everywhere
	local  []right         // in one namespace
}

// right is a row of the table of rights (a Role with its RoleBinding).
type right struct {
	namespace string
	resource  Resource
	verbs     Verb
}

// AddUser makes a user without any rights and returns his first token.
func (c *Cluster) AddUser(name string) Token {
	c.users = append(c.users, user{name: name})
	return Token{user: uint32(len(c.users) - 1)} //nolint:gosec // a handful
}

// Allow gives the owner of a token rights, in one namespace, or in all for "".
func (c *Cluster) Allow(who Token, namespace string, resource Resource, verbs Verb) {
	u := &c.users[who.user]
	if namespace == "" {
		u.rights[resource] |= verbs
		return
	}
	u.local = append(u.local, right{namespace, resource, verbs})
}

// Deny takes rights away again, as Allow gives them; what another row allows
// stays allowed.
func (c *Cluster) Deny(who Token, namespace string, resource Resource, verbs Verb) {
	u := &c.users[who.user]
	if namespace == "" {
		u.rights[resource] &^= verbs
		return
	}
	for i := range u.local {
		if u.local[i].namespace == namespace && u.local[i].resource == resource {
			u.local[i].verbs &^= verbs
		}
	}
}

// Renew makes a new token for the owner of an old one. The old ones stay good
// until Expire, as projected tokens do for a while.
func (c *Cluster) Renew(who Token) Token {
	u := &c.users[who.user]
	u.newest++
	return Token{who.user, u.newest}
}

// Expire ends a token and all that are older. The administrator's never ends.
func (c *Cluster) Expire(who Token) {
	if who.user != 0 {
		u := &c.users[who.user]
		u.oldest = max(u.oldest, who.serial+1)
	}
}

// UserOf is the name of the owner of a token.
func (c *Cluster) UserOf(who Token) string { return c.users[who.user].name }

// MakerOf is who created the object that is there now. It is for those who
// judge: no pretended program may ask, since no API server would say.
func (c *Cluster) MakerOf(r Resource, key Key) (Token, bool) {
	var m *meta
	switch r {
	case Pods, PodStatus, PodBinding:
		m = c.pods.metaAt(key)
	case Definitions:
		m = c.definitions.metaAt(key)
	case Namespaces:
		m = c.namespaces.metaAt(key)
	case Nodes:
		m = c.nodes.metaAt(key)
	case Pools:
		m = c.pools.metaAt(key)
	case Leases:
		m = c.leases.metaAt(key)
	case Objects:
		m = c.objects.metaAt(key)
	case Events, resources: // events have it written in them
	}
	if m == nil {
		return Token{}, false
	}
	return Token{user: m.maker}, true
}

func (s *store[T]) metaAt(key Key) *meta {
	if o := s.live(key); o != nil {
		return &o.meta
	}
	return nil
}

// Serve says whether the API server knows a resource; for Definitions: whether
// the CustomResourceDefinition is installed. All are known at first.
func (c *Cluster) Serve(resource Resource, served bool) { c.unserved[resource] = !served }

// enter is what a request meets before its object is looked at: who it is of
// (401), what he may (403) and whether there is such a resource (404).
func (c *Cluster) enter(who Token, r Resource, v Verb, key Key) error {
	u := &c.users[who.user]
	if who.serial < u.oldest {
		return unauthorized()
	}
	if u.rights[r]&v == 0 && !u.locally(r, v, key.Namespace) {
		return c.mayNot(u, r, v, key)
	}
	if c.unserved[r] {
		return notServed()
	}
	return nil
}

func (u *user) locally(r Resource, v Verb, namespace string) bool {
	for _, row := range u.local {
		if row.namespace == namespace && row.resource == r && row.verbs&v != 0 {
			return true
		}
	}
	return false
}

func (c *Cluster) mayNot(u *user, r Resource, v Verb, key Key) error {
	where := "at the cluster scope"
	if key.Namespace != "" {
		where = fmt.Sprintf("in the namespace %q", key.Namespace)
	}
	no := StatusOf(forbidden(r, key.Name, fmt.Sprintf(
		"User %q cannot %v resource %q in API group %q %s",
		u.name, v, r.String(), resourceTable[r].group, where)))
	if key.Name == "" { // a list
		no.Message = r.qualified() + no.Message[len(r.qualified()+` ""`):]
	}
	return no
}
