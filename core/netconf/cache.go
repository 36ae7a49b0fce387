package netconf

import "bytes"

// cacheLimit is how many bytes of configurations a Cache keeps. A node has a few
// networks of a few hundred bytes; what pods ask for by cni-args is without end.
const cacheLimit = 4 << 20

// Cache keeps networks that were parsed, by the bytes they were parsed from:
// most pods of a node have the same few. The zero value is ready, and a nil one
// keeps nothing. What it returns is shared and must not be changed. It is not
// safe for concurrent use.
type Cache struct {
	parsed map[named]Network
	size   int // of the keys in parsed
}

// named is a configuration and the name that it was lent, or "".
type named struct{ raw, name string }

// Parse is [ParseNetwork]. It keeps no reference to raw.
func (c *Cache) Parse(raw []byte) (Network, error) {
	if c == nil {
		return ParseNetwork(raw)
	}
	if n, ok := c.parsed[named{raw: string(raw)}]; ok {
		return n, nil
	}
	n, err := ParseNetwork(bytes.Clone(raw))
	if err != nil {
		return Network{}, err
	}
	c.keep(named{raw: string(raw)}, n)
	return n, nil
}

// Named is [Network.WithName] of a network that [Cache.Parse] returned.
func (c *Cache) Named(n Network, name string) (Network, error) {
	if c == nil || n.Name != "" || name == "" {
		return n.WithName(name)
	}
	if out, ok := c.parsed[named{string(n.Raw), name}]; ok {
		return out, nil
	}
	out, err := n.WithName(name)
	if err != nil {
		return Network{}, err
	}
	c.keep(named{string(n.Raw), name}, out)
	c.keep(named{raw: string(out.Raw)}, out) // it will be met again in a record
	return out, nil
}

func (c *Cache) keep(key named, n Network) {
	c.size += len(key.raw) + len(key.name)
	if c.parsed == nil || c.size > cacheLimit {
		c.parsed, c.size = map[named]Network{}, len(key.raw)+len(key.name)
	}
	c.parsed[key] = n
}
