"""CiliumCIDRGroup: networks under one name, for network policies."""

TABLE = r"""
metadata              metadata
spec                  object    required
    # The networks.
spec.externalCIDRs    string[]  required items=0..
    # Networks outside the cluster.
spec.externalCIDRs[]  string    pattern=network-of-1.15@1.15 format=cidr@1.16-
"""
