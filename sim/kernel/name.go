package kernel

import (
	"strconv"
	"strings"

	"patchbay/sim/errno"
)

const (
	nameMax    = 15  // IFNAMSIZ less its NUL
	altNameMax = 127 // ALTIFNAMSIZ less its NUL
	aliasMax   = 255 // IFALIASZ less its NUL
)

// validName is dev_valid_name (net/core/dev.c).
func validName(name string) bool {
	if name == "" || len(name) > nameMax || name == "." || name == ".." {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; c {
		case '/', ':', ' ', '\t', '\n', '\v', '\f', '\r', 0xa0:
			return false
		}
	}
	return true
}

// chooseName turns a name with one "%d" into the first that is free, and checks
// one without (dev_prep_valid_name).
func (ns *Namespace) chooseName(name string) (string, error) {
	return ns.chooseNameBeside(name, "")
}

// chooseNameBeside is chooseName with one more name that is taken.
func (ns *Namespace) chooseNameBeside(name, beside string) (string, error) {
	if !validName(name) {
		return "", errno.EINVAL
	}
	at := strings.IndexByte(name, '%')
	if at < 0 {
		if name == beside || ns.ByName(name) != nil {
			return "", errno.EEXIST
		}
		return name, nil
	}
	if !strings.HasPrefix(name[at:], "%d") || strings.IndexByte(name[at+2:], '%') >= 0 {
		return "", errno.EINVAL
	}
	for n := 0; ; n++ {
		full := name[:at] + strconv.Itoa(n) + name[at+2:]
		if len(full) > nameMax {
			return "", errno.ENFILE
		}
		if full != beside && ns.ByName(full) == nil {
			return full, nil
		}
	}
}
