// One server's deploy controller, as RKE2 has it from k3s: what is in a directory of manifests is put into the cluster
// again and again. The engine is the one that it has there too, wrangler's apply; the rules about files around it are
// written here, after k3s' pkg/deploy (the source at k3s-io/k3s 0301210f was read, nothing of it is in this tree).
//
// The API server knows it by the user agent deploy@NODE, which is then the field manager of all that it writes. It
// needs the CRD of AddOns, which a server makes at its start and the lab makes for it.
//
// stdout is JSON lines, two for each pass over the directory: that it begins, and what it did. A pass that began after
// a file was changed has seen the change.
//
//	{"pass":7,"event":"begin"}
//	{"pass":7,"event":"end","forced":false,"applied":["pools.yaml"],"deleted":[],"errors":[]}
//
// Names are relative to the directory. Logs go to stderr. Left out, beside the rest of a server: directories that are
// symbolic links, and files whose time of change is the epoch (read each time in k3s, for file systems that pin it).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// everySoOften is RKE2's own pause between two passes.
const everySoOften = 15 * time.Second

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "rke2-deploy:", err)
		os.Exit(1)
	}
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the API server (required)")
	node := flag.String("node-name", "", "name of this server (required)")
	directory := flag.String("manifests", "", "the directory to watch (required)")
	disabled := flag.String("disable", "", "what `disable:` lists in a server's config.yaml, with commas between")
	interval := flag.Duration("interval", everySoOften, "pause between two passes")
	flag.Parse()
	if *kubeconfig == "" || *node == "" || *directory == "" || flag.NArg() > 0 {
		return errors.New("--kubeconfig, --node-name and --manifests are required, and there are no arguments")
	}

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = fmt.Sprintf("deploy@%s/lab (%s/%s)", *node, runtime.GOOS, runtime.GOARCH)
	config.RateLimiter = unlimited{}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cluster, err := newCluster(ctx, config, *node)
	if err != nil {
		return err
	}
	manifests := folder{path: *directory, disabled: setOf(*disabled), seen: map[string]time.Time{}}
	return watch(ctx, manifests, cluster, *interval)
}

type line struct {
	Pass  int    `json:"pass"`
	Event string `json:"event"`
	*outcome
}

// watch makes one pass after the other. Until one had no error each of them is forced: a manifest that fails makes
// every other one be applied anew, each time.
func watch(ctx context.Context, manifests folder, cluster *cluster, interval time.Duration) error {
	lines := json.NewEncoder(os.Stdout)
	forced := true
	for number := 1; ; number++ {
		if err := lines.Encode(line{Pass: number, Event: "begin"}); err != nil {
			return err
		}
		done := manifests.pass(cluster, forced)
		if len(done.Errors) == 0 {
			forced = false
		}
		if err := lines.Encode(line{number, "end", &done}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(interval):
		}
	}
}

func setOf(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Split(list, ",") {
		if word != "" {
			set[word] = true
		}
	}
	return set
}

// unlimited asks the API server as often as it likes, as a server's own client does.
type unlimited struct{}

func (unlimited) TryAccept() bool            { return true }
func (unlimited) Accept()                    {}
func (unlimited) Stop()                      {}
func (unlimited) QPS() float32               { return 0 }
func (unlimited) Wait(context.Context) error { return nil }
