package main

import (
	"github.com/cilium/hive/cell"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/bgp"
	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/datapath/linux"
	"github.com/cilium/cilium/pkg/datapath/linux/ipsec"
	"github.com/cilium/cilium/pkg/datapath/tables"
	"github.com/cilium/cilium/pkg/datapath/tunnel"
	datapath "github.com/cilium/cilium/pkg/datapath/types"
	"github.com/cilium/cilium/pkg/defaults"
	envoy "github.com/cilium/cilium/pkg/envoy/config"
	"github.com/cilium/cilium/pkg/hive"
	ipam "github.com/cilium/cilium/pkg/ipam/option"
	"github.com/cilium/cilium/pkg/k8s/client"
	"github.com/cilium/cilium/pkg/kpr"
	"github.com/cilium/cilium/pkg/l2announcer"
	"github.com/cilium/cilium/pkg/lbipamconfig"
	"github.com/cilium/cilium/pkg/loadbalancer"
	"github.com/cilium/cilium/pkg/loadbalancer/reflectors"
	"github.com/cilium/cilium/pkg/loadbalancer/writer"
	"github.com/cilium/cilium/pkg/metrics"
	"github.com/cilium/cilium/pkg/node"
	nodesync "github.com/cilium/cilium/pkg/node/sync"
	"github.com/cilium/cilium/pkg/nodeipamconfig"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/source"
	"github.com/cilium/cilium/pkg/svcrouteconfig"
)

// newDaemonConfig holds what an agent reads from cilium-config and the cells here look at: the chart's values, with
// BGP and L2 announcements on. Some code of these cells reads the global option.Config, so that is what it is.
func newDaemonConfig() *option.DaemonConfig {
	option.Config = &option.DaemonConfig{
		ClusterName:  defaults.ClusterName,
		K8sNamespace: "kube-system", // of the L2 leases
		EnableIPv4:   true,
		EnableIPv6:   true,
		IPv4NodeAddr: "auto", // the Node's
		IPv6NodeAddr: "auto",
		IPAM:         ipam.IPAMKubernetes, // RKE2's; PodCIDRs are the CiliumNode's spec.ipam.podCIDRs

		EnableBGPControlPlane:             true,
		EnableBGPControlPlaneStatusReport: true, // the status of the CiliumBGPNodeConfig
		BGPSecretsNamespace:               "kube-system",
		BGPRouterIDAllocationMode:         option.BGPRouterIDAllocationModeDefault, // the node's IPv4 InternalIP
		EnableL2Announcements:             true,

		AddressScopeMax: defaults.AddressScopeMax,
	}
	return option.Config
}

func newSpeaker(config *option.DaemonConfig) *hive.Hive {
	return hive.New(
		// What the speaker is for.
		bgp.Cell,
		l2announcer.Cell,
		cell.Provide(tables.NewL2AnnounceTable), // what it announces; in an agent the datapath's neighbour
		reportCell,

		// The API server: the client, and shared watches of the objects that an agent reads.
		client.Cell,
		daemonk8s.ResourcesCell,
		daemonk8s.TablesCell,                    // Pods and Namespaces, which the service reflector asks for
		cell.Config(envoy.SecretSyncConfig{}),   // all off: no Gateway API on the agent's side
		cell.Config(cmtypes.DefaultClusterInfo), // one cluster, no mesh

		// Services and EndpointSlices as frontends and backends: the source of every /32 and every L2 address.
		loadbalancer.ConfigCell,
		writer.Cell,
		reflectors.Cell,
		lbipamconfig.Cell,   // which Services without a class are Cilium's
		nodeipamconfig.Cell, // the same for node IPAM, off
		svcrouteconfig.Cell, // --enable-no-service-endpoints-routable, on
		cell.Provide(
			func() source.Sources { return source.Sources{} }, // no second source of backends to merge
			func() kpr.KPRConfig { return kpr.KPRConfig{KubeProxyReplacement: true} },
		),

		// This node. Cilium's own controller follows the interfaces, addresses and routes of the network namespace
		// by netlink, so that one that appears later is seen, and marks as Selected those that --devices names (the
		// L2 announcer takes no other). Without --devices it chooses by itself and leaves out every veth that has no
		// default route. The local node is read from the Node object, for which the start waits, and kept in step with it.
		linux.DevicesControllerCell,
		tables.NodeAddressCell,
		node.LocalNodeStoreCell,
		nodesync.LocalNodeSyncCell,
		cell.Invoke(func(*node.LocalNodeStore) {}), // the cells ask for its table only, which this fills
		cell.Provide(
			// Asked by the local node only, and off: nothing is encapsulated or encrypted here.
			func() tunnel.Config { return tunnel.Config{} },
			func() datapath.IPsecConfig { return ipsec.Config{} },
		),

		metrics.Cell, // the cells count; nothing serves the numbers
		cell.Provide(func() *option.DaemonConfig { return config }),
	)
}
