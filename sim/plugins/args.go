package plugins

import (
	"fmt"
	"strings"
)

// arguments are the items of CNI_ARGS that any plugin knows.
type arguments struct{ MAC, IP, Gateway string }

// Which of them one does.
const (
	knowsMAC = 1 << iota
	knowsIP
	knowsGateway
	knowsNothing = 0
)

// arguments reads CNI_ARGS as the reference plugins do: an item without exactly
// one "=" is refused, and one that the plugin does not know is too, unless
// IgnoreUnknown says otherwise.
func (c *call) arguments(knows int) (arguments, error) {
	var out arguments
	if c.Args == "" {
		return out, nil
	}
	ignore, unknown := false, 0
	for pair := range strings.SplitSeq(c.Args, ";") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || strings.Contains(value, "=") {
			return out, fmt.Errorf("ARGS: invalid pair %q", pair)
		}
		if key == "IgnoreUnknown" {
			var err error
			if ignore, err = parseBool(value); err != nil {
				return out, fmt.Errorf("ARGS: error parsing value of pair %q: %w", pair, err)
			}
			continue
		}
		if field := out.field(key, knows); field != nil {
			*field = value
			continue
		}
		unknown++
	}
	if unknown == 0 || ignore {
		return out, nil
	}
	return out, c.unknown(knows)
}

// field is where an item goes that the plugin knows; nil for any other.
func (a *arguments) field(key string, knows int) *string {
	switch {
	case key == "MAC" && knows&knowsMAC != 0:
		return &a.MAC
	case key == "IP" && knows&knowsIP != 0:
		return &a.IP
	case key == "GATEWAY" && knows&knowsGateway != 0:
		return &a.Gateway
	}
	return nil
}

// unknown is the error of items that the plugin does not know.
func (c *call) unknown(knows int) error {
	var list []string
	for pair := range strings.SplitSeq(c.Args, ";") {
		key, _, _ := strings.Cut(pair, "=")
		if key != "IgnoreUnknown" && new(arguments).field(key, knows) == nil {
			list = append(list, pair)
		}
	}
	return fmt.Errorf("ARGS: unknown args %q", list)
}

// parseBool knows the words of a Boolean argument.
func parseBool(text string) (bool, error) {
	switch text {
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	switch lower := strings.ToLower(text); lower {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("boolean unmarshal error: invalid input %s", lower)
	}
}
