package topology

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func (d drawing) captions(b *strings.Builder) {
	at := margin + 4
	if len(d.pods) == 0 {
		fmt.Fprintf(b, `<text class="caption" x="%d" y="%d">NO PODS ARE ATTACHED</text>`+"\n",
			margin, at)
		return
	}
	fmt.Fprintf(b, `<text class="caption" x="%d" y="%d">PODS</text>`+"\n", margin, at)
	fmt.Fprintf(b, `<text class="caption" x="%d" y="%d">NETWORKS</text>`+"\n", d.right, at)
	if d.notes > 0 {
		fmt.Fprintf(b, `<text class="faint" x="%d" y="%d">%s could not be looked at; `+
			"the picture may lack something.</text>\n", margin, d.h-margin, count(d.notes, "thing"))
	}
}

// draw draws the cable itself, a curve that leaves and arrives level.
func (c cable) draw(b *strings.Builder) {
	if c.network < 0 {
		return
	}
	bend := (c.x2 - c.x1) / 2
	dashes := ""
	if c.broken {
		dashes = ` stroke-dasharray="2 7"`
	}
	fmt.Fprintf(b, `<path class="cable" stroke="%s"%s d="M%d %d C%d %d %d %d %d %d"/>`+"\n",
		c.colour, dashes, c.x1, c.y1, c.x1+bend, c.y1, c.x2-bend, c.y2, c.x2, c.y2)
}

// plugs draws the two ends over the boxes.
func (c cable) plugs(b *strings.Builder) {
	if c.network < 0 {
		return
	}
	for _, end := range [][2]int{{c.x1, c.y1}, {c.x2, c.y2}} {
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="5.5" fill="#ffffff" stroke="%s"`+
			` stroke-width="3"/>`+"\n", end[0], end[1], c.colour)
	}
}

func (x box) drawPod(b *strings.Builder) {
	opacity, dashes := "", ""
	if x.pod.State == Gone {
		opacity, dashes = ` opacity="0.75"`, ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(b, "<g%s>\n", opacity)
	fmt.Fprintf(b, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="8"%s/>`+"\n",
		x.x, x.y, x.w, x.h, dashes)
	// The head has the round corners of the box at its top alone.
	fmt.Fprintf(b, `<path class="head" d="M%d %d v-%d q0 -7 7 -7 h%d q7 0 7 7 v%d z"/>`+"\n",
		x.x+1, x.y+headH, headH-8, x.w-16, headH-8)
	right, class := headRight(x.pod), "faint"
	if x.pod.State == Gone {
		class = "bad"
	}
	room := x.w - 42 - width(right, smallW)
	label(b, "name", x.x+14, x.y+22, fit(x.pod.Title(), room, boldW))
	fmt.Fprintf(b, `<text class="%s" text-anchor="end" x="%d" y="%d">%s</text>`+"\n",
		class, x.x+x.w-14, x.y+22, escape(right))
	for _, r := range x.rows {
		x.drawRow(b, r)
	}
	b.WriteString("</g>\n")
}

// drawRow draws an interface: its name, then below each other its addresses, and
// what is known of its hardware.
func (x box) drawRow(b *strings.Builder, r row) {
	fmt.Fprintf(b, `<path class="rule" d="M%d %d h%d"/>`+"\n", x.x+1, r.y, x.w-2)
	y := r.y + rowPad + 13
	label(b, "name", x.x+14, y, fit(r.i.Name, indent-18, boldW))
	room := x.w - indent - 18
	if r.i.Missing {
		label(b, "bad", x.x+indent, y, "not in the namespace")
	} else if len(r.i.IPs) == 0 {
		label(b, "faint", x.x+indent, y, "no address")
	}
	for at, ip := range r.i.IPs {
		if !r.i.Missing {
			label(b, "mono", x.x+indent, y+at*lineH, fit(ip, room, charW))
		}
	}
	last := y + max(1, len(r.i.IPs))*lineH
	label(b, "faint", x.x+indent, last, fit(details(r.i), room, smallW))
}

func (x box) drawNetwork(b *strings.Builder) {
	fmt.Fprintf(b, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="16"`+
		` style="stroke:%s;stroke-width:2.5"/>`+"\n", x.x, x.y, x.w, x.h, x.colour)
	room := x.w - 34
	label(b, "name", x.x+20, x.y+22, fit(x.network.Name, room, boldW))
	label(b, "text", x.x+20, x.y+39, fit(x.network.Description(), room, charW))
	label(b, "faint", x.x+20, x.y+55, count(x.network.Members, "interface"))
}

// headRight is what stands opposite of a pod's title.
func headRight(p Pod) string {
	if p.State == Gone {
		return "namespace gone"
	}
	return shortID(p.Container)
}

// details is what is known of an interface's hardware.
func details(i Interface) string {
	known := slices.DeleteFunc([]string{i.MAC, i.Kind, i.Host},
		func(s string) bool { return s == "" })
	return strings.Join(known, " · ")
}

func label(b *strings.Builder, class string, x, y int, text string) {
	if text != "" {
		fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x, y, escape(text))
	}
}

// width estimates how long a text is.
func width(text string, char float64) int {
	return int(float64(utf8.RuneCountInString(text)) * char)
}

// fit shortens a text to the room there is.
func fit(text string, room int, char float64) string {
	runes := []rune(text)
	most := max(int(float64(room)/char), 1)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
