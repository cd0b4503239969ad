"""The order of steps by which objects change hands without anybody losing an address, written for one input.

A step is lines of shell: what has to hold before it, what it does, what has to hold after it, and what takes it back.
The page and the script are printed from the same steps (:mod:`..report.runbook`), with the functions that
:mod:`.shell` defines. A step is taken back only after those behind it.

What RKE2's deploy controller does to which object, and why this order, is in k3s' pkg/deploy/controller.go and
rancher/wrangler's pkg/apply: an object that leaves its file is deleted, a file that is skipped or gone deletes nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Final

from ..kinds import KINDS
from ..records import dataclass
from ..resources import Resource
from .shell import FILES, PRELUDE

#: What RKE2's deploy controller marks its objects with.
PACKAGED: Final = "objectset.rio.cattle.io"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``by_hand`` marks what only a person can do; its lines are then what there is to look at."""

    id: str
    title: str
    why: str
    before: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class ServerFile:
    """A file that RKE2 applies on its servers, and the objects that leave it; ``mixed`` where others stay in it."""

    path: str
    objects: tuple[str, ...]
    mixed: bool = False

    @property
    def addon(self) -> str:
        """The AddOn that RKE2 makes of it: its name up to the first dot."""
        return posixpath.basename(self.path).partition(".")[0]

    @property
    def kept(self) -> str:
        """Where the objects that stay go."""
        return posixpath.join(posixpath.dirname(self.path), f"{self.addon}-kept.yaml")


@dataclass(frozen=True, slots=True)
class Runbook:
    """The steps for one input, the variables that their lines use, and what must never be done."""

    #: The objects as kubectl takes them.
    objects: tuple[str, ...]
    steps: tuple[Step, ...]
    never: tuple[tuple[str, str], ...]
    #: Whether there are files on servers that the objects leave.
    on_servers: bool = False

    @property
    def functions(self) -> str:
        """What the lines of the steps call, as shell."""
        return f"{PRELUDE}\n\n{FILES}" if self.on_servers else PRELUDE


_NEVER: Final = (
    (
        "Empty the file on a server, or take objects out of it",
        "RKE2 deletes what is not in its file any more, at its next pass.",
    ),
    ("Put the file's name under `disable:`", "RKE2 deletes its objects first, and then the file."),
    (
        "Run `kpt live destroy` to go back",
        "It deletes the pools, and each Service loses its address. `undo` hands them back instead.",
    ),
    (
        "Rename a pool on the way",
        "A pool of another name is another pool: the old one is deleted, with all addresses that it gave.",
    ),
    (
        "Leave the entry in the user-data of new servers",
        "The next server that joins brings the file with it, and takes the objects over again.",
    ),
)


def write_runbook(
    moved: Sequence[Resource],
    made: Sequence[Resource],
    files: Sequence[ServerFile],
    rewritten: Sequence[tuple[str, str]],
) -> Runbook:
    """The steps for ``moved`` objects: from the servers' ``files``, from whatever else applies them, or both.

    ``made`` are the objects of the package, ``rewritten`` the sources with the files that take their place, empty for a
    source that goes. Names and paths in them have to be plain words: they become words of a shell.
    """
    names = sorted({one.file for one in made if one.file})
    steps = [_look(files, names), _compare(names), _protect(files)]
    mixed = [one for one in files if one.mixed]
    if mixed:
        steps.append(_keep(mixed))
    if files:
        steps += [_skip(files), _detach()]
    steps.append(_apply())
    if files:
        steps.append(_release(files))
    steps.append(_sources(rewritten))
    return Runbook(tuple(map(reference, moved)), tuple(steps), _NEVER, on_servers=bool(files))


def reference(resource: Resource) -> str:
    """An object as kubectl takes it: ``ciliumloadbalancerippools.cilium.io/lan``."""
    return f"{KINDS[resource.kind].plural}.{resource.identity[0]}/{resource.name}"


