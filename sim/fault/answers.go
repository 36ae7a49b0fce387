package fault

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/containernetworking/cni/pkg/types"

	"patchbay/backends/ending"
	"patchbay/core/fail"
	"patchbay/sim/errno"
)

// Print is what a plugin writes to its standard output.
type Print uint8

// The prints. Truth is what the plugin would have printed.
const (
	PrintTruth Print = iota
	PrintNothing
	PrintError      // a CNI error, with the answer's code
	PrintBadError   // a CNI error of which the code is a string
	PrintGarbage    // a sentence
	PrintLogBefore  // lines of a log, then the truth
	PrintLogAfter   // the truth, then lines of a log
	PrintTwice      // the truth, twice
	PrintHalf       // the first half of the truth
	PrintList       // the truth, in a list
	PrintNull       // the JSON value null
	PrintObject     // an object without members
	PrintNUL        // the truth, behind a NUL byte
	PrintUTF8       // the truth, with a byte that is not UTF-8
	PrintHuge       // 100 MB
	PrintVersion    // the truth, of a cniVersion that nobody knows
	PrintIfName     // the truth, about another interface
	PrintNoIP       // the truth without addresses
	PrintBadIP      // the truth with an address that is none
	PrintNoLinks    // the truth without interfaces
	PrintBadIndex   // the truth, with an address on an interface that is not listed
	PrintSandbox    // the truth, with another sandbox
	PrintEmptyIP4   // a result of version 0.2.0
	PrintStringOnly // a JSON string
)

// Answer is how a plugin's run ends that ends badly: what it prints, and its exit.
//
//nolint:errname // it is what a plugin says, and only at times an error
type Answer struct {
	Name string
	// Errno is why the plugin could not be executed; then there is nothing else.
	Errno errno.Errno
	// Status is how it ended, as [ending.Ending] has it.
	Status string
	Print  Print
	Code   uint // of the CNI error that it prints
	Msg    string
	Stderr string
}

// Error says what happened, for traces.
func (a *Answer) Error() string {
	switch {
	case a.Errno != 0:
		return "can not be executed: " + a.Errno.Error()
	case a.Print == PrintError:
		return "CNI error " + strconv.FormatUint(uint64(a.Code), 10) + ": " + a.Msg
	case a.Status != "":
		return "plugin ends with " + a.Status + " (" + a.Name + ")"
	}
	return "plugin's output is not what it should be (" + a.Name + ")"
}

// Run is what who runs the plugin gets, as backends/real/plugins has it: its
// output, or an error with a kind. The truth is what the plugin would have
// printed; nil where it would have printed nothing, or never came so far.
func (a *Answer) Run(truth []byte) ([]byte, error) {
	switch {
	case a.Errno != 0:
		return nil, fail.New(startKind(a.Errno), "can not be executed: %w", a.Errno)
	case a.Print == PrintHuge:
		return nil, fail.New(fail.Decode, "more than 16 MiB of output%s",
			ending.Aside([]byte(a.Stderr)))
	}
	return ending.Parse(a.Ending(truth))
}

// Ending is what the plugin leaves behind. Of 100 MB it has only the beginning.
func (a *Answer) Ending(truth []byte) ending.Ending {
	return ending.Ending{Status: a.Status, Stdout: a.stdout(truth), Stderr: []byte(a.Stderr)}
}

// startKind classifies what execve(2), fork(2) and pipe(2) say.
func startKind(e errno.Errno) fail.Kind {
	switch e { //nolint:exhaustive // the others are I/O errors
	case errno.ETXTBSY:
		return fail.Busy
	case errno.ENOENT:
		return fail.NotFound
	case errno.EINVAL, errno.E2BIG:
		return fail.Invalid
	case errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE:
		return fail.Transient
	default:
		return fail.IO
	}
}

const (
	logLine = "time=\"2024-02-30T25:61:00Z\" level=info msg=\"calling delegate\"\n"
	halves  = 2
	hugePad = 1 << 10
)

func (a *Answer) stdout(truth []byte) []byte {
	switch a.Print {
	case PrintNothing:
		return nil
	case PrintError:
		text, _ := json.Marshal(&types.Error{Code: a.Code, Msg: a.Msg})
		return text
	case PrintBadError:
		return []byte(`{"code":"7","msg":"invalid configuration"}`)
	case PrintGarbage:
		return []byte("Segmentation fault (core dumped)\n")
	case PrintLogBefore:
		return append([]byte(logLine), truth...)
	case PrintLogAfter:
		return bytes.Join([][]byte{truth, []byte(logLine)}, []byte("\n"))
	case PrintTwice:
		return bytes.Repeat(orObject(truth), halves)
	case PrintHalf:
		return orObject(truth)[:(len(orObject(truth))+1)/halves]
	case PrintList:
		return bytes.Join([][]byte{{'['}, orObject(truth), {']'}}, nil)
	case PrintNull:
		return []byte("null")
	case PrintObject:
		return []byte("{}")
	case PrintNUL:
		return append([]byte{0}, truth...)
	case PrintUTF8:
		return bytes.Join([][]byte{{0xff, 0xfe}, truth}, nil)
	case PrintHuge:
		return bytes.Repeat([]byte("A"), hugePad)
	case PrintStringOnly:
		return []byte(`"ok"`)
	case PrintTruth, PrintVersion, PrintIfName, PrintNoIP, PrintBadIP, PrintNoLinks,
		PrintBadIndex, PrintSandbox, PrintEmptyIP4:
	}
	return a.edited(truth)
}

func orObject(truth []byte) []byte {
	if len(truth) == 0 {
		return []byte("{}")
	}
	return truth
}

// edited is a result in which one thing is wrong. Where there is no result, as of
// DEL, there is nothing to get wrong.
func (a *Answer) edited(truth []byte) []byte {
	var members map[string]any
	if a.Print == PrintTruth || json.Unmarshal(truth, &members) != nil || members == nil {
		return truth
	}
	switch a.Print { //nolint:exhaustive // those that edit
	case PrintVersion:
		members["cniVersion"] = "9.9.9"
	case PrintIfName:
		eachOf(members["interfaces"], func(m map[string]any) {
			if m["sandbox"] != nil {
				m["name"] = "other0"
			}
		})
	case PrintNoIP:
		delete(members, "ips")
	case PrintBadIP:
		eachOf(members["ips"], func(m map[string]any) { m["address"] = "10.0.0.300/24" })
	case PrintNoLinks:
		delete(members, "interfaces")
		eachOf(members["ips"], func(m map[string]any) { delete(m, "interface") })
	case PrintBadIndex:
		const nobody = 99
		eachOf(members["ips"], func(m map[string]any) { m["interface"] = nobody })
	case PrintSandbox:
		eachOf(members["interfaces"], func(m map[string]any) {
			if m["sandbox"] != nil {
				m["sandbox"] = "/var/run/netns/other"
			}
		})
	case PrintEmptyIP4:
		members = map[string]any{"cniVersion": "0.2.0", "ip4": map[string]any{}}
	}
	text, err := json.Marshal(members) // sorts by name
	if err != nil {
		return truth
	}
	return text
}

func eachOf(list any, edit func(map[string]any)) {
	elements, _ := list.([]any)
	for _, e := range elements {
		if m, ok := e.(map[string]any); ok {
			edit(m)
		}
	}
}
