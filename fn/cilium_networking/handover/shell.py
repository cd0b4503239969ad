"""The shell that a runbook's steps are written in: functions for servers, objects, addresses and sessions.

They use nothing but what every server and every administrator has: sh, awk and grep there, bash and kubectl here.
Wrong is said with what to do, and the step stops; a command that fails is never taken for an answer.
"""

from __future__ import annotations

from typing import Final

#: What each line of a step may call. The variables may be set from outside.
PRELUDE: Final = r"""
STATE=.runbook
# How a command reaches a server, and by what it becomes root there.
SERVER_COMMAND=${SERVER_COMMAND:-ssh}
SUDO=${SUDO-sudo}
# Seconds in which RKE2 has surely looked at its files; it does so every 15.
PASS=${PASS:-20}

fail() { printf 'stopped: %s\n' "$*" >&2; return 1; }

# The servers: SERVERS, else those of the first step, else those that the cluster knows.
servers() {
    if test -n "${SERVERS:-}"; then echo "$SERVERS"; return; fi
    if test -s "$STATE/servers"; then cat "$STATE/servers"; return; fi
    known_servers
}
known_servers() {
    kubectl get nodes -l node-role.kubernetes.io/control-plane -o 'jsonpath={.items[*].metadata.name}'
}

# A server that is none of them would keep the file, and take the objects back.
servers_are_all() {
    local all node
    all=" $(servers) " || return
    for node in $(known_servers); do
        case $all in *" $node "*) ;; *) fail "$node is a server too: name all of them in SERVERS" || return ;; esac
    done
}

# One command on one server; and on each of them.
on() {
    local quote="'\\''"
    $SERVER_COMMAND "$1" "$SUDO sh -c '${2//\'/$quote}'" </dev/null
}
on_servers() {
    local all server
    all=$(servers) || return
    test -n "${all// /}" || fail 'there is no server: name them in SERVERS' || return
    for server in $all; do on "$server" "$1" || return; done
}

# Which cluster this is, whatever the kubeconfig calls it.
cluster() { kubectl get namespace kube-system -o 'jsonpath={.metadata.uid}'; }

# Which Service of type LoadBalancer has which addresses, a line each.
addresses() {
    local line='{.metadata.namespace}/{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\n"}'
    kubectl get services --all-namespaces \
        -o "jsonpath={range .items[?(@.spec.type=='LoadBalancer')]}$line{end}" | sort
}

# The objects with their identities: one that is deleted and made again has another.
identities() { kubectl get $OBJECTS -o 'jsonpath={.metadata.uid} {.items[*].metadata.uid}'; }

# The BGP sessions that are up, by node and peer, as Cilium's agents report them.
sessions() {
    local peers='{range .status.bgpInstances[*].peers[*]}{.name}={.peeringState} {end}'
    kubectl get ciliumbgpnodeconfigs.cilium.io 2>/dev/null \
        -o "jsonpath={range .items[*]}{.metadata.name} $peers{\"\n\"}{end}" |
        awk '{ for (i = 2; i <= NF; i++) if ($i ~ /=established$/) print $1 "/" $i }' | sort
}

# What was noted and is not so any more. A Service that is new or deleted since is nobody's loss.
changed() {
    local now
    now=$(addresses) || return
    awk 'NR == FNR { was[$1] = $0; next } ($1 in was) && was[$1] != $0 { print "was " was[$1] ", is " $0; wrong = 1 }
        END { exit wrong }' "$STATE/addresses" - <<<"$now"
}
sessions_up() { test -z "$(comm -23 "$STATE/sessions" <(sessions))"; }
nothing_lost() {
    changed || fail 'a Service has not the addresses that it had' || return
    test "$(identities)" = "$(cat "$STATE/identities")" || fail 'an object is gone, or was made anew' || return
    until_it_holds sessions_up
}

# What each object asks for, a line each; and back to that, whatever else is written on it meanwhile.
specs() {
    local object
    for object in $OBJECTS; do
        printf '%s ' "$object" && kubectl get "$object" -o 'jsonpath={.spec}{"\n"}' || return
    done
}
restore_specs() {
    local object spec
    while read -r object spec; do
        spec="[{\"op\": \"add\", \"path\": \"/spec\", \"value\": $spec}]"
        kubectl patch "$object" --type json -p "$spec" </dev/null || return
    done <"$STATE/specs"
}

# How many of the objects have a label or annotation; whether all of them do.
marked() {
    local found
    found=$(kubectl get $OBJECTS -o json) || return
    grep -c "\"$1\":" <<<"$found" || true
}
all_marked() { test "$(marked "$1")" -eq "$(wc -w <<<"$OBJECTS")"; }

# A check that is tried until it holds, for a minute.
until_it_holds() {
    local n
    for n in $(seq 30); do if "$@" >/dev/null 2>&1; then return; fi; sleep 2; done
    fail "does not hold: $*"
}

# All that kpt has in this package's inventory stays when the inventory goes, also what was added since.
keep_what_kpt_has() {
    local name kind group object namespace
    name=$(sed -n 's/^  name: //p' resourcegroup.yaml)
    kubectl -n kube-system get resourcegroups.kpt.dev "$name" \
        -o 'jsonpath={range .spec.resources[*]}{.kind}|{.group}|{.name}|{.namespace}{"\n"}{end}' |
        while IFS='|' read -r kind group object namespace; do
            kubectl annotate --overwrite ${namespace:+-n "$namespace"} "$kind${group:+.$group}/$object" \
                cli-utils.sigs.k8s.io/on-remove=keep </dev/null || exit
        done
}
""".strip("\n")