def _look(files: Sequence[ServerFile], names: Sequence[str]) -> Step:
    missing = "fail 'values are missing: write them into setters.yaml, and run `cilium-networking render .`'"
    before = [
        f"! sed 's/# kpt-set: .*//' {' '.join(names)} | grep '[$]{{' || {missing}",
        "kubectl get $OBJECTS -o name >/dev/null || fail 'not all of the objects are in this cluster'",
    ]
    for file in files:
        path = file.path
        before.append(f"on_servers 'test -f {path}' || fail 'a server has no {path}: set SERVERS to those that do'")
        if not file.mixed:
            before.append(f"holds_only {path} '{' '.join(file.objects)}'")
    if files:
        before.append(
            'test -z "$(kubectl -n kube-system get events --field-selector reason=ApplyManifestFailed -o name)" || '
            "fail 'RKE2 fails to apply a manifest, and applies all of them again until it can: mend that first'"
        )
    else:
        before.append(
            f'test "$(marked {PACKAGED}/hash)" -eq 0 || fail "RKE2 applies these from a file on its servers: give '
            '\\`migrate\\` what \\`kubectl get $OBJECTS -o yaml\\` prints beside the other sources"'
        )
    return Step(
        "look",
        "Note what is there",
        "Every later step is compared with this: which Service has which address, and the objects as they are.",
        before=tuple(before),
        do=(
            "kubectl config current-context || true",
            'mkdir -p "$STATE"',
            'addresses >"$STATE/addresses"',
            # Without an ending: kpt and we would read it as a part of the package.
            'kubectl get $OBJECTS -o yaml >"$STATE/objects"',
            'cat "$STATE/addresses"',
        ),
    )


def _compare(names: Sequence[str]) -> Step:
    files = " ".join(f"-f {name}" for name in names)
    return Step(
        "compare",
        "Compare the package with the cluster",
        "What `kubectl diff` prints is what `apply` is going to change, and should be nothing but what the report "
        "names. It tells nothing but itself: go on only if each line is meant.",
        before=("same_addresses",),
        do=(f"kubectl diff --server-side --force-conflicts {files} || test $? -eq 1",),
    )


def _protect(files: Sequence[ServerFile]) -> Step:
    marks = [f"kubectl label --overwrite $OBJECTS {PACKAGED}/prune=false"] if files else []
    undo = [f"kubectl label $OBJECTS {PACKAGED}/prune-"] if files else []
    if not files:
        marks.append(
            "kubectl annotate --overwrite $OBJECTS kustomize.toolkit.fluxcd.io/prune=disabled "
            "argocd.argoproj.io/sync-options=Prune=false"
        )
        undo.append("kubectl annotate $OBJECTS kustomize.toolkit.fluxcd.io/prune- argocd.argoproj.io/sync-options-")
    return Step(
        "protect",
        "Mark the objects so that nobody deletes them",
        "RKE2 deletes no object with this label, whatever happens to its file."
        if files
        else "Flux and Argo CD delete no object with these, whatever happens to the file that they come from.",
        before=("same_addresses",),
        do=tuple(marks),
        after=("same_addresses",),
        undo=tuple(undo),
    )


def _keep(mixed: Sequence[ServerFile]) -> Step:
    do, after, undo = [], [], []
    for file in mixed:
        do.append(f"keep_rest {file.path} {file.kept} '{' '.join(file.objects)}'")
        after.append(f"until_it_holds kubectl -n kube-system get addons.k3s.cattle.io {file.addon}-kept")
        undo += [
            f"on_servers 'rm -f {file.kept}'",
            f"kubectl -n kube-system delete --ignore-not-found addons.k3s.cattle.io {file.addon}-kept",
        ]
    return Step(
        "keep",
        "Give what stays a file of its own",
        "These files hold other objects too. A second file with only those takes them over from the first, which can "
        "then be skipped. It is made on the server out of the first, so that nothing of it leaves the server.",
        before=("same_addresses",),
        do=tuple(do),
        after=(*after, "same_addresses"),
        undo=tuple(undo),
    )


