package manifests

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"patchbay/backends"
	"patchbay/core/fail"
	"patchbay/core/need"
)

// Options say where the files are.
type Options struct {
	Dir string // of the manifests; it must exist
	// StatusDir is where the status and the events of pods go; "" is ".status"
	// in Dir. It is made when it is needed.
	StatusDir string
	Clock     backends.Clock
}

// Directory is a cluster of files. It is safe for concurrent use.
type Directory struct {
	dir, statusDir string
	clock          backends.Clock

	mu     sync.Mutex
	parsed map[string]parsedFile // by file name
}

var _ backends.Cluster = (*Directory)(nil)

// New checks that there is a directory. NotFound: there is none. Invalid: it is
// something else.
func New(opts Options) (*Directory, error) {
	if opts.Clock == nil {
		return nil, fail.New(fail.Internal, "the manifest directory has no clock")
	}
	info, err := os.Stat(opts.Dir)
	switch {
	case os.IsNotExist(err):
		return nil, fail.New(fail.NotFound, "there is no manifest directory %q", opts.Dir)
	case err != nil:
		return nil, fail.New(fail.IO, "the manifest directory can not be read: %w", err)
	case !info.IsDir():
		return nil, fail.New(fail.Invalid, "the manifest directory %s is a file", opts.Dir)
	}
	d := &Directory{
		dir:       opts.Dir,
		statusDir: opts.StatusDir,
		clock:     opts.Clock,
		parsed:    map[string]parsedFile{},
	}
	if d.statusDir == "" {
		d.statusDir = filepath.Join(opts.Dir, ".status")
	}
	return d, nil
}

// Pod finds a pod in the files. Its annotations are those of the file, and the
// network status that SetStatus has set.
func (d *Directory) Pod(ctx context.Context, namespace, name string) (need.Pod, error) {
	found, err := d.find(ctx, id{kindPod, namespace, name})
	if fail.Is(err, fail.NotFound) {
		return need.Pod{}, err
	}
	if err != nil { // of a file: what it means for whom is not in it
		return need.Pod{}, fail.About("pod "+namespace+"/"+name, err)
	}
	pod := need.Pod{
		Namespace: namespace, Name: name,
		UID: found.meta.UID, Annotations: found.annotations(),
	}
	status, err := d.status(pod)
	if err != nil {
		return need.Pod{}, err
	}
	if status != "" {
		pod.Annotations[statusKey] = status
	}
	return pod, nil
}

// Definition finds a NetworkAttachmentDefinition in the files.
func (d *Directory) Definition(
	ctx context.Context, namespace, name string,
) (need.Definition, error) {
	found, err := d.find(ctx, id{kindDefinition, namespace, name})
	if err != nil {
		return need.Definition{}, err
	}
	return need.Definition{
		Namespace: namespace, Name: name,
		Annotations: found.annotations(), Config: found.config,
	}, nil
}
