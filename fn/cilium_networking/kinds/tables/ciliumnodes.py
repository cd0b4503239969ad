"""CiliumNode: what Cilium knows of a node. The agent and the operator write it; not for packages.

Here for reading a live cluster. The clouds' parts are told as the CRDs tell them and mean nothing on bare metal.
1.17 to 1.19 are as on main at the time, not release by release.
"""

TABLE = r"""
metadata                                                         metadata  required
spec                                                             object    required
spec.addresses                                                   object[]
spec.addresses[].ip                                              string
spec.addresses[].type                                            string
spec.alibaba-cloud                                               object
spec.alibaba-cloud.availability-zone                             string
spec.alibaba-cloud.cidr-block                                    string    format=cidr@1.20-
spec.alibaba-cloud.instance-type                                 string
spec.alibaba-cloud.security-group-tags                           string{}
spec.alibaba-cloud.security-groups                               string[]
spec.alibaba-cloud.vpc-id                                        string
spec.alibaba-cloud.vswitch-tags                                  string{}
spec.alibaba-cloud.vswitches                                     string[]
spec.azure                                                       object
spec.azure.interface-name                                        string
spec.bootid                                                      string
spec.encryption                                                  object
spec.encryption.key                                              integer
spec.eni                                                         object
spec.eni.availability-zone                                       string
spec.eni.delete-on-termination                                   boolean
spec.eni.disable-prefix-delegation                               boolean
spec.eni.exclude-interface-tags                                  string{}
spec.eni.first-interface-index                                   integer   0..
spec.eni.instance-id                                             string    @-1.19
spec.eni.instance-type                                           string
spec.eni.max-above-watermark                                     integer   0.. @-1.19
spec.eni.min-allocate                                            integer   0.. @-1.19
spec.eni.node-subnet-id                                          string
spec.eni.pre-allocate                                            integer   0.. @-1.19
spec.eni.security-group-tags                                     string{}
spec.eni.security-groups                                         string[]
spec.eni.subnet-ids                                              string[]
spec.eni.subnet-tags                                             string{}
spec.eni.use-primary-address                                     boolean
spec.eni.vpc-id                                                  string
spec.health                                                      object
spec.health.ipv4                                                 string
spec.health.ipv6                                                 string
spec.ingress                                                     object
spec.ingress.ipv4                                                string
spec.ingress.ipv6                                                string
spec.instance-id                                                 string
spec.ipam                                                        object
spec.ipam.max-above-watermark                                    integer   0..
spec.ipam.max-allocate                                           integer   0..
spec.ipam.min-allocate                                           integer   0..
spec.ipam.podCIDRs                                               string[]
spec.ipam.pool                                                   object{}
spec.ipam.pool{}.owner                                           string
spec.ipam.pool{}.resource                                        string
spec.ipam.pools                                                  object
spec.ipam.pools.allocated                                        object[]
spec.ipam.pools.allocated[].cidrs                                string[]
spec.ipam.pools.allocated[].cidrs[]                              string    format=cidr
spec.ipam.pools.allocated[].pool                                 string    required len=1..
spec.ipam.pools.requested                                        object[]
spec.ipam.pools.requested[].needed                               object
spec.ipam.pools.requested[].needed.ipv4-addrs                    integer
spec.ipam.pools.requested[].needed.ipv6-addrs                    integer
spec.ipam.pools.requested[].pool                                 string    required len=1..
spec.ipam.pre-allocate                                           integer   0..
spec.nodeidentity                                                integer   format=int64 @-1.19
status                                                           object
status.alibaba-cloud                                             object
status.alibaba-cloud.enis                                        object{}
status.alibaba-cloud.enis{}.instance-id                          string
status.alibaba-cloud.enis{}.mac-address                          string
status.alibaba-cloud.enis{}.network-interface-id                 string
status.alibaba-cloud.enis{}.primary-ip-address                   string
status.alibaba-cloud.enis{}.private-ipsets                       object[]
status.alibaba-cloud.enis{}.private-ipsets[].primary             boolean
status.alibaba-cloud.enis{}.private-ipsets[].private-ip-address  string
status.alibaba-cloud.enis{}.security-groupids                    string[]
status.alibaba-cloud.enis{}.tags                                 string{}
status.alibaba-cloud.enis{}.type                                 string
status.alibaba-cloud.enis{}.vpc                                  object
status.alibaba-cloud.enis{}.vpc.cidr                             string    format=cidr@1.20-
status.alibaba-cloud.enis{}.vpc.ipv6-cidr                        string    format=cidr@1.20-
status.alibaba-cloud.enis{}.vpc.secondary-cidrs                  string[]
status.alibaba-cloud.enis{}.vpc.secondary-cidrs[]                string    format=cidr @1.20-
status.alibaba-cloud.enis{}.vpc.vpc-id                           string
status.alibaba-cloud.enis{}.vswitch                              object
status.alibaba-cloud.enis{}.vswitch.cidr                         string    format=cidr@1.20-
status.alibaba-cloud.enis{}.vswitch.ipv6-cidr                    string    format=cidr@1.20-
status.alibaba-cloud.enis{}.vswitch.vswitch-id                   string
status.alibaba-cloud.enis{}.zone-id                              string
status.azure                                                     object
status.azure.interfaces                                          object[]
status.azure.interfaces[].GatewayIP                              string    @-1.19
status.azure.interfaces[].addresses                              object[]
status.azure.interfaces[].addresses[].ip                         string
status.azure.interfaces[].addresses[].state                      string
status.azure.interfaces[].addresses[].subnet                     string
status.azure.interfaces[].cidr                                   string    format=cidr@1.20-
status.azure.interfaces[].gateway                                string
status.azure.interfaces[].id                                     string
status.azure.interfaces[].mac                                    string
status.azure.interfaces[].name                                   string
status.azure.interfaces[].security-group                         string
status.azure.interfaces[].state                                  string
status.eni                                                       object
status.eni.enis                                                  object{}
status.eni.enis{}.addresses                                      string[]
status.eni.enis{}.availability-zone                              string
status.eni.enis{}.description                                    string
status.eni.enis{}.id                                             string
status.eni.enis{}.ip                                             string
status.eni.enis{}.mac                                            string
status.eni.enis{}.number                                         integer
status.eni.enis{}.prefixes                                       string[]
status.eni.enis{}.security-groups                                string[]
status.eni.enis{}.subnet                                         object
status.eni.enis{}.subnet.cidr                                    string
status.eni.enis{}.subnet.id                                      string
status.eni.enis{}.tags                                           string{}
status.eni.enis{}.vpc                                            object
status.eni.enis{}.vpc.cidrs                                      string[]
status.eni.enis{}.vpc.id                                         string
status.eni.enis{}.vpc.primary-cidr                               string
status.ipam                                                      object
status.ipam.operator-status                                      object
status.ipam.operator-status.error                                string
status.ipam.pod-cidrs                                            object{}
status.ipam.pod-cidrs{}.status                                   string    enum=released|depleted|in-use
status.ipam.release-ips                                          string{}
status.ipam.release-ips{}                                        string
    enum=marked-for-release|ready-for-release|do-not-release|released
status.ipam.used                                                 object{}
status.ipam.used{}.owner                                         string
status.ipam.used{}.resource                                      string
spec.ipam.ipv6-pool                                              object{}  @1.16-
spec.ipam.ipv6-pool{}.owner                                      string
spec.ipam.ipv6-pool{}.resource                                   string
status.ipam.ipv6-used                                            object{}  @1.16-
status.ipam.ipv6-used{}.owner                                    string
status.ipam.ipv6-used{}.resource                                 string
status.ipam.release-ipv6s                                        string{}  @1.16-
status.ipam.release-ipv6s{}                                      string    @1.16-
    enum=marked-for-release|ready-for-release|do-not-release|released
spec.ipam.static-ip-tags                                         string{}  @1.17-
status.eni.enis{}.public-ip                                      string    @1.17-
status.ipam.assigned-static-ip                                   string    @1.17-
status.azure.interfaces[].ip                                     string    @1.20-
status.azure.interfaces[].subnet                                 object    @1.20-
status.azure.interfaces[].subnet.cidr                            string    format=cidr
status.azure.interfaces[].subnet.id                              string
"""
