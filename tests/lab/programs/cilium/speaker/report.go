package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/cilium/hive/cell"
	"github.com/cilium/hive/job"
)

// reportCell prints what the announcer has decided. Its job starts with the hive, so after every cell that it reads. An
// error ends the process: a speaker that lives and says nothing would look like one that has nothing to say.
var reportCell = cell.Module(
	"report", "Prints what this node announces as JSON lines",
	cell.Invoke(func(jobs job.Group, l2 l2Report) {
		lines := json.NewEncoder(os.Stdout)
		run := func(ctx context.Context, _ cell.Health) error { return l2.run(ctx, lines) }
		jobs.Add(job.OneShot("l2", run, job.WithShutdown()))
	}),
)
