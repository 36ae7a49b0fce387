package netconf

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types/create"

	"patchbay/core/annotation"
	"patchbay/core/fail"
)

// Config is our own configuration: what the runtime hands us. The keys up to
// LogOptions are those of Multus, with its meanings and defaults; the others
// are ours. Keys that nobody knows pass ([Lint] reports them).
type Config struct {
	CNIVersion             string                     `json:"cniVersion"`
	Name                   string                     `json:"name"`
	Type                   string                     `json:"type"`
	PrevResult             json.RawMessage            `json:"prevResult"`
	ConfDir                string                     `json:"confDir"`
	CNIDir                 string                     `json:"cniDir"`
	BinDir                 string                     `json:"binDir"`
	Delegates              []json.RawMessage          `json:"delegates"`
	ClusterNetwork         string                     `json:"clusterNetwork"`
	DefaultNetworks        []string                   `json:"defaultNetworks"`
	SystemNamespaces       []string                   `json:"systemNamespaces"`
	MultusNamespace        string                     `json:"multusNamespace"`
	Kubeconfig             string                     `json:"kubeconfig"`
	NamespaceIsolation     bool                       `json:"namespaceIsolation"`
	GlobalNamespaces       string                     `json:"globalNamespaces"`
	ReadinessIndicatorFile string                     `json:"readinessindicatorfile"`
	RetryDeleteOnError     bool                       `json:"retryDeleteOnError"`
	AuxiliaryCNIChainName  string                     `json:"auxiliaryCNIChainName"`
	Capabilities           map[string]bool            `json:"capabilities"`
	RuntimeConfig          map[string]json.RawMessage `json:"runtimeConfig"`
	LogFile                string                     `json:"logFile"`
	LogLevel               string                     `json:"logLevel"`
	LogToStderr            bool                       `json:"logToStderr"`
	LogOptions             LogOptions                 `json:"logOptions"`

	// ManifestDir holds pods and definitions as YAML, instead of an API server.
	ManifestDir string `json:"manifestDir"`
	// Compat is the profile: "multus-v4" (default) or "npwg-1.3".
	Compat annotation.Profile `json:"compat"`
	// ParallelAttachments attaches the networks of one pod side by side, which
	// the NPWG standard (v1.3 §7.3) forbids by default.
	ParallelAttachments bool `json:"parallelAttachments"`
	// DelegateTimeoutSeconds bounds one run of one plugin.
	DelegateTimeoutSeconds float64 `json:"delegateTimeoutSeconds"`
	// APITimeoutSeconds bounds one question to the API server, retries included.
	APITimeoutSeconds float64 `json:"apiTimeoutSeconds"`
	// ReadinessTimeoutSeconds bounds the wait for ReadinessIndicatorFile.
	ReadinessTimeoutSeconds float64 `json:"readinessTimeoutSeconds"`
	// CompatScratch also writes the files that Multus would, so that a node
	// can change back with pods running.
	CompatScratch bool `json:"compatScratch"`
	// DeviceInfoDir is where device information files are (NPWG device
	// information specification 1.1.0 §5).
	DeviceInfoDir string `json:"deviceInfoDir"`
	// PodNotFound is "synthetic" (default: success with an empty result, as
	// Multus does) or "tryAgainLater" (CNI error 11).
	PodNotFound string `json:"podNotFound"`
	// IsolateDefaultNetwork applies namespace isolation to the
	// default-network annotation too.
	IsolateDefaultNetwork bool `json:"isolateDefaultNetwork"`

	// ValidAttachments comes with GC (CNI spec 1.1 §GC); nil when it did not.
	ValidAttachments Attachments `json:"cni.dev/valid-attachments"`
	// GCAttachments is what the specification first called the same.
	GCAttachments Attachments `json:"cni.dev/attachments"`
}

// LogOptions say when a log file is rotated.
type LogOptions struct {
	MaxAge     *int  `json:"maxAge,omitempty"`     // days
	MaxSize    *int  `json:"maxSize,omitempty"`    // megabytes
	MaxBackups *int  `json:"maxBackups,omitempty"` // files
	Compress   *bool `json:"compress,omitempty"`
}

// Attachment is how the runtime names what it still uses.
type Attachment struct {
	ContainerID string `json:"containerID"`
	IfName      string `json:"ifname"`
}

// Attachments is a list that may be empty, and be missing, which is not the same:
// who says that nothing is used wants all of it gone.
type Attachments []Attachment

