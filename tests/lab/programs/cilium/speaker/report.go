package main

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	"github.com/cilium/hive/cell"
	"github.com/cilium/hive/job"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/k8s/resource"
)

// reportCell prints what the announcers have decided. Its jobs start with the hive, so after every cell that it reads.
var reportCell = cell.Module(
	"report", "Prints what this node announces as JSON lines",
	cell.Invoke(func(jobs job.Group, l2 l2Report, peers peersReport) {
		lines := &lines{encoder: json.NewEncoder(os.Stdout)}
		jobs.Add(
			job.OneShot("l2", func(ctx context.Context, _ cell.Health) error { return l2.run(ctx, lines) }),
			job.OneShot("bgp", func(ctx context.Context, _ cell.Health) error { return peers.run(ctx, lines) }),
		)
	}),
)

// lines keeps the lines of the two reports whole.
type lines struct {
	sync.Mutex
	encoder *json.Encoder
}

func (l *lines) print(state any) error {
	l.Lock()
	defer l.Unlock()
	return l.encoder.Encode(state)
}

// waitForNode returns nil when this node's CiliumNode has been seen: both announcers do nothing before.
func waitForNode(ctx context.Context, node daemonk8s.LocalCiliumNodeResource) error {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	for event := range node.Events(watch) {
		event.Done(nil)
		if event.Kind == resource.Upsert {
			return nil
		}
	}
	return ctx.Err()
}