#: For files on servers: what is in one beside the objects that move, and RKE2's notes of them.
ON_SERVERS: Final = r"""
# RKE2 applies a file again, and marks its objects as its own, when what it noted of the file is gone.
apply_again() {
    if kubectl -n kube-system get addons.k3s.cattle.io "$2" >/dev/null 2>&1; then
        kubectl -n kube-system patch addons.k3s.cattle.io "$2" --type merge -p '{"spec":{"checksum":""}}' || return
    fi
    # Where it is not there it must not come to be: an empty file deletes what the AddOn has.
    on_servers "touch -c $1"
}

# Whether a server has the file; not all of them need to.
somewhere() {
    local server
    for server in $(servers); do if on "$server" "test -f $1"; then return; fi; done
    return 1
}

# A manifest without the documents that `gone` names; wrong if one of them is not seen.
WITHOUT='
BEGIN { n = split(gone, each, " "); for (i = 1; i <= n; i++) drop[each[i]] = 1 }
function plain(s) { sub(/^[^:]*:[ \t]*/, "", s); sub(/[ \t]+#.*$/, "", s); gsub(/["\047\r]/, "", s); return s }
function finish() {
    if ((kind "/" name) in drop) found++
    else if (text != "") { if (some) print "---"; printf "%s", text; some = 1 }
    text = kind = name = ""; meta = 0
}
/^---/ { finish(); next }
/^kind:/ { kind = plain($0) }
/^[^ \t#]/ { meta = ($0 ~ /^metadata:/); deep = 0 }
meta && match($0, /^ +[^ #]/) { if (!deep) deep = RLENGTH; if (deep == RLENGTH && /^ +name:/) name = plain($0) }
{ text = text $0 "\n" }
END { finish(); exit found != n }'

# keep_rest FILE COPY "KIND/NAME ...": a copy of the manifest, on each server that has it, without these objects; all of
# them must be in it.
keep_rest() {
    on_servers "test ! -f $1 || { cp -p $1 $1.kept && awk -v gone='$3' '$WITHOUT' $1 >$1.kept && mv $1.kept $2; }" ||
        fail "$1 is not a plain list of documents with each of $3: write $2 by hand, with what is to stay"
}

# holds_only FILE SUM "KIND/NAME ...": whether the file is the one of the source, or has these objects and no others.
holds_only() {
    local others="grep -v '^#' | grep -q '[^ -]'"
    on_servers "test ! -f $1 || sha256sum $1 | grep -q ^$2 || { rest=\$(awk -v gone='$3' '$WITHOUT' $1) &&
        ! printf '%s\\n' \"\$rest\" | $others; }" ||
        fail "$1 is not as the source has it, and not seen to hold just $3: give \`migrate\` the file of the server"
}
""".strip("\n")
