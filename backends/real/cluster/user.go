package cluster

import (
	"net/http"
	"os"
	"strings"
	"sync"

	"patchbay/core/fail"
)

// user is who asks: somebody with a token, a password, both or neither. A client
// certificate is part of the TLS configuration.
type user struct {
	name, password string
	file           string // holds the token; goes before inline
	reread         func() (string, error)

	mu     sync.Mutex
	inline string // the token that reread returned last
}

// token returns what authenticates a request now; "" when no token does. A file
// is read each time: that is cheaper than to find out whether it has changed,
// and projected volumes change by a symbolic link.
func (u *user) token() (string, error) {
	if u.file != "" {
		return readToken(u.file)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.inline, nil
}

// renew is token after the API server refused what token said: a token in a
// kubeconfig is looked for again, because installers rewrite that file when
// their own token changes.
func (u *user) renew() (string, error) {
	if u.file != "" || u.reread == nil {
		return u.token()
	}
	newer, err := u.reread()
	if err != nil {
		return "", err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inline = newer
	return newer, nil
}

// sign puts the user into a request.
func (u *user) sign(r *http.Request, token string) {
	switch {
	case token != "":
		r.Header.Set("Authorization", "Bearer "+token)
	case u.name != "":
		r.SetBasicAuth(u.name, u.password)
	}
}

func readToken(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fail.New(fail.IO, "the token can not be read: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return "", fail.New(fail.IO, "the file %s does not hold a token", path)
	}
	return token, nil
}
