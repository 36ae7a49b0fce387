package annotation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"patchbay/core/fail"
)

// check refuses what can never work, whichever grammar it was written in, and
// brings what is left into one form.
func check(s *Selection, profile Profile) error {
	if err := checkRef(s); err != nil {
		return err
	}
	if s.Interface != "" {
		if err := CheckInterface(s.Interface); err != nil {
			return err
		}
	}
	if err := checkAddresses(s, profile); err != nil {
		return err
	}
	if len(s.IPs) == 0 {
		s.IPs = nil
	}
	if len(s.PortMappings) == 0 {
		s.PortMappings = nil
	}
	if profile == NPWG13 {
		return checkStandard(s)
	}
	return nil
}

func checkRef(s *Selection) error {
	if s.Name == "" {
		return errors.New("the name of the NetworkAttachmentDefinition is empty")
	}
	if err := checkPathSegment("name", s.Name); err != nil {
		return err
	}
	if s.Namespace == "" { // nor has the pod one
		return nil
	}
	return checkPathSegment("namespace", s.Namespace)
}

func checkAddresses(s *Selection, profile Profile) error {
	if err := checkMAC("mac", s.MAC, 6, profile); err != nil {
		return err
	}
	if err := checkMAC("infiniband-guid", s.InfinibandGUID, 8, profile); err != nil {
		return err
	}
	for _, ip := range s.IPs {
		if !isAddressOrPrefix(ip) {
			return fmt.Errorf("ips: %s is neither an IP address nor one with a prefix length",
				quote(ip))
		}
	}
	if s.DefaultRoute == nil {
		return nil
	}
	var seen gateways
	for i, text := range *s.DefaultRoute {
		gateway, ok := parseIP(text)
		if !ok {
			return fmt.Errorf("default-route: %s is not an IP address", quote(text))
		}
		(*s.DefaultRoute)[i] = gateway.String()
		if err := seen.add(gateway, "the same element"); err != nil {
			return err
		}
	}
	return nil
}

// checkMAC takes what Multus takes, any length that is some hardware address;
// the standard says which length it must be (NPWG v1.3 §4.1.2.1).
func checkMAC(key, text string, bytes int, profile Profile) error {
	if text == "" {
		return nil
	}
	mac, err := ParseMAC(text)
	if err != nil {
		return fmt.Errorf("%s %w", key, err)
	}
	if profile == NPWG13 && len(mac) != bytes {
		return fmt.Errorf("%s %s: is of %d bytes, and %s wants %d",
			key, quote(text), len(mac), NPWG13, bytes)
	}
	return nil
}

// checkStandard refuses what the standard forbids and Multus lets pass (NPWG
// v1.3 §4.1.2.1).
func checkStandard(s *Selection) error {
	for _, m := range s.PortMappings {
		if err := checkPortMapping(m); err != nil {
			return fail.About("portMappings", err)
		}
	}
	if b := s.Bandwidth; b != nil {
		if b.IngressBurst != 0 && b.IngressRate == 0 {
			return errors.New("bandwidth: ingressBurst requires ingressRate")
		}
		if b.EgressBurst != 0 && b.EgressRate == 0 {
			return errors.New("bandwidth: egressBurst requires egressRate")
		}
	}
	if s.IPAMClaim != "" && len(s.IPs) > 0 {
		return errors.New("ipam-claim-reference and ips exclude each other")
	}
	return nil
}

// checkPortMapping lets the protocol be absent, which means TCP, and of any
// case: the plugins that map ports take both.
func checkPortMapping(m PortMapping) error {
	const lowest, highest = 1, 65535
	if m.HostPort < lowest || m.HostPort > highest {
		return fmt.Errorf("hostPort %d is not in %d to %d", m.HostPort, lowest, highest)
	}
	if m.ContainerPort < lowest || m.ContainerPort > highest {
		return fmt.Errorf("containerPort %d is not in %d to %d", m.ContainerPort, lowest, highest)
	}
	protocols := []string{"", "TCP", "UDP", "SCTP"}
	if !slices.Contains(protocols, strings.ToUpper(m.Protocol)) {
		return fmt.Errorf("protocol %s is none of TCP, UDP and SCTP", quote(m.Protocol))
	}
	return nil
}

// CheckDefaultRoutes refuses more than one gateway of an IP family over all
// selections of a pod, its default network included; in profile [NPWG13] also
// a default-route on more than one of them. Errors are of kind [fail.Invalid].
func CheckDefaultRoutes(selections []Selection, profile Profile) error {
	var seen gateways
	first := ""
	for _, s := range selections {
		if s.DefaultRoute == nil {
			continue
		}
		if profile == NPWG13 && first != "" {
			return fail.New(fail.Invalid,
				"default-route of %s: %s has one already, and %s allows one",
				s.Ref(), first, NPWG13)
		}
		first = s.Ref()
		for _, text := range *s.DefaultRoute {
			gateway, ok := parseIP(text)
			if !ok {
				return fail.New(fail.Invalid, "default-route of %s: %s is not an IP address",
					s.Ref(), quote(text))
			}
			if err := seen.add(gateway, s.Ref()); err != nil {
				return fail.As(fail.Invalid, fail.About(s.Ref(), err))
			}
		}
	}
	return nil
}
