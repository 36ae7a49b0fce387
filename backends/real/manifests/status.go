package manifests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
	"patchbay/core/record"
)

// statusKey is the annotation of the NPWG de-facto standard 1.3, §3.5.
const statusKey = "k8s.v1.cni.cncf.io/network-status"

// What is written is for its owner: it names networks and addresses.
const (
	dirMode  = 0o750
	fileMode = 0o600
)

// statusFile is the content of <statusDir>/<namespace>_<name>.json.
type statusFile struct {
	Pod    string `json:"pod"`
	UID    string `json:"uid"`
	Status string `json:"status"` // the annotation as it was given
}

// eventLine is a line of <statusDir>/<namespace>_<name>.events.
type eventLine struct {
	Time    string `json:"time"`
	Pod     string `json:"pod"`
	UID     string `json:"uid,omitempty"`
	Type    string `json:"type"` // Normal or Warning
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// SetStatus writes the status file of a pod, all of it or nothing.
func (d *Directory) SetStatus(ctx context.Context, pod record.Pod, text string) error {
	now, err := d.Pod(ctx, pod.Namespace, pod.Name)
	if err != nil {
		return err
	}
	// A manifest need not have a UID: whoever wrote it can not know the runtime's.
	if pod.UID != "" && now.UID != "" && pod.UID != now.UID && !now.Static() {
		return fail.New(fail.NotFound, "pod %v has been replaced (uid %s, was %s)",
			pod, now.UID, pod.UID)
	}
	content, err := json.Marshal(statusFile{Pod: pod.String(), UID: now.UID, Status: text})
	if err != nil {
		return fail.As(fail.Internal, err)
	}
	if err := d.replace(statusName(pod), append(content, '\n')); err != nil {
		return fail.New(fail.IO, "pod %v: the status can not be written: %w", pod, err)
	}
	return nil
}

// Report appends to the event file of a pod. The pod need not be in a manifest:
// that may be the very thing to report.
func (d *Directory) Report(ctx context.Context, pod record.Pod, events []backends.Event) error {
	if err := ctx.Err(); err != nil {
		return fail.New(fail.Transient, "pod %v: %w", pod, err)
	}
	if !isName(pod.Namespace) || !isName(pod.Name) {
		return fail.New(fail.Invalid, "%q can not be the name of a pod", pod.String())
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	at := d.clock.Now().UTC().Format(time.RFC3339Nano)
	for _, e := range events {
		line := eventLine{
			Time: at, Pod: pod.String(), UID: pod.UID,
			Type: "Normal", Reason: e.Reason, Message: e.Message,
		}
		if e.Warning {
			line.Type = "Warning"
		}
		if err := encoder.Encode(line); err != nil {
			return fail.As(fail.Internal, err)
		}
	}
	if err := d.append(pod.Namespace+"_"+pod.Name+".events", lines.Bytes()); err != nil {
		return fail.New(fail.IO, "pod %v: the events can not be written: %w", pod, err)
	}
	return nil
}

// status returns what SetStatus has set for this very pod, or "".
func (d *Directory) status(pod need.Pod) (string, error) {
	who := record.Pod{Namespace: pod.Namespace, Name: pod.Name}
	content, err := os.ReadFile(filepath.Join(d.statusDir, statusName(who)))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fail.New(fail.IO, "pod %v: the status can not be read: %w", who, err)
	}
	var file statusFile
	if err := json.Unmarshal(content, &file); err != nil {
		return "", fail.New(fail.Decode, "pod %v: the status file is broken: %w", who, err)
	}
	if file.UID != pod.UID {
		return "", nil // of an earlier pod of that name
	}
	return file.Status, nil
}

func statusName(pod record.Pod) string { return pod.Namespace + "_" + pod.Name + ".json" }

// replace writes a file under another name first, so that no reader ever sees
// half of it.
func (d *Directory) replace(name string, content []byte) error {
	if err := os.MkdirAll(d.statusDir, dirMode); err != nil {
		return err
	}
	file, err := os.CreateTemp(d.statusDir, "."+name+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(d.statusDir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// append writes in one call, so that lines of several processes do not mix.
func (d *Directory) append(name string, content []byte) error {
	if err := os.MkdirAll(d.statusDir, dirMode); err != nil {
		return err
	}
	const flags = os.O_APPEND | os.O_CREATE | os.O_WRONLY
	path := filepath.Join(d.statusDir, name)
	file, err := os.OpenFile(path, flags, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}
