"""CiliumBGPNodeConfigOverride: what one node does differently; the object is named as the node.

``spec.nodeRef`` went in 1.16, when the name took its place. ``peers[].localPort`` is in the schema and without effect.
"""

TABLE = r"""
metadata                                  metadata  required
spec                                      object    required
    # What is different on the node of this name.
spec.nodeRef                              string    @1.15 required use=metadata.name
    # The node.
spec.bgpInstances                         object[]  required items=1.. key=name
    # Instances of the cluster config, by name.
spec.bgpInstances[].name                  string    required len=1..255
    # Name of the instance in the cluster config.
spec.bgpInstances[].routerID              string    format=ipv4 mistaken=routerId
    # Router ID in place of the node's IPv4 address; unique.
spec.bgpInstances[].localPort             integer   format=int32
    # Port to listen on.
spec.bgpInstances[].localASN              integer   1..4294967295 format=int64 @1.18-
    # AS number in place of the instance's.
spec.bgpInstances[].peers                 object[]  key=name
    # Peers of the instance, by name.
spec.bgpInstances[].peers[].name          string    required len=1..255
    # Name of the peer in the cluster config.
spec.bgpInstances[].peers[].localAddress  string    pattern=ip-address
    # Address to connect from.
spec.bgpInstances[].peers[].localPort     integer   format=int32
    # Without effect: the operator does not read it.
"""
