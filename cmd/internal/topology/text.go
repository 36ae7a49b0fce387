package topology

import (
	"io"
	"strings"
	"unicode/utf8"

	"patchbay/cmd/internal/ctlout"
)

// Text draws a tree for a terminal: pods with their interfaces, then networks.
func Text(w io.Writer, m Model, colour bool) error {
	p := ctlout.Printer{Out: w, Format: ctlout.Text, Colour: colour}.Page()
	Show(p, m)
	return p.Err()
}

// Show is Text on a page that is there already.
func Show(p *ctlout.Page, m Model) {
	if len(m.Pods) == 0 {
		p.Say("No pods are attached.")
	}
	width := widths(m)
	for i, pod := range m.Pods {
		if i > 0 {
			p.Say("")
		}
		showPod(p, pod, m, width)
	}
	if len(m.Networks) > 0 {
		p.Title("Networks")
		t := ctlout.Table{Head: []string{"NAME", "MADE OF", "INTERFACES"}}
		for _, n := range m.Networks {
			t.Add(ctlout.Cell{Text: plain(n.Name), Style: ctlout.Name},
				ctlout.Cell{Text: plain(n.Description())},
				ctlout.Cell{Text: count(n.Members, "interface")})
		}
		p.Table(t)
	}
	if len(m.Notes) > 0 {
		p.Title("Not looked at")
	}
	for _, n := range m.Notes {
		p.Say("%s", p.Paint(ctlout.Doubtful, plain(n)))
	}
}

// widths are those of the columns, over all pods, so that they line up.
func widths(m Model) [4]int {
	var out [4]int
	for _, pod := range m.Pods {
		for _, i := range pod.Interfaces {
			for at, text := range columns(i, m) {
				out[at] = max(out[at], utf8.RuneCountInString(text))
			}
		}
	}
	return out
}

// columns are what is said of an interface: name, addresses, MAC, and where it
// leads.
func columns(i Interface, m Model) [4]string {
	leads := i.Network
	if at := m.at(i.Network); at >= 0 {
		leads += " · " + m.Networks[at].Description()
	}
	addresses := strings.Join(i.IPs, ", ")
	switch {
	case i.Missing:
		addresses = "missing"
	case addresses == "":
		addresses = "no address"
	}
	mac := i.MAC
	if mac == "" {
		mac = "-"
	}
	return [4]string{plain(i.Name), plain(addresses), plain(mac), plain(leads)}
}

func showPod(p *ctlout.Page, pod Pod, m Model, width [4]int) {
	head := p.Paint(ctlout.Strong, plain(pod.Title()))
	if pod.Name != "" {
		head += "  " + p.Paint(ctlout.Faint, plain(shortID(pod.Container)))
	}
	switch pod.State {
	case Gone:
		head += "  " + p.Paint(ctlout.Bad, "its namespace is gone")
	case Unknown:
		head += "  " + p.Paint(ctlout.Doubtful, "its namespace was not looked at")
	case Alive:
	}
	p.Say("%s", head)
	for at, i := range pod.Interfaces {
		branch := "├─ "
		if at == len(pod.Interfaces)-1 {
			branch = "└─ "
		}
		c := columns(i, m)
		addresses := ctlout.Plain
		if i.Missing {
			addresses = ctlout.Bad
		}
		line := p.Paint(ctlout.Faint, branch) +
			pad(p, ctlout.Strong, c[0], width[0]) + pad(p, addresses, c[1], width[1]) +
			pad(p, ctlout.Faint, c[2], width[2]) +
			p.Paint(ctlout.Faint, "── ") + p.Paint(ctlout.Name, c[3])
		if i.Host != "" && !strings.HasSuffix(c[3], " "+i.Host) {
			line += p.Paint(ctlout.Faint, "  by "+plain(i.Host))
		}
		p.Say("%s", line)
	}
}

// pad paints a text and fills it up, with two spaces behind it.
func pad(p *ctlout.Page, style ctlout.Style, text string, width int) string {
	return p.Paint(style, text) + strings.Repeat(" ", width-utf8.RuneCountInString(text)+2)
}

// plain takes what would move the cursor of a terminal out of a text: names come
// from pods, and what they hold is not ours to trust.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return '\ufffd'
		}
		return r
	}, text)
}
