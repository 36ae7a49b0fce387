package ending

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/core/fail"
)

// Ending is everything that a plugin leaves behind when it ends.
type Ending struct {
	// Status is "" for exit status 0, and otherwise says in words how the
	// plugin ended: "exit status 1", "signal: killed".
	Status string
	Stdout []byte
	Stderr []byte // the end of it
}

// Parse judges what a plugin printed, and how it ended (CNI spec 1.1, section
// 5). It returns the one JSON object of a plugin that succeeded, or nil when
// that printed nothing but white space; whether it may is for the caller to say.
//
// Success takes both an exit status of 0 and output that is no error: some
// plugins print one and exit with 0 all the same. The failure that a plugin
// reports is a *types.Error in the chain; output that is neither a result nor
// an error where one is due is an error of kind Decode.
func Parse(e Ending) ([]byte, error) {
	output := bytes.Trim(e.Stdout, " \t\r\n") // JSON knows no other white space
	switch {
	case len(output) == 0 && e.Status == "":
		return nil, nil
	case len(output) == 0:
		return nil, e.failed(fail.Internal, "%s without an answer", e.Status)
	}
	said := understand(output)
	switch {
	case said.failure != nil:
		return nil, e.reported(said.failure)
	case e.Status != "":
		return nil, e.failed(fail.Decode, "%s, and its output is not a CNI error: %s",
			e.Status, head(output))
	case !said.object:
		return nil, e.failed(fail.Decode, "its output is not one JSON object: %s", head(output))
	case said.garbled:
		return nil, e.failed(fail.Decode,
			"its output is neither a result nor a CNI error: %s", head(output))
	}
	return output, nil
}

// failed makes the error of a plugin that did not say what is wrong.
func (e Ending) failed(kind fail.Kind, format string, args ...any) error {
	return fail.New(kind, format+"%s", append(args, Aside(e.Stderr))...)
}

// reported makes the error of a plugin that did. It gets no kind, for the
// plugin's own code is one. Every status but 1, which is what a plugin that
// reports its failure has, is worth mentioning.
func (e Ending) reported(failure *types.Error) error {
	status := ""
	switch e.Status {
	case "exit status 1":
	case "":
		status = " (though with exit status 0)"
	default:
		status = " (" + e.Status + ")"
	}
	return fmt.Errorf("%w%s%s", failure, status, Aside(e.Stderr))
}

// said is what output means.
type said struct {
	object  bool         // it is one JSON object
	failure *types.Error // it is a CNI error
	garbled bool         // it claims to be a CNI error and can not be read as one
}

// answer is what tells a CNI error from a result. A result of the versions
// 0.1.0 and 0.2.0 has ip4 and ip6; supportedVersions is the answer to VERSION.
type answer struct {
	Code *json.RawMessage `json:"code"`

	Interfaces *json.RawMessage `json:"interfaces"`
	IPs        *json.RawMessage `json:"ips"`
	Routes     *json.RawMessage `json:"routes"`
	DNS        *json.RawMessage `json:"dns"`
	IP4        *json.RawMessage `json:"ip4"`
	IP6        *json.RawMessage `json:"ip6"`
	Versions   *json.RawMessage `json:"supportedVersions"`
}

func (a *answer) result() bool {
	return a.Interfaces != nil || a.IPs != nil || a.Routes != nil || a.DNS != nil ||
		a.IP4 != nil || a.IP6 != nil || a.Versions != nil
}

func understand(output []byte) said {
	var a answer
	if output[0] != '{' || json.Unmarshal(output, &a) != nil {
		return said{}
	}
	if a.Code == nil || a.result() {
		return said{object: true}
	}
	var failure types.Error
	if json.Unmarshal(output, &failure) != nil {
		return said{object: true, garbled: true}
	}
	failure.Msg, failure.Details = clip(failure.Msg), clip(failure.Details)
	if failure.Msg == "" {
		failure.Msg = fmt.Sprintf("CNI error %d without a message", failure.Code)
	}
	return said{object: true, failure: &failure}
}

// clip shortens what a plugin says to what an event or a log can hold.
func clip(text string) string {
	const longest = 4 << 10
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// head quotes the beginning of output: enough to recognise it by. Quoting keeps
// control characters out of terminals and logs.
func head(output []byte) string {
	const longest = 120
	if len(output) <= longest {
		return fmt.Sprintf("%q", output)
	}
	return fmt.Sprintf("%q…", output[:longest])
}

// Aside is what an error says of a plugin's standard error: nothing, if that is
// empty.
func Aside(stderr []byte) string {
	stderr = bytes.TrimSpace(stderr)
	if len(stderr) == 0 {
		return ""
	}
	return fmt.Sprintf("; stderr: %q", stderr)
}
