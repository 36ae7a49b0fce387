package ctlpod

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"patchbay/cmd/internal/ctlout"
)

// Write shows reports to a person.
func Write(p *ctlout.Page, list []Report) {
	for i, r := range list {
		if i > 0 {
			p.Say("")
		}
		WriteOne(p, r)
	}
}

// WriteOne shows one pod.
func WriteOne(p *ctlout.Page, r Report) {
	head := p.Paint(ctlout.Strong, "pod") + " " + p.Paint(ctlout.Name, r.Pod)
	switch {
	case r.Error != "":
		p.Say("%s %s %s", head, p.Paint(ctlout.Bad, "failed:"), r.Error)
	case r.Done != "":
		p.Say("%s %s", head, p.Paint(ctlout.Good, r.Done))
	default:
		p.Say("%s", head)
	}
	if len(r.Interfaces) > 0 {
		p.Table(tableOf(r.Interfaces))
	}
	if len(r.Status) > 0 {
		p.Say("  %s", p.Paint(ctlout.Faint, "network-status annotation"))
		p.Indented(4, pretty(r.Status))
	}
	for _, d := range r.Differences {
		p.Say("  %s %s %s: kernel %s, annotation %s", p.Paint(ctlout.Bad, "differs:"),
			d.Interface, d.What, orNothing(d.Kernel), orNothing(d.Status))
	}
}

func tableOf(list []Interface) ctlout.Table {
	t := ctlout.Table{Indent: 2, Head: []string{
		"INTERFACE", "NETWORK", "KIND", "ADDRESSES", "MAC", "MTU", "DEFAULT VIA",
	}}
	for _, i := range list {
		name := ctlout.Cell{Text: i.Name, Style: ctlout.Name}
		if !i.Up {
			name = ctlout.Cell{Text: i.Name + " (down)", Style: ctlout.Bad}
		}
		t.Add(name, ctlout.Cell{Text: i.Network}, ctlout.Cell{Text: i.Kind},
			ctlout.Cell{Text: strings.Join(i.Addresses, " ")}, ctlout.Cell{Text: i.MAC},
			ctlout.Cell{Text: strconv.Itoa(i.MTU)},
			ctlout.Cell{Text: strings.Join(i.Gateways, " "), Style: ctlout.Good})
	}
	return t
}

func pretty(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw) // shown as it is: that it is broken is the point
	}
	return b.String()
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
