"""CiliumLoadBalancerIPPool: addresses for Services of type LoadBalancer.

``spec.cidrs`` went in 1.16 (cilium/cilium #28590); an absent ``allowFirstLastIPs`` means No up to 1.15 and Yes since
1.16 (#34227). None of the fields of a block is required, nor is their order checked: the operator decides.
"""

TABLE = r"""
metadata                metadata  required
spec                    object    required@1.17-
    # The addresses and who may have them.
spec.blocks             object[]
    # The ranges of the pool.
spec.cidrs              object[]  @-1.15 use=blocks
    # The ranges of the pool, as they were named before spec.blocks.
spec.cidrs[].cidr       string    format=cidr
    # A network.
spec.cidrs[].start      string
    # First address of a range.
spec.cidrs[].stop       string
    # Last address of a range, itself included.
spec.blocks[].cidr      string    format=cidr
    # A network. Cilium masks host bits off, and ignores start and stop beside it.
spec.blocks[].start     string    mistaken=min,from,first,begin
    # First address of a range; alone it is the only one.
spec.blocks[].stop      string    mistaken=max,end,to,last
    # Last address of a range, itself included.
spec.serviceSelector    selector  mistaken=selector
    # The Services that may have an address of this pool: their labels, and io.kubernetes.service.name and .namespace.
    # Absent or empty, every Service may.
spec.allowFirstLastIPs  string    enum=Yes|No
    # Whether the first and last address of each network are given out; ranges never lose theirs. Absent: Yes, up to
    # 1.15 No.
spec.disabled           boolean   default=false
    # Gives out no new addresses; those given out stay.
status                  object
status.conditions       conditions
"""
