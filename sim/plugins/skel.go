package plugins

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/containernetworking/cni/pkg/types"
)

// versions are the versions of CNI that the reference plugins speak.
//
//nolint:gochecknoglobals // a constant table
var versions = []string{"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"}

// versions are those that the plugin speaks.
func (p *plugin) versions() []string {
	for i, v := range versions {
		if v == p.since {
			return versions[i:]
		}
	}
	return versions
}

// spoken are the same, as VERSION prints them.
func (p *plugin) spoken() []byte {
	return append(appendList([]byte(`{"cniVersion":"1.1.0"`), "supportedVersions",
		p.versions()), '}')
}

// main is what the library does around a plugin (CNI's pkg/skel): it looks at
// the environment, the configuration and its version before the plugin does.
func (c *call) main() error {
	c.row, _ = find(c.Type)
	row := &c.row
	if err := c.environment(); err != nil {
		return err
	}
	if c.Verb == "VERSION" {
		c.out = c.row.spoken()
		return nil
	}
	if c.doc == nil {
		c.read()
	}
	if c.doc.bad != nil {
		return c.doc.bad
	}
	switch c.Verb {
	case "ADD":
		return c.change(row.add)
	case "DEL":
		return c.change(row.del)
	case "CHECK":
		return c.since("0.4.0", row.check)
	case "GC":
		return c.since("1.1.0", row.gc)
	case "STATUS":
		return c.since("1.1.0", row.status)
	}
	return errNo(types.ErrInvalidEnvironmentVariables, "unknown CNI_COMMAND: "+c.Verb, "")
}

// environment checks the variables in the order in which they are read.
func (c *call) environment() error {
	attaching := c.Verb == "ADD" || c.Verb == "CHECK" || c.Verb == "DEL"
	if attaching && c.ContainerID != "" && !validName(c.ContainerID) {
		return errNo(types.ErrInvalidEnvironmentVariables,
			"invalid characters in containerID", c.ContainerID)
	}
	if attaching && c.IfName != "" {
		if err := validIfName(c.IfName); err != nil {
			return err
		}
	}
	var missing []string
	for _, v := range [...]struct {
		name, value string
		needed      bool
	}{
		{"CNI_COMMAND", c.Verb, true},
		{"CNI_CONTAINERID", c.ContainerID, attaching},
		{"CNI_NETNS", c.NetNS, attaching && c.Verb != "DEL"},
		{"CNI_IFNAME", c.IfName, attaching},
		{"CNI_PATH", c.Path, attaching || c.Verb == "GC" || c.Verb == "STATUS"},
	} {
		if v.needed && v.value == "" {
			missing = append(missing, v.name)
		}
	}
	if len(missing) > 0 {
		return errNo(types.ErrInvalidEnvironmentVariables,
			"required env variables ["+strings.Join(missing, ",")+"] missing", "")
	}
	return nil
}

// validName is the rule for container IDs and names of networks.
func validName(name string) bool {
	for i := range len(name) {
		b := name[i]
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		case i > 0 && (b == '_' || b == '.' || b == '-'):
		default:
			return false
		}
	}
	return name != ""
}

func validIfName(name string) error {
	const code = types.ErrInvalidEnvironmentVariables
	if len(name) > 15 {
		return errNo(code, "interface name is too long",
			"interface name should be less than 16 characters")
	}
	if name == "." || name == ".." {
		return errNo(code, "interface name is . or ..", "")
	}
	for _, r := range name {
		if r == '/' || r == ':' || unicode.IsSpace(r) {
			return errNo(code, "interface name contains / or : or whitespace characters", "")
		}
	}
	return nil
}

// change is ADD or DEL: when the work is done it turns out that it should not
// have been, if the namespace is the plugin's own.
func (c *call) change(do func(*call) error) error {
	if err := c.speak(do); err != nil {
		return err
	}
	if o := c.NetNSOverride; o == "1" || strings.EqualFold(o, "true") {
		return nil
	}
	if ns, err := c.k.Open(c.NetNS); err == nil && ns == c.host {
		return errNo(types.ErrInvalidNetNS,
			"plugin's netns and netns from CNI_NETNS should not be the same", "")
	}
	return nil
}

// since calls a verb that came with a later version.
func (c *call) since(version string, do func(*call) error) error {
	of, err := parseVersion(c.doc.version)
	if err != nil {
		return errNo(types.ErrDecodingFailure, err.Error(), "")
	}
	least, _ := parseVersion(version)
	newest, _ := parseVersion(versions[len(versions)-1])
	switch {
	case of < least:
		return errNo(types.ErrIncompatibleCNIVersion,
			"config version does not allow "+c.Verb, "")
	case of > newest:
		return errNo(types.ErrIncompatibleCNIVersion,
			"plugin version does not allow "+c.Verb, "")
	}
	return c.speak(do)
}

// speak calls the plugin if it speaks the version of the configuration. What it
// reports without a code is code 999.
func (c *call) speak(do func(*call) error) error {
	if !slices.Contains(c.row.versions(), c.doc.version) {
		return errNo(types.ErrIncompatibleCNIVersion, "incompatible CNI versions",
			fmt.Sprintf("config is %q, plugin supports %q", c.doc.version, c.row.versions()))
	}
	if do == nil {
		return nil
	}
	err := do(c)
	if err == nil {
		return nil
	}
	if said, ok := errors.AsType[*types.Error](err); ok {
		return said
	}
	return errNo(types.ErrInternal, err.Error(), "")
}