// UnmarshalJSON reads null, as libcni writes an empty list, as one.
func (l *Attachments) UnmarshalJSON(text []byte) error {
	list := []Attachment{}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*l = append(Attachments{}, list...)
	return nil
}

// What PodNotFound may be.
const (
	Synthetic     = "synthetic"
	TryAgainLater = "tryAgainLater"
)

// ParseConfig reads our configuration, fills in defaults and refuses what can
// never work.
func ParseConfig(raw []byte) (Config, error) {
	c := Config{
		ConfDir:                 "/etc/cni/multus/net.d",
		CNIDir:                  "/var/lib/cni/multus",
		BinDir:                  "/opt/cni/bin",
		SystemNamespaces:        []string{"kube-system"},
		MultusNamespace:         "kube-system",
		LogLevel:                "panic",
		LogToStderr:             true,
		Compat:                  annotation.MultusV4,
		DelegateTimeoutSeconds:  90,
		APITimeoutSeconds:       2.5,
		ReadinessTimeoutSeconds: 45,
		DeviceInfoDir:           "/var/run/k8s.cni.cncf.io/devinfo",
		PodNotFound:             Synthetic,
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Config{}, fail.New(fail.Decode, "configuration: %w", typeError(err))
	}
	if c.ValidAttachments == nil {
		c.ValidAttachments = c.GCAttachments
	}
	if err := c.check(); err != nil {
		return Config{}, fail.About("configuration", err)
	}
	return c, nil
}

func (c Config) check() error {
	if len(c.Delegates) == 0 && c.ClusterNetwork == "" {
		return fail.New(fail.Invalid, "at least one delegate/clusterNetwork must be specified")
	}
	if c.Compat != annotation.MultusV4 && c.Compat != annotation.NPWG13 {
		return fail.New(fail.Invalid, "compat %q is neither %q nor %q",
			c.Compat, annotation.MultusV4, annotation.NPWG13)
	}
	if c.PodNotFound != Synthetic && c.PodNotFound != TryAgainLater {
		return fail.New(fail.Invalid, "podNotFound %q is neither %q nor %q",
			c.PodNotFound, Synthetic, TryAgainLater)
	}
	if c.ManifestDir != "" && c.Kubeconfig != "" {
		return fail.New(fail.Invalid, "manifestDir and kubeconfig exclude each other")
	}
	for _, t := range []Setting{
		{"delegateTimeoutSeconds", c.DelegateTimeoutSeconds},
		{"apiTimeoutSeconds", c.APITimeoutSeconds},
		{"readinessTimeoutSeconds", c.ReadinessTimeoutSeconds},
	} {
		// A day is longer than any runtime waits; beyond it durations overflow.
		if !(t.Seconds > 0 && t.Seconds <= 86400) {
			return fail.New(fail.Invalid, "%s must be between 0 and 86400, not %v",
				t.Key, t.Seconds)
		}
	}
	return c.checkPrevResult()
}

// Setting is a duration of the configuration.
type Setting struct {
	Key     string
	Seconds float64
}

// checkPrevResult refuses a prevResult that is no result. It is not used: the
// networks of a pod do not build on what another plugin did before us.
func (c Config) checkPrevResult() error {
	if len(c.PrevResult) == 0 || string(c.PrevResult) == "null" {
		return nil
	}
	v := c.CNIVersion
	if v == "" {
		v = "0.1.0"
	}
	if _, err := create.Create(v, c.PrevResult); err != nil {
		return fail.New(fail.Decode, "prevResult: %w", err)
	}
	return nil
}

// Allowed reports whether a pod may use definitions of another namespace when
// namespaces are isolated. A list of global namespaces replaces "default".
func (c Config) Allowed(podNamespace, namespace string) bool {
	if namespace == podNamespace {
		return true
	}
	global := []string{"default"}
	if c.GlobalNamespaces != "" {
		global = strings.Split(c.GlobalNamespaces, ",")
	}
	return slices.ContainsFunc(global, func(g string) bool {
		return strings.TrimSpace(g) == namespace
	})
}

// PluginPath is where plugins are looked for: binDir, then CNI_PATH, each
// directory once.
func (c Config) PluginPath(cniPath string) string {
	dirs := []string{c.BinDir}
	for dir := range strings.SplitSeq(cniPath, ":") {
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return strings.Join(dirs, ":")
}
