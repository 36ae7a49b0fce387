package annotation

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseMAC reads a hardware address of 6 (EUI-48), 8 (EUI-64) or 20 bytes
// (IP over InfiniBand), in pairs of hexadecimal digits between colons or dashes
// or in fours between dots: the language of net.ParseMAC, without package net.
//
// Digits without any separator are refused. Newer versions of net.ParseMAC take
// them, but the text goes to plugins as it is, and those built with an older Go
// would refuse it after the networks before theirs were attached.
func ParseMAC(text string) ([]byte, error) {
	group, separator := 2, byte(':')
	switch {
	case len(text) > 2 && text[2] == '-':
		separator = '-'
	case len(text) > 4 && text[4] == '.':
		group, separator = 4, '.'
	}
	mac, ok := parseGroups(text, group, separator)
	if !ok {
		return nil, fmt.Errorf("%s: is not a hardware address", quote(text))
	}
	switch len(mac) {
	case 6, 8, 20:
		return mac, nil
	default:
		return nil, fmt.Errorf("%s: is of %d bytes, not of 6, 8 or 20", quote(text), len(mac))
	}
}

// parseGroups reads groups of an even number of hexadecimal digits.
func parseGroups(text string, group int, separator byte) ([]byte, bool) {
	if (len(text)+1)%(group+1) != 0 {
		return nil, false
	}
	mac := make([]byte, 0, len(text)/2)
	for i := 0; i < len(text); i += 2 {
		if i%(group+1) == group {
			if text[i] != separator {
				return nil, false
			}
			i++
		}
		high, okHigh := hexDigit(text[i])
		low, okLow := hexDigit(text[i+1])
		if !okHigh || !okLow {
			return nil, false
		}
		mac = append(mac, high<<4|low)
	}
	return mac, true
}

// hexDigit returns the value of a hexadecimal digit.
func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}

// parseIP reads an address without a zone. An IPv4 address in IPv6 clothes is
// an IPv4 address, as it is for package net and so for Multus.
func parseIP(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil && addr.Zone() == ""
}

// isAddressOrPrefix takes what net.ParseIP or net.ParseCIDR takes, which is
// more than netip.ParsePrefix does: "/024" is a prefix length.
func isAddressOrPrefix(text string) bool {
	before, after, ok := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(before)
	if err != nil || addr.Zone() != "" {
		return false
	}
	if !ok {
		return true
	}
	bits, err := strconv.ParseUint(after, 10, 8)
	return err == nil && int(bits) <= addr.BitLen()
}

// gateways remembers who asked for the default route of which family.
type gateways struct{ v4, v6 string }

// add refuses a second gateway of a family, even the same one: to share a
// default route between interfaces is what ECMP means.
func (g *gateways) add(gateway netip.Addr, asker string) error {
	family, slot := "IPv6", &g.v6
	if gateway.Is4() {
		family, slot = "IPv4", &g.v4
	}
	if *slot != "" {
		return fmt.Errorf("default-route: %s is the second %s gateway, after one of %s: "+
			"a default route does not support ECMP", gateway, family, *slot)
	}
	*slot = asker
	return nil
}
