package topology

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// The measures of the picture, in its own units, which are CSS pixels.
const (
	margin   = 24
	gap      = 22  // between boxes of a column
	between  = 230 // the columns: room for the cables
	headH    = 34  // of a pod
	lineH    = 18  // of a line of text
	rowPad   = 9   // above and below the lines of an interface
	networkH = 66
	minWidth = 250
	maxWidth = 520
	// How wide a character is, estimated, for there are no fonts to ask.
	boldW, charW, smallW = 8.7, 7.4, 7.0
	captionH             = 22
	indent               = 88 // of what is said of an interface, behind its name
)

// SVG draws pods on the left, networks on the right and a cable for each
// attachment (SVG 1.1). It is readable on light and on dark ground, and needs no
// fonts of its own.
func SVG(w io.Writer, m Model) error {
	d := place(m)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"`+
		` viewBox="0 0 %d %d" role="img" font-family="system-ui, 'Segoe UI', Roboto, Helvetica,`+
		` Arial, 'DejaVu Sans', sans-serif" font-size="13">`+"\n", d.w, d.h, d.w, d.h)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(m.Summary()))
	b.WriteString(style)
	d.captions(&b)
	for _, c := range d.cables {
		c.draw(&b)
	}
	for _, box := range d.pods {
		box.drawPod(&b)
	}
	for _, box := range d.networks {
		box.drawNetwork(&b)
	}
	for _, c := range d.cables {
		c.plugs(&b)
	}
	b.WriteString("</svg>\n")
	return write(w, b.String())
}

// style has classes for what is drawn often. The greys outside boxes are halfway
// between black and white.
const style = `<style>
.box { fill: #ffffff; stroke: #9aa7b5; stroke-width: 1.2 }
.head { fill: #e9eef4 }
.rule { stroke: #dde4eb; stroke-width: 1 }
.name { fill: #17212b; font-weight: 600 }
.text { fill: #33414f }
.mono { fill: #33414f; font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
 font-size: 12px }
.faint { fill: #6b7a89; font-size: 11.5px }
.bad { fill: #c0281d; font-size: 11.5px; font-weight: 600 }
.caption { fill: #7f8c99; font-size: 12px; font-weight: 600; letter-spacing: 1.5px }
.cable { fill: none; stroke-width: 3; stroke-linecap: round }
</style>
`

// box is a pod or a network in its place.
type box struct {
	x, y, w, h int
	pod        Pod
	rows       []row // of a pod
	network    Network
	colour     string
}

// row is an interface in its place.
type row struct {
	y, h int
	i    Interface
}

// cable is an attachment: from a row to a network.
type cable struct {
	x1, y1, x2, y2 int
	network        int
	colour         string
	broken         bool
}

// drawing is the whole layout.
type drawing struct {
	w, h           int
	pods, networks []box
	cables         []cable
	right          int // x of the networks
	notes          int
}

// place lays everything out: pods from the top, and each network at about the
// height of its pods, so that cables cross little.
func place(m Model) drawing {
	d := drawing{notes: len(m.Notes)}
	left, right := columnWidths(m)
	d.right = margin + left + between
	y := margin + captionH
	for _, pod := range m.Pods {
		b := box{x: margin, y: y, w: left, pod: pod, h: headH}
		for _, i := range pod.Interfaces {
			h := max(2, 1+len(i.IPs))*lineH + 2*rowPad
			b.rows = append(b.rows, row{y: y + b.h, h: h, i: i})
			d.cables = append(d.cables, cable{
				x1: margin + left, y1: y + b.h + h/2, x2: d.right, network: m.at(i.Network),
				broken: i.Missing || pod.State == Gone,
			})
			b.h += h
		}
		d.pods = append(d.pods, b)
		y += b.h + gap
	}
	d.placeNetworks(m, right)
	bottom := y
	if n := len(d.networks); n > 0 {
		bottom = max(bottom, d.networks[n-1].y+networkH+gap)
	}
	d.w, d.h = d.right+right+margin, bottom-gap+margin
	if d.notes > 0 {
		d.h += 2 * lineH
	}
	return d
}

// columnWidths is as wide as the longest text wants, within bounds.
func columnWidths(m Model) (int, int) {
	left, right := minWidth, minWidth
	for _, p := range m.Pods {
		left = max(left, width(p.Title(), boldW)+width(headRight(p), smallW)+44)
		for _, i := range p.Interfaces {
			left = max(left, indent+18+width(details(i), smallW))
			for _, ip := range i.IPs {
				left = max(left, indent+18+width(ip, charW))
			}
		}
	}
	for _, n := range m.Networks {
		right = max(right, 40+width(n.Name, boldW), 40+width(n.Description(), charW))
	}
	return min(left, maxWidth), min(right, maxWidth)
}

// placeNetworks puts each network where the middle of its cables is, moved down
// as far as its neighbour above needs, and ends the cables there.
func (d *drawing) placeNetworks(m Model, wide int) {
	type wish struct {
		network int
		y       float64
	}
	wishes := make([]wish, len(m.Networks))
	for n := range m.Networks {
		sum, of := 0, 0
		for _, c := range d.cables {
			if c.network == n {
				sum, of = sum+c.y1, of+1
			}
		}
		wishes[n] = wish{n, math.Inf(1)}
		if of > 0 {
			wishes[n].y = float64(sum) / float64(of)
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(a.y, b.y) })
	top := margin + captionH
	y, sunk := top, 0
	for _, want := range wishes {
		if !math.IsInf(want.y, 1) {
			y = max(y, int(want.y)-networkH/2)
			sunk += y - (int(want.y) - networkH/2)
		}
		d.networks = append(d.networks, box{
			x: d.right, y: y, w: wide, h: networkH,
			network: m.Networks[want.network], colour: colourOf(want.network),
		})
		y += networkH + gap
	}
	// Those above pushed those below down; all of them share that.
	lift := 0
	if len(wishes) > 0 {
		lift = min(sunk/len(wishes), d.networks[0].y-top)
	}
	for i, want := range wishes {
		d.networks[i].y -= lift
		d.end(want.network, d.networks[i].y)
	}
}

// end spreads the ends of a network's cables over its side, in their order.
func (d *drawing) end(network, y int) {
	var mine []*cable
	for i := range d.cables {
		if d.cables[i].network == network {
			mine = append(mine, &d.cables[i])
		}
	}
	for i, c := range mine {
		c.y2 = y + (i+1)*networkH/(len(mine)+1)
		c.colour = colourOf(network)
	}
}