def _skip(files: Sequence[ServerFile]) -> Step:
    undo = []
    for file in files:
        undo += [f"on_servers 'rm -f {file.path}.skip'", f"apply_again {file.path} {file.addon}"]
    # Where this step was taken back before, what stays is in the old file's hands.
    kept = [f"apply_again {file.kept} {file.addon}-kept" for file in files if file.mixed]
    return Step(
        "skip",
        "Let RKE2 overlook the file, on every server",
        "A file with a `.skip` beside it counts as absent, and what is absent deletes nothing. RKE2 does not copy "
        "files between servers: one that is left out takes the objects back when it restarts.",
        before=("same_addresses",),
        do=(*(f"on_servers 'touch {file.path}.skip'" for file in files), *kept, 'sleep "$PASS"'),
        after=(*(f"on_servers 'test -f {file.path}.skip'" for file in files), "same_addresses"),
        undo=(*undo, f"until_it_holds all_marked {PACKAGED}/hash", "same_addresses"),
    )


def _detach() -> Step:
    notes = " ".join(f"{PACKAGED}/{name}-" for name in ("applied", "id", "owner-gvk", "owner-name", "owner-namespace"))
    return Step(
        "detach",
        "Take RKE2's marks off the objects",
        "By this label RKE2 finds what it made. Without it no file of that name can ever delete the objects again. To "
        "go back there is nothing to do here: the step before this one has RKE2 mark them again.",
        before=("same_addresses",),
        do=(f"kubectl label $OBJECTS {PACKAGED}/hash-", f"kubectl annotate $OBJECTS {notes}"),
        after=(
            f"test \"$(marked {PACKAGED}/hash)\" -eq 0 || fail 'a server has the file still: RKE2 marked them again'",
            "same_addresses",
        ),
    )


def _apply() -> Step:
    return Step(
        "apply",
        "Let kpt take the objects over",
        "`adopt` is what lets kpt take objects that are there already, and a server-side apply is what can take the "
        "fields over from whoever set them. The plain apply behind it notes what it applied, so that the next can take "
        "something out.",
        before=("same_addresses",),
        do=(
            "test -f resourcegroup.yaml || kpt live init . --namespace kube-system",
            "kpt live install-resource-group",
            "kpt live apply . --inventory-policy adopt --server-side --force-conflicts --reconcile-timeout 2m",
            "kpt live apply . --reconcile-timeout 2m",
        ),
        after=("until_it_holds all_marked config.k8s.io/owning-inventory", "same_addresses"),
        undo=(
            "kubectl annotate --overwrite $OBJECTS cli-utils.sigs.k8s.io/on-remove=keep",
            "kpt live destroy .",
            "kubectl annotate $OBJECTS cli-utils.sigs.k8s.io/on-remove-",
            "rm -f resourcegroup.yaml",
            "same_addresses",
        ),
    )


def _release(files: Sequence[ServerFile]) -> Step:
    do, undo = [], []
    for file in files:
        safe = f"{posixpath.dirname(posixpath.dirname(file.path))}/{posixpath.basename(file.path)}.moved"
        do.append(f"on_servers 'if test -f {file.path}; then mv {file.path} {safe}; fi; rm -f {file.path}.skip'")
        do.append(f"kubectl -n kube-system delete --ignore-not-found addons.k3s.cattle.io {file.addon}")
        undo.append(f"on_servers 'touch {file.path}.skip; if test -f {safe}; then mv {safe} {file.path}; fi'")
    return Step(
        "release",
        "Take the file off the servers",
        "A file that is gone deletes nothing. It is kept beside the manifests, where RKE2 does not look; the AddOn "
        "that stood for it owns nothing and can go.",
        before=("same_addresses",),
        do=(*do, f"kubectl label $OBJECTS {PACKAGED}/prune-"),
        after=("same_addresses",),
        undo=(f"kubectl label --overwrite $OBJECTS {PACKAGED}/prune=false", *undo),
    )


def _sources(rewritten: Iterable[tuple[str, str]]) -> Step:
    lines = []
    for name, new in rewritten:
        lines.append(f"`{name}` is replaced by `{new}`." if new else f"`{name}` is removed: nothing else is in it.")
    return Step(
        "sources",
        "Put the rewritten sources in place of the old ones",
        "What new servers are made from must not bring the file back. cloud-init writes files once for an instance: on "
        "servers that are there, the steps before this one have done the work. Changing `files` of a Cluster API "
        "control plane replaces its machines one by one: do it when that may happen.",
        by_hand=" ".join(lines) or "None of the sources has to change.",
    )
