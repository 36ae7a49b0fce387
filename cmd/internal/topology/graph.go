package topology

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"patchbay/core/fail"
)

// Dot draws a graph for Graphviz (https://graphviz.org/doc/info/lang.html).
func Dot(w io.Writer, m Model) error {
	var b strings.Builder
	b.WriteString("graph patchbay {\n\trankdir=LR\n\tbgcolor=transparent\n")
	b.WriteString("\tnode [shape=plain fontname=\"Helvetica,sans-serif\"]\n")
	for at, pod := range m.Pods {
		fmt.Fprintf(&b, "\tp%d [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\""+
			" cellpadding=\"6\" bgcolor=\"white\">\n", at)
		fmt.Fprintf(&b, "\t\t<tr><td bgcolor=\"#e8edf3\"><b>%s</b></td></tr>\n",
			escape(pod.Title()))
		for i, one := range pod.Interfaces {
			fmt.Fprintf(&b, "\t\t<tr><td port=\"i%d\" align=\"left\">%s</td></tr>\n", i,
				strings.Join(escaped(lines(one)), "<br/>"))
		}
		b.WriteString("\t</table>>]\n")
	}
	for at, n := range m.Networks {
		fmt.Fprintf(&b, "\tn%d [shape=box style=\"rounded,filled\" fillcolor=white "+
			"color=%q penwidth=2 label=<<b>%s</b><br/>%s>]\n",
			at, colourOf(at), escape(n.Name), escape(n.Description()))
	}
	for at, pod := range m.Pods {
		for i, one := range pod.Interfaces {
			if n := m.at(one.Network); n >= 0 {
				fmt.Fprintf(&b, "\tp%d:i%d -- n%d [color=%q penwidth=2]\n", at, i, n, colourOf(n))
			}
		}
	}
	b.WriteString("}\n")
	return write(w, b.String())
}

// Mermaid draws a flowchart (https://mermaid.js.org/syntax/flowchart.html), which
// GitHub and GitLab show in Markdown.
func Mermaid(w io.Writer, m Model) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for at, pod := range m.Pods {
		fmt.Fprintf(&b, "    subgraph p%d[\"%s\"]\n", at, entities(pod.Title()))
		for i, one := range pod.Interfaces {
			text := lines(one)
			for k := range text {
				text[k] = entities(text[k])
			}
			fmt.Fprintf(&b, "        p%di%d[\"%s\"]\n", at, i, strings.Join(text, "<br/>"))
		}
		b.WriteString("    end\n")
	}
	for at, n := range m.Networks {
		fmt.Fprintf(&b, "    n%d([\"%s<br/>%s\"])\n",
			at, entities(n.Name), entities(n.Description()))
		fmt.Fprintf(&b, "    style n%d stroke:%s,stroke-width:2px\n", at, colourOf(at))
	}
	edge := 0
	for at, pod := range m.Pods {
		for i, one := range pod.Interfaces {
			n := m.at(one.Network)
			if n < 0 {
				continue
			}
			fmt.Fprintf(&b, "    p%di%d --- n%d\n", at, i, n)
			fmt.Fprintf(&b, "    linkStyle %d stroke:%s,stroke-width:2px\n", edge, colourOf(n))
			edge++
		}
	}
	return write(w, b.String())
}

// lines are what a graph says of an interface.
func lines(i Interface) []string {
	first := i.Name
	if i.Missing {
		first += " (missing)"
	}
	out := append([]string{first}, i.IPs...)
	if i.MAC != "" {
		out = append(out, i.MAC)
	}
	return out
}

// entities writes a text as Mermaid wants it between quotes.
func entities(text string) string {
	return strings.NewReplacer(
		"#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;",
	).Replace(plain(text))
}

// escape writes a text as XML, and Graphviz' HTML, want it.
func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(plain(text))) // a buffer takes everything
	return b.String()
}

func escaped(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, escape(t))
	}
	return out
}

// colourOf is the colour of a network. They are of middling lightness, to be
// told from white and from black, and are used again when there are no more.
func colourOf(network int) string {
	colours := [...]string{
		"#2f7fd1", "#d9700d", "#2a9a5b", "#b8478f", "#8660d6", "#cc3b30", "#0a93a0", "#8a7a10",
	}
	return colours[network%len(colours)]
}

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fail.New(fail.IO, "output: %w", err)
	}
	return nil
}
