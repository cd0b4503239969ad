"""CiliumBGPAdvertisement: what is announced, for peer configs to select by label.

In 1.16 CiliumLoadBalancerIP became Service with its addresses, ``community`` became ``communities``, and an absent
selector went from all to none. Aggregation and the rules came in 1.18, interfaces in 1.19 and v2 only.
"""

TABLE = r"""
metadata                                  metadata  required
spec                                      object    required
    # What is announced.
spec.advertisements                       object[]  required items=1..@1.15
    # What is announced; each entry by itself.
spec.advertisements[]                     object    rule=service-needed@1.18- rule=service-refused@v2:1.19-
    rule=interface-needed@v2:1.19- rule=interface-refused@v2:1.19- rule=selector-refused@1.18-
spec.advertisements[].advertisementType   string    required enum=PodCIDR|CiliumPodIPPool
    enum=CiliumLoadBalancerIP@1.15 enum=Service@1.16- enum=Interface@v2:1.19- renamed=CiliumLoadBalancerIP:Service
    # Which addresses: of pods, of pod pools, of Services, of an interface.
spec.advertisements[].service             object    @1.16-
    # For the type Service.
spec.advertisements[].service.addresses   string[]  required@1.17- items=1..
    # Which addresses of the Services.
spec.advertisements[].service.addresses[]  string   enum=LoadBalancerIP|ClusterIP|ExternalIP
spec.advertisements[].service.aggregationLengthIPv4  integer  0..31 @1.18-
    # Announces the network of this length instead of the address.
spec.advertisements[].service.aggregationLengthIPv6  integer  0..127 @1.18-
    # Announces the network of this length instead of the address.
spec.advertisements[].interface           object    @v2:1.19-
    # For the type Interface.
spec.advertisements[].interface.name      string    required
    # Name of the interface on the nodes; its addresses are announced one by one.
spec.advertisements[].selector            selector  mistaken=serviceSelector,serviceSelectors
    # The Services or pod pools. Absent: none (up to 1.15 all); empty: all.
spec.advertisements[].attributes          object
    # What the routes carry.
spec.advertisements[].attributes.community       communities  @1.15 use=communities
spec.advertisements[].attributes.communities     communities  @1.16-
spec.advertisements[].attributes.localPreference integer  format=int64 mistaken=localPref
    # Preference of the routes inside the AS; only for iBGP.
"""
