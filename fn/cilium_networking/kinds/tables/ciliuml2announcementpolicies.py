"""CiliumL2AnnouncementPolicy: which nodes answer ARP and NDP for which Services. The same in every release."""

TABLE = r"""
metadata              metadata  required
spec                  object
    # Which Services are announced, by which nodes, on which interfaces.
spec.serviceSelector  selector
    # The Services that are announced. Absent or empty: all.
spec.nodeSelector     selector  mistaken=nodeSelectors
    # The nodes that may announce, by the labels of their CiliumNode. Absent or empty: all.
spec.interfaces       string[]  mistaken=interface
    # Regular expressions (RE2) for interface names; not anchored, so write ^eth0$. Absent or empty: all of Cilium's
    # devices.
spec.externalIPs      boolean   mistaken=externalIps
    # Announces spec.externalIPs of the Services. Absent: no.
spec.loadBalancerIPs  boolean   mistaken=loadBalancerIps
    # Announces the addresses that a load balancer gave the Services. Absent: no.
status                object
status.conditions     conditions
"""
