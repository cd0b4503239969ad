"""CiliumBGPPeerConfig: timers, transport, password and address families that peers share.

``transport.localPort`` was deprecated in 1.17 and lost its default there (back-ported to 1.16.5); v2 never had it.
The rule on the two timers came in 1.18, ``transport.sourceInterface`` in 1.19.
"""

TABLE = r"""
metadata                            metadata  required
spec                                object    required
    # How a session with a peer is run.
spec.transport                      object
    # The TCP connection.
spec.transport.localPort            integer   @v2alpha1 1..65535 default=179@-1.16 format=int32 deprecated@1.17-
    use=CiliumBGPClusterConfig.spec.bgpInstances[].localPort
    # Port to listen on; in its place stands localPort of the BGP instance.
spec.transport.peerPort             integer   1..65535 default=179 format=int32
    # The peer's port.
spec.transport.sourceInterface      string    @v2:1.19-
    # Connects from this interface, which has to carry exactly one usable address of the peer's family.
spec.timers                         object    rule=keepalive-within-hold@1.18-
    # Timers of the session.
spec.timers.connectRetryTimeSeconds integer   1..2147483647 default=120 format=int32
    # Wait between attempts to connect.
spec.timers.holdTimeSeconds         integer   3..65535 default=90 format=int32
    # A peer that says nothing for so long is down.
spec.timers.keepAliveTimeSeconds    integer   1..65535 default=30 format=int32
    # How often keepalives are sent; a third of the hold time is usual.
spec.authSecretRef                  string    mistaken=authSecret,passwordSecret
    # Name of the Secret with the key password, in the namespace that Cilium reads BGP secrets from.
spec.gracefulRestart                graceful-restart
spec.ebgpMultihop                   integer   1..255 default=1 format=int32 mistaken=eBGPMultihopTTL
    # TTL of the packets to an eBGP peer; above 1 for one that is not on the nodes' own network.
spec.families                       object[]
    # Address families of the session. Without any, nothing is announced.
spec.families[].afi                 afi       required
spec.families[].safi                safi      required
spec.families[].advertisements      selector
    # The CiliumBGPAdvertisements that are sent, by their labels. Absent: none; empty: all.
status                              object    @1.17-
status.conditions                   conditions
"""
