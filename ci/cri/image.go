package cri

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// sandboxImage names the image of all sandboxes; no registry has it.
const sandboxImage = "patchbay.test/pause:1"

// BuildSandboxImage compiles the pause program and writes an image of it to a
// new file in dir, in the format of "docker save" (image specification 1.2).
// It returns the file's path.
func BuildSandboxImage(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "pause")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "./pause")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // the image has no libc
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling the pause program: %w: %s", err, output)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return "", fmt.Errorf("reading the pause program: %w", err)
	}
	image, err := sandboxArchive(content)
	if err != nil {
		return "", fmt.Errorf("making the sandbox image: %w", err)
	}
	path := filepath.Join(dir, "pause.tar")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		return "", fmt.Errorf("writing the sandbox image: %w", err)
	}
	return path, nil
}

// imageConfig is what containerd reads of an image's configuration.
type imageConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		Entrypoint []string
		WorkingDir string
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// sandboxArchive packs a program as the single layer of a docker archive.
func sandboxArchive(program []byte) ([]byte, error) {
	layer, err := archive(file{name: "pause", content: program, mode: 0o755})
	if err != nil {
		return nil, err
	}
	config := imageConfig{Architecture: runtime.GOARCH, OS: "linux"}
	config.Config.Entrypoint = []string{"/pause"}
	config.Config.WorkingDir = "/"
	config.RootFS.Type = "layers"
	config.RootFS.DiffIDs = []string{"sha256:" + digest(layer)}
	configBytes, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encoding the image configuration: %w", err)
	}
	configName := digest(configBytes) + ".json"
	layerName := digest(layer) + "/layer.tar"
	manifest, err := json.Marshal([]map[string]any{{
		"Config":   configName,
		"RepoTags": []string{sandboxImage},
		"Layers":   []string{layerName},
	}})
	if err != nil {
		return nil, fmt.Errorf("encoding the image manifest: %w", err)
	}
	return archive(
		file{name: configName, content: configBytes, mode: 0o644},
		file{name: layerName, content: layer, mode: 0o644},
		file{name: "manifest.json", content: manifest, mode: 0o644},
	)
}

type file struct {
	name    string
	content []byte
	mode    int64
}

func archive(files ...file) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		header := tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content))}
		if err := w.WriteHeader(&header); err != nil {
			return nil, fmt.Errorf("packing %s: %w", f.name, err)
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, fmt.Errorf("packing %s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("ending the archive: %w", err)
	}
	return out.Bytes(), nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
