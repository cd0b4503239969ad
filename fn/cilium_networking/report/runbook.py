"""A migration's runbook on paper: the page that tells each step and why, and the script that goes through them.

Both are printed from the same steps, so that what the page shows is what the script does. The script asks before each
step, notes which are done, and can be stopped at any point, taken up again, and gone back through.
"""

from __future__ import annotations

import textwrap
from typing import Final

from .. import __version__
from ..handover.runbook import Runbook, Step

_WIDTH: Final = 110

_SCRIPT_HEAD: Final = r"""#!/usr/bin/env bash
# Hands the objects below over to kpt, without taking an address from a Service. RUNBOOK.md tells each step.
#
#   ./runbook.sh           go on from where it stands, and ask before each step (--one: only the next one)
#   ./runbook.sh undo      take the last step back (--all: one after the other, all of them)
#   ./runbook.sh status    say which steps are done
#   --yes                  do not ask
#
# Made by cilium-networking {version}. It changes nothing but by the commands that it shows.
set -euo pipefail
ME=$(basename -- "$0")
CDPATH='' cd -- "$(dirname -- "$0")"
"""

_SCRIPT_END: Final = r"""
usage() { sed -n '4,7s/^# *//p' "$ME" >&2; exit 2; }

done_steps() { if test -f "$STATE/done"; then wc -l <"$STATE/done"; else echo 0; fi; }

# Another cluster than that of the first step is a mistake.
same_cluster() {
    test ! -s "$STATE/cluster" || test "$(cluster)" = "$(cat "$STATE/cluster")" || fail 'this is another cluster'
}

ask() {
    if test "$YES" = true; then return; fi
    local answer
    read -r -p "$1 [y/N] " answer || fail 'there is nobody to ask; --yes goes on without' || return
    case $answer in y | Y | yes) ;; *) fail 'not done' ;; esac
}

tell() {
    local n=$1
    printf '\n%s. %s\n\n' "$n" "${TITLES[n - 1]}"
    declare -f "step_${n}_$2" | sed '1,2d;$d;s/ || return;\{0,1\}$//;s/^    /  /'
    printf '\n'
}

# One at a time: two would count the same step twice.
alone() {
    mkdir -p "$STATE"
    mkdir "$STATE/lock" 2>/dev/null || fail "another one runs; if that is not so, remove $STATE/lock" || exit 1
    trap 'rmdir "$STATE/lock"' EXIT
}

forward() {
    local n
    alone
    test ! -f "$STATE/undoing" || fail "step $(cat "$STATE/undoing") is taken back by half: undo first" || exit 1
    while n=$(($(done_steps) + 1)); test "$n" -le "${#TITLES[@]}"; do
        same_cluster || exit 1
        tell "$n" 'do'
        "step_${n}_before" || exit 1
        ask 'Do it?' || exit 1
        echo "$n" >"$STATE/begun"
        "step_${n}_do" || exit 1
        "step_${n}_after" || exit 1
        printf '%s\n' "${TITLES[n - 1]}" >>"$STATE/done"
        rm -f "$STATE/begun"
        if test "$ONE" = true; then return; fi
    done
    printf '\nall steps are done\n'
}

# A step that was begun and did not end is the first to be taken back.
backward() {
    local n
    alone
    while n=$(if test -f "$STATE/begun"; then cat "$STATE/begun"; else done_steps; fi); test "$n" -gt 0; do
        same_cluster || exit 1
        tell "$n" undo
        ask 'Take it back?' || exit 1
        echo "$n" >"$STATE/undoing"
        "step_${n}_undo" || exit 1
        rm "$STATE/undoing"
        if test -f "$STATE/begun"; then rm "$STATE/begun"; else sed -i '$d' "$STATE/done"; fi
        if test "$ALL" != true; then return; fi
    done
    printf 'no step is done\n'
}

status() {
    local n
    for n in $(seq "${#TITLES[@]}"); do
        if test "$n" -le "$(done_steps)"; then printf 'done'; else printf '    '; fi
        printf ' %s. %s\n' "$n" "${TITLES[n - 1]}"
    done
    if test -f "$STATE/begun"; then printf 'begun, and not ended: %s\n' "$(cat "$STATE/begun")"; fi
}

WORD=run YES=false ALL=false ONE=false
for word in "$@"; do
    case $word in
    run | undo | status) WORD=$word ;;
    --yes) YES=true ;;
    --all) ALL=true ;;
    --one) ONE=true ;;
    *) usage ;;
    esac
done
case $WORD in run) forward ;; undo) backward ;; status) status ;; esac
"""


def script(runbook: Runbook) -> str:
    """``runbook.sh``, for bash."""
    parts = [_SCRIPT_HEAD.format(version=__version__)]
    parts.append(f"OBJECTS='{' '.join(runbook.objects)}'")
    parts.append(runbook.functions + "\n")
    titles = "\n".join(f"    {_quoted(step.title)}" for step in runbook.steps)
    parts.append(f"TITLES=(\n{titles}\n)\n")
    for number, step in enumerate(runbook.steps, 1):
        hand = (f"echo {_quoted(step.by_hand.replace('`', ''))}",) if step.by_hand else ()
        for word, lines in (
            ("before", step.before),
            ("do", (*step.do, *hand)),
            ("after", step.after),
            ("undo", step.undo),
        ):
            parts.append(f"step_{number}_{word}() {{\n{_body(lines)}}}")
    return "\n".join(parts) + "\n" + _SCRIPT_END


def _body(lines: tuple[str, ...]) -> str:
    return "".join(f"    {line} || return\n" for line in lines) or "    :\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def page(runbook: Runbook) -> str:
    """``RUNBOOK.md``: the same steps, for whoever wants to know, or to do them by hand."""
    parts = [
        "# The order of steps",
        _filled(
            "`./runbook.sh` goes through these steps, asks before each, and notes which are done: it can be stopped "
            "and taken up again. `./runbook.sh undo` takes the last one back. All of it can be done by hand as well. "
            "It needs bash, kubectl and kpt, a kubeconfig for the cluster, and a way to run a command as root on every "
            "server: `ssh` and `sudo`, unless `SERVER_COMMAND`, `SUDO` and `SERVERS` say otherwise."
        ),
        "## Never\n\n" + "\n".join(_item(f"**{what}.** {why}") for what, why in runbook.never),
        "## By hand: first of all\n\nThe lines of the steps use these.\n\n"
        + _block(f"OBJECTS='{' '.join(runbook.objects)}'\n{runbook.functions}"),
    ]
    parts += [_step(number, step) for number, step in enumerate(runbook.steps, 1)]
    return "\n\n".join(parts) + "\n"


def _step(number: int, step: Step) -> str:
    parts = [f"## {number}. {step.title}", _filled(step.why)]
    if step.by_hand:
        parts.append(_filled(step.by_hand))
    for words, lines in (
        ("Before it, this has to hold:", step.before),
        ("Do:", step.do),
        ("After it, this has to hold:", step.after),
        ("To take it back:", step.undo),
    ):
        if lines:
            parts.append(f"{words}\n\n" + _block("\n".join(lines)))
    return "\n\n".join(parts)


def _block(text: str) -> str:
    return f"```sh\n{text}\n```"


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _item(text: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
