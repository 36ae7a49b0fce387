package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Client asks containerd for what a kubelet asks it for.
type Client struct {
	conn    *grpc.ClientConn
	runtime runtimeapi.RuntimeServiceClient
}

// requestTimeout is the kubelet's (--runtime-request-timeout).
const requestTimeout = 2 * time.Minute

// Dial makes a client of the CRI at a unix socket. It does not wait for a
// server; see Ready.
func Dial(socket string) (*Client, error) {
	conn, err := grpc.NewClient("unix://"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(inTime))
	if err != nil {
		return nil, fmt.Errorf("making a client of %s: %w", socket, err)
	}
	return &Client{conn: conn, runtime: runtimeapi.NewRuntimeServiceClient(conn)}, nil
}

// inTime limits the time of every call.
//
//nolint:revive // the seven parameters are gRPC's
func inTime(ctx context.Context, method string, request, reply any,
	conn *grpc.ClientConn, call grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return call(ctx, method, request, reply, conn, options...)
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Ready waits until containerd says that it and its network are ready, which
// takes it about a second. The error says what was missing when ctx ended.
func (c *Client) Ready(ctx context.Context) error {
	var missing error
	err := until(ctx, "containerd is ready", func() (bool, error) {
		missing = c.notReady(ctx)
		return missing == nil, nil
	})
	return errors.Join(err, missing)
}

func (c *Client) notReady(ctx context.Context) error {
	// The socket exists before the server does, and the server before its CRI.
	answer, err := c.runtime.Status(ctx, &runtimeapi.StatusRequest{}, grpc.WaitForReady(true))
	if err != nil {
		return fmt.Errorf("asking for the status: %w", err)
	}
	for _, condition := range answer.GetStatus().GetConditions() {
		if !condition.GetStatus() {
			return fmt.Errorf("%s is false: %s", condition.GetType(), condition.GetMessage())
		}
	}
	return nil
}

// Run runs the sandbox of a pod and returns the sandbox's ID.
func (c *Client) Run(ctx context.Context, pod Pod, cgroup string) (string, error) {
	answer, err := c.runtime.RunPodSandbox(ctx, &runtimeapi.RunPodSandboxRequest{
		Config: &runtimeapi.PodSandboxConfig{
			Metadata: &runtimeapi.PodSandboxMetadata{
				Namespace: pod.Namespace, Name: pod.Name, Uid: pod.UID,
			},
			Hostname: pod.Name,
			Linux:    &runtimeapi.LinuxPodSandboxConfig{CgroupParent: "/" + cgroup},
		},
	})
	if err != nil {
		return "", fmt.Errorf("running the sandbox of %s: %w", pod.Name, err)
	}
	return answer.GetPodSandboxId(), nil
}

// Stop ends a sandbox and takes its network down.
func (c *Client) Stop(ctx context.Context, id string) error {
	_, err := c.runtime.StopPodSandbox(ctx, &runtimeapi.StopPodSandboxRequest{PodSandboxId: id})
	if err != nil {
		return fmt.Errorf("stopping sandbox %s: %w", id, err)
	}
	return nil
}

// Remove removes a stopped sandbox.
func (c *Client) Remove(ctx context.Context, id string) error {
	_, err := c.runtime.RemovePodSandbox(ctx, &runtimeapi.RemovePodSandboxRequest{PodSandboxId: id})
	if err != nil {
		return fmt.Errorf("removing sandbox %s: %w", id, err)
	}
	return nil
}

// Listed is a line in containerd's list of sandboxes.
type Listed struct {
	ID    string
	Pod   Pod
	Ready bool // it runs, with all its interfaces
}

// List returns all sandboxes that containerd knows.
func (c *Client) List(ctx context.Context) ([]Listed, error) {
	answer, err := c.runtime.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{})
	if err != nil {
		return nil, fmt.Errorf("listing sandboxes: %w", err)
	}
	var list []Listed
	for _, item := range answer.GetItems() {
		of := item.GetMetadata()
		list = append(list, Listed{
			ID:    item.GetId(),
			Pod:   Pod{Namespace: of.GetNamespace(), Name: of.GetName(), UID: of.GetUid()},
			Ready: item.GetState() == runtimeapi.PodSandboxState_SANDBOX_READY,
		})
	}
	return list, nil
}

// Sandbox is a sandbox as containerd reports it.
type Sandbox struct {
	IP    string // what the kubelet takes for the pod's address
	Netns string // path of the network namespace
	// ResultIPs are the addresses in the CNI result, by interface.
	ResultIPs map[string][]string
}

// sandboxInfo is what we read of the verbose status: containerd's own JSON,
// with the network of the sandbox in its OCI specification and the CNI result
// as the library go-cni sees it.
type sandboxInfo struct {
	RuntimeSpec struct {
		Linux struct {
			Namespaces []struct {
				Type string `json:"type"`
				Path string `json:"path"`
			} `json:"namespaces"`
		} `json:"linux"`
	} `json:"runtimeSpec"`
	CNIResult struct {
		Interfaces map[string]struct {
			IPConfigs []struct{ IP string }
		}
	} `json:"cniResult"`
}

// Inspect returns what containerd knows of a sandbox.
func (c *Client) Inspect(ctx context.Context, id string) (Sandbox, error) {
	answer, err := c.runtime.PodSandboxStatus(ctx,
		&runtimeapi.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
	if err != nil {
		return Sandbox{}, fmt.Errorf("asking for sandbox %s: %w", id, err)
	}
	var info sandboxInfo
	if err := json.Unmarshal([]byte(answer.GetInfo()["info"]), &info); err != nil {
		return Sandbox{}, fmt.Errorf("reading what containerd knows of sandbox %s: %w", id, err)
	}
	sandbox := Sandbox{
		IP:        answer.GetStatus().GetNetwork().GetIp(),
		ResultIPs: map[string][]string{},
	}
	for _, namespace := range info.RuntimeSpec.Linux.Namespaces {
		if namespace.Type == "network" {
			sandbox.Netns = namespace.Path
		}
	}
	for ifName, link := range info.CNIResult.Interfaces {
		for _, address := range link.IPConfigs {
			sandbox.ResultIPs[ifName] = append(sandbox.ResultIPs[ifName], address.IP)
		}
	}
	return sandbox, nil
}
