// Command pause is the only program of the sandbox image: it waits for SIGTERM
// and holds the namespaces of a pod while it does.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
