package cri

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// newNetns makes a network namespace without a name: it lives as long as the
// handle, or a process in it, and can not be left behind.
func newNetns() (netns.NsHandle, error) {
	made := netns.None()
	err := onOwnThread(func() error {
		var err error
		made, err = netns.New()
		return err
	})
	if err != nil {
		return netns.None(), fmt.Errorf("making a network namespace: %w", err)
	}
	return made, nil
}

// inNetns calls do on a thread that is in a network namespace. A process that
// do starts is in it too, and stays there.
func inNetns(namespace netns.NsHandle, do func() error) error {
	return onOwnThread(func() error {
		if err := netns.Set(namespace); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return do()
	})
}

// onOwnThread calls do on a thread whose network namespace do may change. The
// thread is given back only when it is where it was; else it ends with its
// goroutine, so that no other one finds itself in a strange namespace.
func onOwnThread(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() //nolint:forbidigo // tests of this module enter namespaces here
		home, err := netns.Get()
		if err != nil {
			done <- fmt.Errorf("looking at the thread's own network namespace: %w", err)
			return
		}
		err = do()
		back := netns.Set(home)
		if back == nil {
			runtime.UnlockOSThread() //nolint:forbidigo // the thread is as it was
		}
		done <- errors.Join(err, back, home.Close())
	}()
	return <-done
}

// Link is an interface of a sandbox with its addresses, link-local ones left
// out.
type Link struct {
	Type string
	IPs  []string
}

// linksAt returns the interfaces of the network namespace at a path, by name.
func linksAt(path string) (map[string]Link, error) {
	namespace, err := netns.GetFromPath(path)
	if err != nil {
		return nil, fmt.Errorf("opening the network namespace %s: %w", path, err)
	}
	defer namespace.Close() //nolint:errcheck // a read-only handle has nothing to lose
	links, err := linksIn(namespace)
	if err != nil {
		return nil, fmt.Errorf("looking into the network namespace %s: %w", path, err)
	}
	return links, nil
}

func linksIn(namespace netns.NsHandle) (map[string]Link, error) {
	handle, err := netlink.NewHandleAt(namespace)
	if err != nil {
		return nil, fmt.Errorf("opening a netlink socket: %w", err)
	}
	defer handle.Close()
	found, err := whole(handle.LinkList) //nolint:forbidigo // whole asks again
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	links := map[string]Link{}
	for _, link := range found {
		addresses, err := whole(func() ([]netlink.Addr, error) {
			return handle.AddrList(link, netlink.FAMILY_ALL) //nolint:forbidigo // whole asks again
		})
		if err != nil {
			return nil, fmt.Errorf("listing the addresses of %s: %w", link.Attrs().Name, err)
		}
		l := Link{Type: link.Type()}
		for _, address := range addresses {
			if !address.IP.IsLinkLocalUnicast() {
				l.IPs = append(l.IPs, address.IP.String())
			}
		}
		links[link.Attrs().Name] = l
	}
	return links, nil
}

// whole repeats a netlink dump until no change of the kernel's list has
// interrupted it (NLM_F_DUMP_INTR, netlink(7)).
func whole[T any](dump func() (T, error)) (T, error) {
	for {
		list, err := dump()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return list, err
		}
	}
}
