package cluster

import (
	"time"

	"patchbay/core/record"
)

// Event is a core/v1 Event about a pod.
type Event struct {
	Namespace, Name string
	About           record.Pod // involvedObject
	Type            string     // "Normal" or "Warning"
	Reason, Message string
	By              string        // who posted it; given by the cluster
	At              time.Duration // when; given by the cluster
	Version         uint64        // given by the cluster
}

// eventRing keeps the events that were posted last, for real ones end too
// (kube-apiserver --event-ttl).
type eventRing struct {
	list  []Event
	first int // of the ring, once it is full
	slots map[Key]struct{}
}

// CreateEvent posts an event. 409 AlreadyExists: there is one of this name,
// which may be this one: an earlier try whose reply was lost.
func (c *Cluster) CreateEvent(who Token, e Event) error {
	key := Key{e.Namespace, e.Name}
	if err := c.enter(who, Events, Create, key); err != nil {
		return err
	}
	if err := c.admit(Events, key); err != nil {
		return err
	}
	if err := e.validate(); err != nil {
		return err
	}
	if _, ok := c.events.slots[key]; ok {
		return alreadyExists(Events, e.Name)
	}
	c.version++
	e.By, e.At, e.Version = c.UserOf(who), c.opts.Now(), c.version
	c.events.add(e, c.opts.Events)
	if c.change == nil && len(c.log.ring) == 0 {
		return nil
	}
	var object any
	if len(c.log.ring) > 0 {
		object = &e
	}
	c.changed(Change{
		Op: Created, Resource: Events, Key: key, UID: e.About.UID, Version: e.Version, By: who,
	}, object)
	return nil
}

func (e *Event) validate() error {
	switch {
	case !subdomain(e.Name):
		return invalid(Events, e.Name, "metadata.name: Invalid value: \""+e.Name+
			"\": a lowercase RFC 1123 subdomain must consist of lower case "+
			"alphanumeric characters, and be no more than 253 characters")
	case e.About.Namespace != e.Namespace:
		return invalid(Events, e.Name, "involvedObject.namespace: Invalid value: \""+
			e.About.Namespace+"\": does not match event.namespace")
	case e.Type != "Normal" && e.Type != "Warning":
		return invalid(Events, e.Name, "type: Invalid value: \""+e.Type+"\"")
	}
	return nil
}

func (r *eventRing) add(e Event, most int) {
	key := Key{e.Namespace, e.Name}
	r.slots[key] = struct{}{}
	if len(r.list) < most {
		r.list = append(r.list, e)
		return
	}
	old := &r.list[r.first]
	delete(r.slots, Key{old.Namespace, old.Name})
	*old = e
	r.first = (r.first + 1) % len(r.list)
}

// all calls f for each event, oldest first.
func (r *eventRing) all(f func(*Event)) {
	for i := range r.list {
		f(&r.list[(r.first+i)%len(r.list)])
	}
}

// EventsAbout lists what was posted about a pod, of whatever UID for "", oldest
// first. It is for those who judge and asks for no right.
func (c *Cluster) EventsAbout(pod record.Pod) []Event {
	var out []Event
	c.events.all(func(e *Event) {
		a := e.About
		if a.Namespace == pod.Namespace && a.Name == pod.Name &&
			(pod.UID == "" || a.UID == pod.UID) {
			out = append(out, *e)
		}
	})
	return out
}
