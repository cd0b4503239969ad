// One node's Cilium agent as far as announcements go: its BGP control plane and its L2 announcer, Cilium's own cells
// around a real Kubernetes client. No datapath: who announces what, on which interface and to whom is decided here as
// in an agent, but nobody answers ARP and no packet is balanced.
//
// It waits for the Node and the CiliumNode object of its name, and dials out only, unless a BGP instance has a
// localPort. A stop leaves the BGP sessions to die with the process, without a NOTIFICATION, as an agent does (else
// a graceful restart would end), and gives the L2 leases back; a kill does neither.
//
// stdout is JSON lines, each the complete state of its L2 announcements, sorted, printed whenever it has changed:
//
//	{"announcements":[{"address":"192.0.2.100","interface":"vmnet0","services":["default/a"]}]}
//
// The first line comes when what it is made from has been read from the API server, even if it is empty: "announces
// nothing" differs from "not up yet". What BGP does is for the routers to say. Logs go to stderr. The flags are our few
// and those of the cells (--help). The client asks 10 times a second as an agent's does (--k8s-client-qps): short lease
// times with many Services need more.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/cilium/cilium/pkg/logging"
	"github.com/cilium/cilium/pkg/node/types"
	"github.com/cilium/cilium/pkg/option"
)

// stopWithin bounds an orderly stop (leases given back, clients closed); a scenario has many speakers to end.
const stopWithin = 900 * time.Millisecond

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cilium-speaker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	config := newDaemonConfig()
	speaker := newSpeaker(config)

	flags := pflag.NewFlagSet("cilium-speaker", pflag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig of the API server (required)")
	node := flags.String("node-name", "", "name of this node's Node and CiliumNode (required)")
	debug := flags.Bool("debug", false, "log at debug level")
	// The chart's defaults (l2announcements.leaseDuration and its two neighbours); shorter ones make a failover quick.
	flags.DurationVar(&config.L2AnnouncerLeaseDuration, "l2-lease-duration", 15*time.Second, "how long a lease of a silent holder lasts")
	flags.DurationVar(&config.L2AnnouncerRenewDeadline, "l2-lease-renew-deadline", 5*time.Second, "how long a holder tries to renew")
	flags.DurationVar(&config.L2AnnouncerRetryPeriod, "l2-lease-retry-period", 2*time.Second, "pause between two tries")
	speaker.RegisterFlags(flags) // the cells' own: --devices is one of them
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return nil
		}
		return err
	}
	if *kubeconfig == "" || *node == "" || flags.NArg() > 0 {
		return errors.New("--kubeconfig and --node-name are required, and there are no arguments")
	}
	types.SetName(*node)
	speaker.Viper().Set(option.K8sKubeConfigPath, *kubeconfig)
	if *debug {
		logging.SetLogLevelToDebug()
	}

	go exitSoonAfterSignal()
	return speaker.Run(logging.DefaultSlogLogger)
}

// exitSoonAfterSignal is the backstop of the hive's own handling of the same signals.
func exitSoonAfterSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	time.Sleep(stopWithin)
	fmt.Fprintln(os.Stderr, "cilium-speaker: not stopped in", stopWithin)
	os.Exit(1)
}
