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
	var unknown []string
	ignore, bad := false, 0
	for pair := range strings.SplitSeq(c.Args, ";") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || strings.Contains(value, "=") {
			return out, fmt.Errorf("ARGS: invalid pair %q", pair)
		}
		switch {
		case key == "IgnoreUnknown":
			var err error
			if ignore, err = parseBool(value); err != nil {
				return out, fmt.Errorf("ARGS: error parsing value of pair %q: %w", pair, err)
			}
		case key == "MAC" && knows&knowsMAC != 0:
			out.MAC = value
		case key == "IP" && knows&knowsIP != 0:
			out.IP = value
		case key == "GATEWAY" && knows&knowsGateway != 0:
			out.Gateway = value
		default:
			bad++
		}
	}
	if bad == 0 || ignore {
		return out, nil
	}
	for pair := range strings.SplitSeq(c.Args, ";") {
		switch key, _, _ := strings.Cut(pair, "="); {
		case key == "IgnoreUnknown", key == "MAC" && knows&knowsMAC != 0,
			key == "IP" && knows&knowsIP != 0, key == "GATEWAY" && knows&knowsGateway != 0:
		default:
			unknown = append(unknown, pair)
		}
	}
	return out, fmt.Errorf("ARGS: unknown args %q", unknown)
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
