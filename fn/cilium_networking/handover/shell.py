"""The shell that a runbook's steps are written in: functions for servers, objects and addresses.

They use nothing but what every server and every administrator has: sh, awk and grep there, bash and kubectl here.
Wrong is said with what to do, and the step stops.
"""

from __future__ import annotations

from typing import Final

#: What each line of a step may call. The variables may be set from outside.
PRELUDE: Final = r"""
STATE=.runbook
# How a command reaches a server, and by what it becomes root there; which servers there are.
SERVER_COMMAND=${SERVER_COMMAND:-ssh}
SUDO=${SUDO-sudo}
SERVER_LABEL=node-role.kubernetes.io/control-plane
SERVERS=${SERVERS:-$(kubectl get nodes -l $SERVER_LABEL -o 'jsonpath={.items[*].metadata.name}')}
# Seconds in which RKE2 has surely looked at its files; it does so every 15.
PASS=${PASS:-20}

fail() { printf 'stopped: %s\n' "$*" >&2; return 1; }

# One command on one server; and on each of them.
on() { $SERVER_COMMAND "$1" "$SUDO sh -c '${2//\'/\'\\\'\'}'" </dev/null; }
on_servers() { local server; for server in $SERVERS; do on "$server" "$1" || return; done; }

# Which Service of type LoadBalancer has which addresses, a line each.
addresses() {
    local line='{.metadata.namespace}/{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\n"}'
    kubectl get services --all-namespaces \
        -o "jsonpath={range .items[?(@.spec.type=='LoadBalancer')]}$line{end}" | sort
}
same_addresses() { addresses | diff "$STATE/addresses" - || fail 'the addresses of Services are not what they were'; }

# How many of the objects have a label or annotation; whether all of them do.
marked() { kubectl get $OBJECTS -o json | grep -c "\"$1\":" || true; }
all_marked() { test "$(marked "$1")" -eq "$(wc -w <<<"$OBJECTS")"; }

# A check that is tried until it holds, for a minute.
until_it_holds() {
    local n
    for n in $(seq 30); do if "$@" >/dev/null 2>&1; then return; fi; sleep 2; done
    fail "does not hold: $*"
}

# RKE2 applies a file again, and marks its objects as its own, when what it noted of the file is gone.
apply_again() {
    if kubectl -n kube-system get addons.k3s.cattle.io "$2" >/dev/null 2>&1; then
        kubectl -n kube-system patch addons.k3s.cattle.io "$2" --type merge -p '{"spec":{"checksum":""}}' || return
    fi
    on_servers "touch $1"
}
""".strip("\n")

#: For files on servers: what is in one beside the objects that move.
FILES: Final = r"""
# keep_rest FILE COPY "KIND/NAME ...": a copy of a manifest on each server without these objects; all of them must be
# in it.
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
keep_rest() {
    on_servers "awk -v gone='$3' '$WITHOUT' $1 >$1.kept && mv $1.kept $2" ||
        fail "$1 is not a plain list of documents with each of $3: write $2 by hand, with what is to stay"
}

# holds_only FILE "KIND/NAME ...": whether the file has these objects, and no others, on each server.
holds_only() {
    on_servers "rest=\$(awk -v gone='$2' '$WITHOUT' $1) && ! printf '%s\n' \"\$rest\" | grep -q '^kind:'" ||
        fail "$1 holds something else than $2: give \`migrate\` the file as it is on the server"
}
""".strip("\n")
