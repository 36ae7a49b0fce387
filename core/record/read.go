package record

import (
	"encoding/base64"
	"encoding/json"

	"patchbay/core/rawjson"
)

// reader reads what Encode and EncodeCache write. It refuses what is rare: keys
// that they do not write, or in another case; null; escapes; a list that comes
// twice. Then encoding/json has to be asked.
type reader struct{ rawjson.Cursor }

// plainRecord reads a record as encoding/json would.
func plainRecord(body []byte) (Record, bool) {
	r := reader{rawjson.Over(body)}
	out := r.record()
	return out, r.Done()
}

func (r *reader) record() Record {
	var out Record
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "seq":
			out.Seq = r.Uint()
		case "bootID":
			out.BootID = r.Text()
		case "containerID":
			out.ContainerID = r.Text()
		case "ifName":
			out.IfName = r.Text()
		case "netns":
			out.Netns = r.Text()
		case "netnsID":
			r.inode(&out.NetnsID)
		case "pod":
			r.pod(&out.Pod)
		case "pluginPath":
			out.PluginPath = r.Text()
		case "fallbackVersion":
			out.FallbackVersion = r.Text()
		case "compat":
			out.Compat = r.Text()
		case "parallel":
			out.Parallel = r.Bool()
		case "announce":
			out.Announce = r.Bool()
		case "attempts":
			out.Attempts = r.Int()
		case "attachments":
			out.Attachments = r.attachments(out.Attachments)
		case "origin":
			out.Origin = r.Text()
		default:
			r.Fail()
		}
	}
	return out
}

func (r *reader) inode(out *Inode) {
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "dev":
			out.Dev = r.Uint()
		case "ino":
			out.Ino = r.Uint()
		default:
			r.Fail()
		}
	}
}

func (r *reader) pod(out *Pod) {
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "namespace":
			out.Namespace = r.Text()
		case "name":
			out.Name = r.Text()
		case "uid":
			out.UID = r.Text()
		default:
			r.Fail()
		}
	}
}

// attachments reads the list, of which there was none before.
func (r *reader) attachments(before []Attachment) []Attachment {
	if before != nil {
		r.Fail()
	}
	out := make([]Attachment, 0, 4)
	for r.Enter('['); r.Next(']'); {
		out = append(out, r.attachment())
	}
	return out
}

func (r *reader) attachment() Attachment {
	var out Attachment
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "network":
			out.Network = r.Text()
		case "name":
			out.Name = r.Text()
		case "ifName":
			out.IfName = r.Text()
		case "config":
			out.Config = r.bytes()
		case "args":
			out.Args = r.Text()
		case "capabilities":
			out.Capabilities = r.raw()
		case "master":
			out.Master = r.Bool()
		case "optional":
			out.Optional = r.Bool()
		case "deviceInfo":
			out.DeviceInfo = r.Text()
		default: // a wish for the default route, say
			r.Fail()
		}
	}
	return out
}

// plainCached reads a cache entry as encoding/json would.
func plainCached(data []byte) (Cached, bool) {
	r := reader{rawjson.Over(data)}
	out := r.cached()
	return out, r.Done()
}

func (r *reader) cached() Cached {
	var out Cached
	for r.Enter('{'); r.Next('}'); {
		switch string(r.Key()) {
		case "kind":
			out.Kind = r.Text()
		case "containerId":
			out.ContainerID = r.Text()
		case "config":
			out.Config = r.bytes()
		case "ifName":
			out.IfName = r.Text()
		case "networkName":
			out.Network = r.Text()
		case "netns":
			out.Netns = r.Text()
		case "cniArgs":
			out.Args = r.pairs(out.Args)
		case "capabilityArgs":
			out.Capabilities = r.raw()
		case "result":
			out.Result = r.raw()
		default:
			r.Fail()
		}
	}
	return out
}

// pairs reads the items of CNI_ARGS, of which there were none before.
func (r *reader) pairs(before [][2]string) [][2]string {
	if before != nil {
		r.Fail()
	}
	out := make([][2]string, 0, 8)
	for r.Enter('['); r.Next(']'); {
		var pair [2]string
		i := 0
		for r.Enter('['); r.Next(']'); i++ {
			pair[i%2] = r.Text()
		}
		if i != 2 {
			r.Fail()
		}
		out = append(out, pair)
	}
	return out
}

// bytes reads what JSON holds as base64.
func (r *reader) bytes() []byte {
	text := r.Plain()
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	if err != nil {
		r.Fail()
	}
	return out[:n]
}

// raw reads any value and keeps a copy without its white space.
func (r *reader) raw() json.RawMessage {
	value := r.Value()
	if string(value) == "null" {
		r.Fail()
	}
	return rawjson.AppendCompact(make([]byte, 0, len(value)), value)
}
