package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/cilium/hive/cell"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/bgp/agent"
	"github.com/cilium/cilium/pkg/bgp/manager/store"
	"github.com/cilium/cilium/pkg/bgp/types"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
)

// pollEvery is how stale a BGP line may be: the router manager is asked, it does not tell.
const pollEvery = 250 * time.Millisecond

type peersState struct {
	Peers      []peer  `json:"peers"`
	Advertised []route `json:"advertised"`
}

type peer struct {
	Instance string       `json:"instance"`
	Peer     string       `json:"peer"`
	Address  string       `json:"address"`
	State    string       `json:"state"`
	Families []peerFamily `json:"families"`
}

type peerFamily struct {
	Family     string `json:"family"`
	Received   uint64 `json:"received"`
	Accepted   uint64 `json:"accepted"`
	Advertised uint64 `json:"advertised"`
}

type route struct {
	Instance string `json:"instance"`
	Peer     string `json:"peer"`
	Family   string `json:"family"`
	Prefix   string `json:"prefix"`
	NextHop  string `json:"next_hop"`
}

// peersReport asks the BGP control plane what `cilium bgp peers` and `cilium bgp routes advertised` would be told.
type peersReport struct {
	cell.In

	Log            *slog.Logger
	Router         agent.BGPRouterManager
	Node           daemonk8s.LocalCiliumNodeResource
	NodeConfigs    store.BGPCPResourceStore[*v2.CiliumBGPNodeConfig]
	PeerConfigs    store.BGPCPResourceStore[*v2.CiliumBGPPeerConfig]
	Advertisements store.BGPCPResourceStore[*v2.CiliumBGPAdvertisement]
}

func (r peersReport) run(ctx context.Context, lines *lines) error {
	if err := waitForNode(ctx, r.Node); err != nil {
		return nil // stopped before it was up
	}
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for last := (peersState{}); ; {
		if r.inputsRead() {
			state, err := r.state(ctx)
			if err != nil { // a session that ended between two questions; the next round sees it
				r.Log.Debug("BGP state not read", "error", err)
			} else if !reflect.DeepEqual(state, last) {
				if err := lines.print(state); err != nil {
					return err
				}
				last = state
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// inputsRead tells "no peers" from "not yet read": a store answers only once its first list has arrived.
func (r peersReport) inputsRead() bool {
	_, nodes := r.NodeConfigs.List()
	_, peers := r.PeerConfigs.List()
	_, advertisements := r.Advertisements.List()
	return nodes == nil && peers == nil && advertisements == nil
}

func (r peersReport) state(ctx context.Context) (peersState, error) {
	state := peersState{Peers: []peer{}, Advertised: []route{}}
	answer, err := r.Router.GetPeers(ctx, &agent.GetPeersRequest{})
	if err != nil {
		return state, err
	}
	established := map[[2]string]bool{}
	for _, instance := range answer.Instances {
		for _, p := range instance.Peers {
			up := p.SessionState == types.SessionEstablished
			established[[2]string{instance.Name, p.Name}] = up
			state.Peers = append(state.Peers, newPeer(instance.Name, p, up))
		}
	}
	for _, family := range []types.Family{
		{Afi: types.AfiIPv4, Safi: types.SafiUnicast},
		{Afi: types.AfiIPv6, Safi: types.SafiUnicast},
	} {
		answer, err := r.Router.GetRoutes(ctx, &agent.GetRoutesRequest{TableType: types.TableTypeAdjRIBOut, Family: family})
		if err != nil {
			return state, err
		}
		for _, table := range answer.Instances {
			if !established[[2]string{table.InstanceName, table.NeighborName}] {
				continue
			}
			for _, r := range table.Routes {
				for _, path := range r.Paths {
					state.Advertised = append(state.Advertised,
						route{table.InstanceName, table.NeighborName, family.String(), r.Prefix, nextHop(path)})
				}
			}
		}
	}
	slices.SortFunc(state.Peers, func(a, b peer) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Peer, b.Peer))
	})
	slices.SortFunc(state.Advertised, func(a, b route) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Peer, b.Peer),
			cmp.Compare(a.Family, b.Family), cmp.Compare(a.Prefix, b.Prefix))
	})
	return state, nil
}

func newPeer(instance string, p types.PeerState, established bool) peer {
	families := []peerFamily{}
	if established {
		for _, f := range p.Families {
			families = append(families, peerFamily{f.Family.String(), f.ReceivedRoutes, f.AcceptedRoutes, f.AdvertisedRoutes})
		}
		slices.SortFunc(families, func(a, b peerFamily) int { return cmp.Compare(a.Family, b.Family) })
	}
	return peer{instance, p.Name, p.Address.String(), p.SessionState.String(), families}
}

// nextHop is where BGP keeps it: an attribute of its own for IPv4 over IPv4, else inside the MP_REACH_NLRI (RFC 4760).
func nextHop(path *types.Path) string {
	for _, attribute := range path.PathAttributes {
		switch a := attribute.(type) {
		case *bgp.PathAttributeNextHop:
			return a.Value.String()
		case *bgp.PathAttributeMpReachNLRI:
			// IPv6 routes over an IPv4 session go out with the IPv4 address mapped, ::ffff:192.0.2.1; net.IP hides that.
			next, _ := netip.AddrFromSlice(a.Nexthop.To16())
			return next.String()
		}
	}
	return ""
}
