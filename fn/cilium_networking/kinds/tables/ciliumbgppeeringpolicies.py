"""CiliumBGPPeeringPolicy: BGP as it was before the cluster config. Deprecated in 1.18, gone in 1.19."""

TABLE = r"""
metadata                                       metadata  required
spec                                           object
    # The BGP speakers and the nodes that run them.
spec.nodeSelector                              selector
    # The nodes. Absent or empty: all.
spec.virtualRouters                            object[]  required items=1..
    # BGP speakers that each of the nodes runs.
spec.virtualRouters[].localASN                 integer   required 0..4294967295 format=int64
    # The nodes' own AS number.
spec.virtualRouters[].exportPodCIDR            boolean   default=false
    # Announces the pods' network of each node.
spec.virtualRouters[].podIPPoolSelector        selector
    # Announces the nodes' shares of these pod pools. Absent: none.
spec.virtualRouters[].serviceSelector          selector
    # Announces these Services. Absent: none.
spec.virtualRouters[].serviceAdvertisements    string[]  @1.16- default=LoadBalancerIP
    # Which addresses of the Services.
spec.virtualRouters[].serviceAdvertisements[]  string    enum=LoadBalancerIP|ClusterIP|ExternalIP
spec.virtualRouters[].neighbors                object[]  required items=1..
    # The routers to peer with.
spec.virtualRouters[].neighbors[].peerAddress  string    required format=cidr
    # The router's address with its mask, 10.0.0.1/32.
spec.virtualRouters[].neighbors[].peerPort     integer   1..65535 default=179 format=int32
    # The router's port.
spec.virtualRouters[].neighbors[].peerASN      integer   required 0..4294967295 format=int64
    # The router's AS number.
spec.virtualRouters[].neighbors[].authSecretRef            string
    # Name of the Secret with the key password.
spec.virtualRouters[].neighbors[].eBGPMultihopTTL          integer  1..255 default=1 format=int32
    # TTL of the packets to an eBGP peer.
spec.virtualRouters[].neighbors[].connectRetryTimeSeconds  integer  1..2147483647 default=120 format=int32
    # Wait between attempts to connect.
spec.virtualRouters[].neighbors[].holdTimeSeconds          integer  3..65535 default=90 format=int32
    # A peer that says nothing for so long is down.
spec.virtualRouters[].neighbors[].keepAliveTimeSeconds     integer  1..65535 default=30 format=int32
    # How often keepalives are sent.
spec.virtualRouters[].neighbors[].gracefulRestart          graceful-restart
spec.virtualRouters[].neighbors[].families                 object[]
    # Address families of the session. Absent: IPv4 and IPv6 unicast.
spec.virtualRouters[].neighbors[].families[].afi           afi      required
spec.virtualRouters[].neighbors[].families[].safi          safi     required
spec.virtualRouters[].neighbors[].advertisedPathAttributes                   object[]
    # What the routes to this neighbor carry.
spec.virtualRouters[].neighbors[].advertisedPathAttributes[].selectorType    string  required
    enum=PodCIDR|CiliumLoadBalancerIPPool|CiliumPodIPPool
    # What the selector selects: nodes, pools of Services, pools of pods.
spec.virtualRouters[].neighbors[].advertisedPathAttributes[].selector        selector
spec.virtualRouters[].neighbors[].advertisedPathAttributes[].communities     communities
spec.virtualRouters[].neighbors[].advertisedPathAttributes[].localPreference integer  0..4294967295 format=int64
    # Preference of the routes inside the AS; only for iBGP.
"""
