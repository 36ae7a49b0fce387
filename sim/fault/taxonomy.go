package fault

import "slices"

// Threat is one thing that goes wrong with networks of pods, wherever anybody has
// met it: a row of the taxonomy. Rows of the catalogue, events of a world, or
// neither, show what becomes of it.
type Threat struct {
	ID     string
	Text   string
	Events []Event
	// NotYet says what is missing before the rest can be shown, and NotOurs why it
	// can not happen here.
	NotYet, NotOurs string
}

// Rows are the rows of the catalogue that show it.
func (t *Threat) Rows() []*Row {
	var shown []*Row
	rows := Catalogue()
	for i := range rows {
		if slices.Contains(rows[i].Taxonomy, t.ID) {
			shown = append(shown, &rows[i])
		}
	}
	return shown
}

// Shown reports whether any row shows the threat, or any event that stories can have.
func (t *Threat) Shown() bool {
	return slices.ContainsFunc(t.Events, Event.Offered) || len(t.Rows()) > 0
}

// Class is a letter of the taxonomy.
type Class struct {
	Letter  string
	Name    string
	Threats []Threat
}

// taxonomy is every threat, by its class.
//
//nolint:gochecknoglobals // a constant table
var taxonomy = []Class{
	{"P", "Plugins", pluginThreats},
	{"K", "The kernel", kernelThreats},
	{"N", "Namespaces", namespaceThreats},
	{"V", "Virtual functions and devices", deviceThreats},
	{"A", "The API server and its objects", apiThreats},
	{"D", "The disk", diskThreats},
	{"C", "Processes, concurrency, upgrades", processThreats},
	{"T", "Time, reboots, the machine", timeThreats},
	{"I", "Addresses", addressThreats},
	{"L", "The wire", wireThreats},
}

// Taxonomy returns every threat, by its class. Nobody changes it.
func Taxonomy() []Class { return taxonomy }

// threat is the beginning of a line of the taxonomy.
func threat(id, text string) Threat { return Threat{ID: id, Text: text} }

// by says which events of a world show the threat.
func (t Threat) by(events ...Event) Threat {
	t.Events = events
	return t
}

// notYet says what is missing.
func (t Threat) notYet(why string) Threat {
	t.NotYet = why
	return t
}

// notOurs says why the threat is none here.
func (t Threat) notOurs(why string) Threat {
	t.NotOurs = why
	return t
}
