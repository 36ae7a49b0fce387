package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"patchbay/backends"
	"patchbay/cmd/internal/ctlout"
	"patchbay/cmd/internal/nodefiles"
	"patchbay/cmd/internal/topology"
	"patchbay/core/fail"
	"patchbay/core/record"
)

const aboutRecords = `List what Patchbay knows of the sandboxes on this node, or show one record.
A KEY is containerID@interface; the first characters of it are enough when they
mean one record. Looking changes nothing.

What could not be undone, or not be read, was set aside; see
'patchbayctl records quarantine --help'.`

const exampleRecords = `  patchbayctl records
  patchbayctl records 8a7c2b1f -o yaml`

// recordsCommand is `patchbayctl records`.
func recordsCommand(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "records [KEY]", Short: "Show what is recorded of the sandboxes on this node",
		Long: aboutRecords, Example: exampleRecords,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return s.listRecords(c.Context())
			}
			return s.showRecord(c.Context(), args[0])
		},
	}
	c.AddCommand(quarantineCommand(s))
	return c
}

// recordRow is a record in the list.
type recordRow struct {
	Key      string         `json:"key"`
	Pod      string         `json:"pod,omitempty"`
	Networks []string       `json:"networks"`
	Saved    *time.Time     `json:"saved,omitempty"` // nil for what was rebuilt
	Boot     string         `json:"boot"`            // this, earlier, or not known
	State    topology.State `json:"namespace"`
	Origin   string         `json:"origin,omitempty"` // what it was rebuilt from
	Error    string         `json:"error,omitempty"`
}

func (s *session) listRecords(ctx context.Context) error {
	f, b, err := s.node()
	if err != nil {
		return err
	}
	keys, err := b.Records.List(ctx)
	if err != nil {
		return err
	}
	bootID, err := b.Records.BootID(ctx)
	if err != nil {
		return err
	}
	store := nodefiles.ReadOnly(b.Records, f.Config.CNIDir)
	rows := []recordRow{}
	for _, key := range keys {
		row := recordRow{Key: key.String(), Networks: []string{}, State: topology.Unknown}
		if info, err := os.Stat(store.File(key)); err == nil {
			saved := info.ModTime()
			row.Saved = &saved
		}
		rec, err := store.Load(ctx, key)
		switch {
		case fail.Is(err, fail.NotFound):
			continue // its DEL was faster
		case err != nil:
			row.Error = err.Error()
		default:
			row.fill(ctx, b, rec, bootID)
		}
		rows = append(rows, row)
	}
	return s.printer.Print(rows, func(p *ctlout.Page) { showRecords(p, rows, time.Now()) })
}

// fill says what the record says.
func (row *recordRow) fill(
	ctx context.Context, b backends.Backend, rec record.Record, bootID string,
) {
	if rec.Pod != (record.Pod{}) {
		row.Pod = rec.Pod.String()
	}
	for _, a := range rec.Attachments {
		row.Networks = append(row.Networks, a.String())
	}
	row.Origin = rec.Origin
	switch rec.BootID {
	case bootID:
		row.Boot = "this"
	case "":
		row.Boot = "not known"
	default:
		row.Boot = "earlier"
	}
	var err error
	if row.State, err = topology.StateOf(ctx, b, rec, bootID); err != nil {
		row.Error = err.Error()
	}
}

