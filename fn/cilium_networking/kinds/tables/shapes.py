"""What several kinds share: selectors, conditions, address families, communities, an object's metadata.

Sources: Kubernetes meta/v1 (ObjectMeta, Condition), Cilium's slim meta/v1 (LabelSelector) and bgp_types.go. The CRDs
say nothing about ``metadata``; the API server knows it all the same and refuses a field it does not know.
"""

TABLE = r"""
selector                              object
    # Which objects: every label and every expression has to match. Absent is not the same as empty.
selector.matchLabels                  label-value{}
    # Labels that the object has, with exactly these values.
selector.matchExpressions             object[]
    # Conditions on labels, all of which hold.
selector.matchExpressions[].key       string  required
    # The label.
selector.matchExpressions[].operator  string  required enum=In|NotIn|Exists|DoesNotExist
    # How the label's value is compared.
selector.matchExpressions[].values    string[]
    # The values of In and NotIn; none for Exists and DoesNotExist.
label-value                           string  len=..63 pattern=label-value

conditions                            object[]  key=type
    # What Cilium found out about the object; written by Cilium.
conditions[].type                     string   required len=..316 pattern=condition-type
conditions[].status                   string   required enum=True|False|Unknown
conditions[].reason                   string   required len=1..1024 pattern=condition-reason
conditions[].message                  string   required len=..32768
conditions[].lastTransitionTime       string   required format=date-time
conditions[].observedGeneration       integer  0.. format=int64

afi   string  enum=ipv4|ipv6|l2vpn|ls|opaque
    # Address family; only ipv4 and ipv6 do anything.
safi  string  enum=unicast|multicast|mpls_label|encapsulation|vpls|evpn|ls|sr_policy|mup
    enum=mpls_vpn|mpls_vpn_multicast|route_target_constraints|flowspec_unicast|flowspec_vpn|key_value
    # Subsequent address family; only unicast does anything.

communities                object
    # BGP communities that the routes carry.
communities.standard       string[]
communities.standard[]     string  pattern=community
    # A 32-bit number, or two 16-bit ones as 65000:100.
communities.wellKnown      string[]  @1.16-
communities.wellKnown[]    string  enum=internet|planned-shut|accept-own|route-filter-translated-v4|route-filter-v4
    enum=route-filter-translated-v6|route-filter-v6|llgr-stale|no-llgr|blackhole|no-export|no-advertise
    enum=no-export-subconfed|no-peer
    # A community by its registered name.
communities.large          string[]
communities.large[]        string  pattern=large-community
    # Three 32-bit numbers as 64512:100:50 (RFC 8092).

graceful-restart                     object
    # Keeps the routes at the peer while the agent restarts.
graceful-restart.enabled             boolean  required
    # Whether graceful restart is offered to the peer.
graceful-restart.restartTimeSeconds  integer  1..4095 default=120 format=int32
    # How long the peer keeps the routes; longer than an agent takes to restart.

metadata                             object
    # Name, labels and annotations of the object.
metadata.name                        string
metadata.generateName                string
metadata.namespace                   string
metadata.labels                      string{}
metadata.annotations                 string{}
metadata.finalizers                  string[]
metadata.ownerReferences             object[]  key=uid
metadata.ownerReferences[].apiVersion          string   required
metadata.ownerReferences[].kind                string   required
metadata.ownerReferences[].name                string   required
metadata.ownerReferences[].uid                 string   required
metadata.ownerReferences[].controller          boolean
metadata.ownerReferences[].blockOwnerDeletion  boolean
metadata.uid                         string
metadata.resourceVersion             string
metadata.generation                  integer  format=int64
metadata.creationTimestamp           string   format=date-time
metadata.deletionTimestamp           string   format=date-time
metadata.deletionGracePeriodSeconds  integer  format=int64
metadata.selfLink                    string
metadata.managedFields               any[]
"""
