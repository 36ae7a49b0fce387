package annotation

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

// macs are hardware addresses of all forms and lengths, and near misses.
func macs() []string {
	var texts []string
	for _, n := range []int{0, 1, 5, 6, 7, 8, 19, 20, 21} {
		colons := strings.TrimSuffix(strings.Repeat("aF:", n), ":")
		dots := strings.TrimSuffix(strings.Repeat("09aF.", n/2), ".")
		texts = append(texts, colons, strings.ReplaceAll(colons, ":", "-"), dots,
			strings.ReplaceAll(colons, ":", ""), colons+":", dots+".", ":"+colons,
			strings.Replace(colons, ":", "-", 1), strings.Replace(colons, "a", "g", 1),
			strings.Replace(dots, ".", ":", 1), strings.Replace(dots, "0", "+", 1))
	}
	return append(texts, "zz", "0:0:0:0:0:0", "00:00:00:00:00:0", "00.00.00.00.00.00",
		"0000:0000:0000", "00:00:00:00:00:00\x00", " 00:00:00:00:00:00", "00:.0:00:00:00:00")
}

// sameMAC compares with package net, which this package may not import; the
// form without separators is one that only some versions of it take.
func sameMAC(t *testing.T, text string) {
	t.Helper()
	got, err := ParseMAC(text)
	if !strings.ContainsAny(text, ":-.") {
		if err == nil {
			t.Errorf("%q is %x, but has no separators", text, got)
		}
		return
	}
	want, wantErr := net.ParseMAC(text)
	if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
		t.Errorf("%q is %x, %v; for package net it is %x, %v", text, got, err, []byte(want), wantErr)
	}
}

func TestParseMAC(t *testing.T) {
	t.Parallel()
	accepted := map[string]bool{}
	for _, text := range macs() {
		sameMAC(t, text)
		if _, err := ParseMAC(text); err == nil {
			accepted[text] = true
		}
	}
	if len(accepted) != 9 { // 3 lengths in 3 forms
		t.Errorf("accepted was %v, want 9 texts", accepted)
	}
}

func FuzzMAC(f *testing.F) {
	for _, text := range macs() {
		f.Add(text)
	}
	f.Fuzz(sameMAC)
}

// FuzzIP compares the addresses of ips and default-route with package net.
func FuzzIP(f *testing.F) {
	for _, text := range []string{
		"", "10.0.0.1", "10.0.0.01", "10.0.0.300", "10.0.0.1/24", "10.0.0.1/024", "10.0.0.1/33",
		"10.0.0.1/", "10.0.0.1/+1", "10.0.0.1/-1", "10.0.0.1/1/1", "10.0.0.1/4294967297", "/24",
		"::", "fd00::1/128", "fd00::1/129", "fe80::1%eth0", "fe80::1%eth0/64", "::ffff:10.0.0.1",
		"::ffff:10.0.0.1/33", "::ffff:10.0.0.1/120", "10.1", "1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip := net.ParseIP(text)
		_, _, err := net.ParseCIDR(text)
		if got, want := isAddressOrPrefix(text), ip != nil || err == nil; got != want {
			t.Errorf("%q is an address or prefix: %t, for package net %t", text, got, want)
		}
		addr, ok := parseIP(text)
		if ok != (ip != nil) || ok && addr.String() != ip.String() {
			t.Errorf("%q is %v, %t; for package net it is %v", text, addr, ok, ip)
		}
	})
}
