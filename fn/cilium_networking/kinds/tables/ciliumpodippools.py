"""CiliumPodIPPool: addresses for pods, where IPAM is multi-pool. The selectors came in 1.19."""

TABLE = r"""
metadata                metadata
spec                    object    required
    # The networks of the pool.
spec.ipv4               object
    # IPv4 networks.
spec.ipv4.cidrs         string[]  required items=1..
    # The networks that nodes get shares of.
spec.ipv4.cidrs[]       string    format=cidr
spec.ipv4.maskSize      integer   required 1..32
    # Length of a node's share.
spec.ipv6               object
    # IPv6 networks.
spec.ipv6.cidrs         string[]  required items=1..
    # The networks that nodes get shares of.
spec.ipv6.cidrs[]       string    format=cidr
spec.ipv6.maskSize      integer   required 1..128
    # Length of a node's share.
spec.podSelector        selector  @1.19-
    # The pods that take their address from here without asking.
spec.namespaceSelector  selector  @1.19-
    # The namespaces whose pods take their address from here without asking.
"""
