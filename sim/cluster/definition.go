package cluster

import "patchbay/core/need"

// Definition is a NetworkAttachmentDefinition. As with Meta, its UID and
// Version are preconditions in an update; the Version is required there.
type Definition struct {
	need.Definition
	UID     string
	Version uint64
}

func (d Definition) meta() Meta {
	return Meta{d.Namespace, d.Name, d.UID, d.Version, d.Annotations}
}

func (c *Cluster) definitionOf(o *object[string]) Definition {
	return Definition{
		Definition: need.Definition{
			Namespace: o.namespace, Name: o.name,
			Annotations: c.annotations(&o.meta), Config: o.spec,
		},
		UID: o.uid, Version: o.version,
	}
}

// GetDefinition reads a definition.
func (c *Cluster) GetDefinition(who Token, namespace, name string) (Definition, error) {
	o, err := c.definitions.get(who, Key{namespace, name}, now)
	if err != nil {
		return Definition{}, err
	}
	return c.definitionOf(o), nil
}

// GetDefinitionAt reads a definition as a view sees it.
func (c *Cluster) GetDefinitionAt(who Token, view *View, key Key) (Definition, error) {
	o, err := c.definitions.get(who, key, view.Version())
	if err != nil {
		return Definition{}, err
	}
	return c.definitionOf(o), nil
}

// GetDefinitionBehind reads a definition as it was k versions of itself ago.
func (c *Cluster) GetDefinitionBehind(who Token, key Key, k int) (Definition, error) {
	if err := c.enter(who, Definitions, Get, key); err != nil {
		return Definition{}, err
	}
	o := c.definitions.behind(key, k)
	if o == nil {
		return Definition{}, notFound(Definitions, key.Name)
	}
	return c.definitionOf(o), nil
}

// ListDefinitions lists the definitions of a namespace, or of all for "",
// sorted.
func (c *Cluster) ListDefinitions(who Token, namespace string) ([]Definition, error) {
	list, err := c.definitions.getAll(who, namespace, now)
	if err != nil {
		return nil, err
	}
	out := make([]Definition, len(list))
	for i, o := range list {
		out[i] = c.definitionOf(o)
	}
	return out, nil
}

// CreateDefinition makes a definition. The configuration in it may be anything:
// the API server does not look into it.
func (c *Cluster) CreateDefinition(who Token, d Definition) (Definition, error) {
	if len(d.Config) > MaxObject {
		return Definition{}, tooLarge()
	}
	sl, err := c.definitions.create(who, d.meta(), d.Config)
	if err != nil {
		return Definition{}, err
	}
	return c.definitionOf(sl.now), nil
}

// UpdateDefinition replaces annotations and configuration of a definition.
func (c *Cluster) UpdateDefinition(who Token, d Definition) (Definition, error) {
	if len(d.Config) > MaxObject {
		return Definition{}, tooLarge()
	}
	o, err := c.definitions.update(who, d.meta(), d.Config)
	if err != nil {
		return Definition{}, err
	}
	return c.definitionOf(o), nil
}

// DeleteDefinition deletes a definition: the one with this UID, unless it is "".
func (c *Cluster) DeleteDefinition(who Token, key Key, uid string) error {
	return c.definitions.remove(who, key, uid)
}