func showRecords(p *ctlout.Page, rows []recordRow, now time.Time) {
	if len(rows) == 0 {
		p.Say("Nothing is recorded.")
		return
	}
	t := ctlout.Table{Head: []string{"POD", "KEY", "AGE", "BOOT", "NAMESPACE", "NETWORKS"}}
	for _, r := range rows {
		age := ""
		if r.Saved != nil {
			age = now.Sub(*r.Saved).Round(time.Second).String()
		}
		networks := strings.Join(r.Networks, ", ")
		if r.Origin != "" {
			networks += " from " + r.Origin
		}
		last := ctlout.Cell{Text: printable(networks)}
		if r.Error != "" {
			last = ctlout.Cell{Text: printable(r.Error), Style: ctlout.Bad}
		}
		t.Add(ctlout.Cell{Text: printable(r.Pod), Style: ctlout.Name},
			ctlout.Cell{Text: shortKey(r.Key)}, ctlout.Cell{Text: age}, ctlout.Cell{Text: r.Boot},
			ctlout.Cell{Text: string(r.State), Style: stateStyle(r.State)}, last)
	}
	p.Table(t)
}

func stateStyle(state topology.State) ctlout.Style {
	switch state {
	case topology.Alive:
		return ctlout.Good
	case topology.Gone:
		return ctlout.Bad
	case topology.Unknown:
	}
	return ctlout.Doubtful
}

// shortKey is as much of a key as tells records apart, and as findKey takes.
func shortKey(key string) string {
	const enough = 16
	containerID, ifName, _ := strings.Cut(key, "@")
	if len(containerID) > enough {
		return containerID[:enough]
	}
	return containerID + "@" + ifName
}

// printable takes what would move a terminal's cursor out of a text: names and
// reasons come from pods and plugins.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// findKey finds the one key that begins with a text. Invalid: several do.
func findKey(keys []record.Key, text string) (record.Key, error) {
	var found []record.Key
	for _, key := range keys {
		if key.String() == text {
			return key, nil
		}
		if strings.HasPrefix(key.String(), text) {
			found = append(found, key)
		}
	}
	switch len(found) {
	case 0:
		return record.Key{}, fail.New(fail.NotFound, "there is nothing under %q", text)
	case 1:
		return found[0], nil
	}
	return record.Key{}, fail.New(fail.Invalid, "%q may mean %s or %s", text, found[0], found[1])
}

func (s *session) showRecord(ctx context.Context, text string) error {
	_, b, err := s.node()
	if err != nil {
		return err
	}
	keys, err := b.Records.List(ctx)
	if err != nil {
		return err
	}
	key, err := findKey(keys, text)
	if err != nil {
		return err
	}
	rec, err := b.Records.Load(ctx, key)
	if err != nil {
		return err
	}
	return s.printer.Print(readable(rec), func(p *ctlout.Page) { showOne(p, rec) })
}

// readableRecord is a record with configurations that people can read; a record
// itself keeps them byte for byte, in Base64.
type readableRecord struct {
	record.Record

	Attachments []readableAttachment `json:"attachments"`
}

type readableAttachment struct {
	record.Attachment

	Config json.RawMessage `json:"config"`
}

func readable(rec record.Record) readableRecord {
	out := readableRecord{Record: rec, Attachments: []readableAttachment{}}
	for _, a := range rec.Attachments {
		out.Attachments = append(out.Attachments, readableAttachment{a, a.Config})
	}
	return out
}

func showOne(p *ctlout.Page, rec record.Record) {
	t := ctlout.Table{Head: []string{"RECORD", printable(rec.Key().String())}}
	for _, row := range [][2]string{
		{"pod", rec.Pod.String()},
		{"namespace", rec.Netns},
		{"boot", rec.BootID},
		{"plugins", rec.PluginPath},
		{"rebuilt from", rec.Origin},
	} {
		t.Add(ctlout.Cells(row[0], printable(row[1]))...)
	}
	p.Table(t)
	for _, a := range rec.Attachments {
		p.Title("%s", printable(a.String()))
		if a.Args != "" {
			p.Say("  CNI_ARGS=%s", printable(a.Args))
		}
		if len(a.Capabilities) > 0 {
			p.Say("  capabilities %s", printable(string(a.Capabilities)))
		}
		p.Indented(2, string(indented(a.Config)))
	}
}

func indented(config []byte) []byte {
	var value json.RawMessage = config
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return []byte(printable(string(config)))
	}
	return out
}
