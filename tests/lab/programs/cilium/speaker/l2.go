package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"github.com/cilium/hive/cell"
	"github.com/cilium/statedb"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/datapath/tables"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2alpha1"
	"github.com/cilium/cilium/pkg/k8s/resource"
	"github.com/cilium/cilium/pkg/loadbalancer"
)

type l2State struct {
	Announcements []announcement `json:"announcements"`
}

type announcement struct {
	Address   string   `json:"address"`
	Interface string   `json:"interface"`
	Services  []string `json:"services"`
}

// l2Report follows the table in which the L2 announcer hands its decisions to the datapath.
type l2Report struct {
	cell.In

	DB       *statedb.DB
	Table    statedb.RWTable[*tables.L2AnnounceEntry]
	Services statedb.Table[*loadbalancer.Service]
	Policies resource.Resource[*v2alpha1.CiliumL2AnnouncementPolicy]
	Node     daemonk8s.LocalCiliumNodeResource
}

func (r l2Report) run(ctx context.Context, lines *json.Encoder) error {
	if err := r.waitForInputs(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it was up
		}
		return err
	}
	for last := (l2State{}); ; {
		entries, changed := r.Table.AllWatch(r.DB.ReadTxn())
		state := l2State{Announcements: []announcement{}}
		for entry := range entries {
			state.Announcements = append(state.Announcements, newAnnouncement(entry))
		}
		slices.SortFunc(state.Announcements, func(a, b announcement) int {
			return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Interface, b.Interface))
		})
		if !reflect.DeepEqual(state, last) {
			if err := lines.Encode(state); err != nil {
				return err
			}
			last = state
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// waitForInputs returns when all that the L2 announcer decides from has been read once: before that, its empty table
// means nothing.
func (r l2Report) waitForInputs(ctx context.Context) error {
	_, services := r.Services.Initialized(r.DB.ReadTxn())
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-services:
	}
	if _, err := r.Policies.Store(ctx); err != nil {
		return err
	}
	return waitForNode(ctx, r.Node)
}

// waitForNode returns nil when this node's CiliumNode has been seen: the announcer does nothing before.
func waitForNode(ctx context.Context, node daemonk8s.LocalCiliumNodeResource) error {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	for event := range node.Events(watch) {
		event.Done(nil)
		if event.Kind == resource.Upsert {
			return nil
		}
	}
	return errors.New("the watch of this node's CiliumNode ended before there was one")
}

func newAnnouncement(entry *tables.L2AnnounceEntry) announcement {
	services := make([]string, 0, len(entry.Origins))
	for _, origin := range entry.Origins {
		services = append(services, origin.String())
	}
	slices.Sort(services)
	return announcement{entry.IP.String(), entry.NetworkInterface, services}
}
