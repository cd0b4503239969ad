"""CiliumBGPNodeConfig: what the operator made of cluster config and override for one node. Not for packages.

1.16.5 already reports as 1.17 does (``establishedTime``, ``routeCount``), 1.16.0 does not: both forms are in 1.16.
"""

TABLE = r"""
metadata                                      metadata  required
spec                                          object    required
spec.bgpInstances                             object[]  required items=1..16 key=name
spec.bgpInstances[].name                      string    required len=1..255
spec.bgpInstances[].localASN                  integer   1..4294967295 format=int64
spec.bgpInstances[].routerID                  string    format=ipv4
spec.bgpInstances[].localPort                 integer   1..65535 format=int32
spec.bgpInstances[].peers                     object[]  key=name
spec.bgpInstances[].peers[].name              string    required
spec.bgpInstances[].peers[].peerAddress       string    pattern=ip-address
spec.bgpInstances[].peers[].peerASN           integer   0..4294967295@1.17- 1..4294967295@-1.16 format=int64
spec.bgpInstances[].peers[].autoDiscovery     object    @v2:1.18-
spec.bgpInstances[].peers[].autoDiscovery.mode                          string  required enum=DefaultGateway
spec.bgpInstances[].peers[].autoDiscovery.defaultGateway                object
spec.bgpInstances[].peers[].autoDiscovery.defaultGateway.addressFamily  string  required enum=ipv4|ipv6
spec.bgpInstances[].peers[].localAddress      string    pattern=ip-address
spec.bgpInstances[].peers[].peerConfigRef     object
spec.bgpInstances[].peers[].peerConfigRef.group  string  @v2alpha1 default=cilium.io
spec.bgpInstances[].peers[].peerConfigRef.kind   string  @v2alpha1 default=CiliumBGPPeerConfig
spec.bgpInstances[].peers[].peerConfigRef.name   string  required
status                                        object    required@1.15
status.bgpInstances                           object[]  required@1.15 key=name
status.bgpInstances[].name                    string    required
status.bgpInstances[].localASN                integer   format=int64
status.bgpInstances[].peers                   object[]  key=name
status.bgpInstances[].peers[].name            string    required
status.bgpInstances[].peers[].peerAddress     string    required
status.bgpInstances[].peers[].peerASN         integer   format=int64
status.bgpInstances[].peers[].peeringState    string
    # State of the session: established, or how far it got.
status.bgpInstances[].peers[].timers          object
status.bgpInstances[].peers[].timers.appliedHoldTimeSeconds   integer  format=int32
status.bgpInstances[].peers[].timers.appliedKeepaliveSeconds  integer  format=int32
status.bgpInstances[].peers[].uptime            string    @-1.16 use=establishedTime
status.bgpInstances[].peers[].routesReceived    integer   @-1.16 format=int32
    use=routeCount
status.bgpInstances[].peers[].routesAdvertised  integer   @-1.16 format=int32
    use=routeCount
status.bgpInstances[].peers[].establishedTime   string    @1.16-
status.bgpInstances[].peers[].routeCount        object[]  @1.16-
status.bgpInstances[].peers[].routeCount[].afi         afi      required
status.bgpInstances[].peers[].routeCount[].safi        safi     required
status.bgpInstances[].peers[].routeCount[].received    integer  format=int32
status.bgpInstances[].peers[].routeCount[].advertised  integer  format=int32
status.conditions                             conditions  @1.18-
"""
