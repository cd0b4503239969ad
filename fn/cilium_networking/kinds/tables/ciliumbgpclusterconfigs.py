"""CiliumBGPClusterConfig: the BGP instances of a set of nodes, and their peers.

Status conditions came in 1.17, with peerASN 0 for any; a listening port and, in v2, peers found by themselves in 1.18.
"""

TABLE = r"""
metadata                                      metadata  required
spec                                          object    required
    # The BGP instances and the nodes that run them.
spec.nodeSelector                             selector
    # The nodes, by the labels of their CiliumNode. Absent or empty: all. A node belongs to one cluster config only.
spec.bgpInstances                             object[]  required items=1..16 key=name
    # BGP speakers that each of the nodes runs.
spec.bgpInstances[].name                      string    required len=1..255
    # Name of the instance; overrides refer to it.
spec.bgpInstances[].localASN                  integer   1..4294967295 format=int64 mistaken=asn
    # The nodes' own AS number.
spec.bgpInstances[].localPort                 integer   1..65535 format=int32 @1.18-
    # Port to listen on. Absent: the nodes only connect. Below 1024 the agent needs CAP_NET_BIND_SERVICE.
spec.bgpInstances[].peers                     object[]  key=name mistaken=neighbors
    # The routers to peer with.
spec.bgpInstances[].peers[].name              string    required len=1..255
    # Name of the peer; overrides refer to it.
spec.bgpInstances[].peers[].peerAddress       string    pattern=ip-address mistaken=address
    # The router's address, without a mask.
spec.bgpInstances[].peers[].peerASN           integer   0..4294967295@1.17- 1..4294967295@-1.16 default=0@1.17-
    format=int64
    # The router's AS number; since 1.17, 0 takes any.
spec.bgpInstances[].peers[].autoDiscovery     object    @v2:1.18-
    # Finds the peer's address instead of naming it.
spec.bgpInstances[].peers[].autoDiscovery.mode                          string  required enum=DefaultGateway
    # How the address is found.
spec.bgpInstances[].peers[].autoDiscovery.defaultGateway                object
    # For the mode DefaultGateway.
spec.bgpInstances[].peers[].autoDiscovery.defaultGateway.addressFamily  string  required enum=ipv4|ipv6
    # Which default gateway of the node.
spec.bgpInstances[].peers[].peerConfigRef     object
    # The peer config. Without one the session has default timers and announces nothing.
spec.bgpInstances[].peers[].peerConfigRef.group  string  @v2alpha1 default=cilium.io
    # API group of the peer config; there is one only.
spec.bgpInstances[].peers[].peerConfigRef.kind   string  @v2alpha1 default=CiliumBGPPeerConfig
    # Kind of the peer config; there is one only.
spec.bgpInstances[].peers[].peerConfigRef.name   string  required
    # Name of a CiliumBGPPeerConfig.
status                                        object      @1.17-
status.conditions                             conditions
"""
