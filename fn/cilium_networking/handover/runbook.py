"""The order of steps by which objects change hands without anybody losing an address, written for one input.

A step is lines of shell: what has to hold before it, what it does, what has to hold after it, and what takes it back.
The page and the script are printed from the same steps (:mod:`..report.runbook`), with the functions that
:mod:`.shell` defines. A step is taken back only after those behind it, and each line may be run again: a step that
broke off in the middle is done, or taken back, once more.

What RKE2's deploy controller does to which object, and why this order, is in k3s' pkg/deploy/controller.go and
rancher/wrangler's pkg/apply: an object that leaves its file is deleted, a file that is skipped or gone deletes nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from ..kinds import KINDS
from ..records import dataclass
from ..resources import Resource
from ..sources import Target
from .advice import Origin, about_sources, never
from .shell import ON_SERVERS, PRELUDE

#: What RKE2's deploy controller marks its objects with.
OBJECTSET = "objectset.rio.cattle.io"
_OWNING = "config.k8s.io/owning-inventory"


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
    #: SHA-256 of its text as the source has it; of no file where only the cluster tells of it.
    digest: str = "0"

    @property
    def addon(self) -> str:
        """The AddOn that RKE2 makes of it."""
        return Target(self.path).addon

    @property
    def kept(self) -> str:
        """Where the objects that stay go, as long as the file is skipped."""
        # RKE2 calls an AddOn after what stands before the first dot: in a name with more of them, all go.
        name = posixpath.splitext(posixpath.basename(self.path))[0].replace(".", "-")
        return posixpath.join(posixpath.dirname(self.path), f"{name}-kept.yaml")

    @property
    def kept_addon(self) -> str:
        return Target(self.kept).addon

    @property
    def safe(self) -> str:
        """Where the file itself goes in the end: beside the manifests, where RKE2 does not look."""
        above, _, name = self.path.partition("/manifests/")
        return f"{above}/{name.replace('/', '-')}.moved"


@dataclass(frozen=True, slots=True)
class Runbook:
    """The steps for one input, and what must never be done."""

    #: The objects as kubectl takes them.
    objects: tuple[str, ...]
    steps: tuple[Step, ...]
    never: tuple[tuple[str, str], ...]
    #: Whether there are files on servers that the objects leave.
    on_servers: bool = False

    @property
    def functions(self) -> str:
        """What the lines of the steps call, as shell."""
        return f"{PRELUDE}\n\n{ON_SERVERS}" if self.on_servers else PRELUDE


def write_runbook(
    moved: Sequence[Resource], made: Sequence[Resource], files: Sequence[ServerFile], origin: Origin
) -> Runbook:
    """The steps for ``moved`` objects: from the servers' ``files``, from whatever else applies them, or both.

    ``made`` are the objects of the package. Names and paths in all of them have to be plain words: they become words of
    a shell.
    """
    names = sorted({one.file for one in made if one.file})
    known = {(one.kind, one.name) for one in moved}
    added = [reference(one) for one in made if (one.kind, one.name) not in known]
    steps = [_look(files, names, added), _compare(names), _protect(files)]
    mixed = [one for one in files if one.mixed]
    if mixed:
        steps.append(_keep(mixed))
    if files:
        steps += [_skip(files), _detach()]
    steps += [_apply(added, origin), _sources(origin)]
    if files:
        steps.append(_release(files))
    return Runbook(tuple(map(reference, moved)), tuple(steps), tuple(never(origin)), on_servers=bool(files))


def reference(resource: Resource) -> str:
    """An object as kubectl takes it: ``ciliumloadbalancerippools.cilium.io/lan``."""
    return f"{KINDS[resource.kind].plural}.{resource.identity[0]}/{resource.name}"


def _look(files: Sequence[ServerFile], names: Sequence[str], added: Sequence[str]) -> Step:
    missing = "fail 'values are missing: write them into setters.yaml, and run `cilium-networking render .`'"
    there = "fail 'is in the cluster already: give `migrate` an export of it too'"
    return Step(
        "look",
        "Note what is there",
        "Every later step is compared with this: which Service has which address, which BGP sessions are up, and the "
        "objects as they are. Services that come or go meanwhile are nobody's loss.",
        before=(
            f"ls {' '.join(names)} >/dev/null",
            f"! sed 's/^#.*//; s/ #.*//' {' '.join(names)} | grep -E '[${{][{{]' || {missing}",
            *(f'test -z "$(kubectl get {one} --ignore-not-found -o name)" || {there}' for one in added),
            "kubectl get $OBJECTS -o name >/dev/null || fail 'not all of the objects are in this cluster'",
            *(_look_on_servers(files) if files else _look_for_rke2()),
        ),
        do=(
            *(('servers >"$STATE/servers"',) if files else ()),
            'cluster >"$STATE/cluster"',
            'addresses >"$STATE/addresses"',
            'identities >"$STATE/identities"',
            'sessions >"$STATE/sessions" || true',
            'specs >"$STATE/specs"',
            # Without an ending: kpt and we would read it as a part of the package.
            'kubectl get $OBJECTS -o yaml >"$STATE/objects"',
            'kubectl config current-context || true; cat "$STATE/addresses" "$STATE/sessions"',
        ),
    )


def _look_on_servers(files: Sequence[ServerFile]) -> Iterator[str]:
    yield "servers_are_all"
    yield "on_servers true || fail 'a server does not answer'"
    for file in files:
        path = file.path
        yield f"somewhere {path} || fail 'no server has {path}'"
        yield f"on_servers 'test ! -e {file.safe}' || fail 'a server has {file.safe} from another time: look at it'"
        if not file.mixed:
            yield f"holds_only {path} {file.digest} '{' '.join(file.objects)}'"
    failed = "kubectl -n kube-system get events --field-selector reason=ApplyManifestFailed -o name"
    yield (
        f'test -z "$({failed})" || fail \'RKE2 fails to apply a manifest, and applies all again until it can: mend '
        "that, and wait until its events are gone'"
    )


def _look_for_rke2() -> Iterator[str]:
    yield (
        f'test "$(marked {OBJECTSET}/hash)" -eq 0 || fail "RKE2 applies these from a file on its servers: give '
        "\\`migrate\\` what \\`kubectl get $OBJECTS -o yaml\\` and \\`kubectl -n kube-system get addons.k3s.cattle.io "
        '-o yaml\\` print, beside the other sources"'
    )


def _compare(names: Sequence[str]) -> Step:
    files = " ".join(f"-f {name}" for name in names)
    return Step(
        "compare",
        "Compare the package with the cluster",
        "What `kubectl diff` prints is what `apply` is going to change, and should be nothing but what the report "
        "names. No step checks this for you: go on only if each line is meant.",
        before=("nothing_lost",),
        do=(f"kubectl diff --server-side --force-conflicts {files} || test $? -eq 1",),
    )


def _protect(files: Sequence[ServerFile]) -> Step:
    flux, argo = "kustomize.toolkit.fluxcd.io/prune", "argocd.argoproj.io/sync-options"
    if files:
        why = "RKE2 deletes no object with this label, whatever happens to its file."
        do = f"kubectl label --overwrite $OBJECTS {OBJECTSET}/prune=false"
        undo = f"kubectl label $OBJECTS {OBJECTSET}/prune-"
    else:
        why = "Flux and Argo CD delete no object with these, whatever happens to the file that they come from."
        do = f"kubectl annotate --overwrite $OBJECTS {flux}=disabled {argo}=Prune=false"
        undo = f"kubectl annotate $OBJECTS {flux}- {argo}-"
    return Step(
        "protect",
        "Mark the objects so that nobody deletes them",
        why,
        before=("nothing_lost",),
        do=(do,),
        after=("nothing_lost",),
        undo=(undo,),
    )


def _keep(mixed: Sequence[ServerFile]) -> Step:
    do, after, undo = [], [], []
    for file in mixed:
        addon = file.kept_addon
        do.append(f"keep_rest {file.path} {file.kept} '{' '.join(file.objects)}'")
        after.append(f"until_it_holds kubectl -n kube-system get addons.k3s.cattle.io {addon}")
        undo += [
            f"on_servers 'rm -f {file.kept}'",
            f"kubectl -n kube-system delete --ignore-not-found addons.k3s.cattle.io {addon}",
        ]
    return Step(
        "keep",
        "Give what stays a file of its own",
        "These files hold other objects too. A second file with only those takes them over from the first, which can "
        "then be skipped. It is made on the server out of the first, so that nothing of it leaves the server.",
        before=("nothing_lost",),
        do=tuple(do),
        after=(*after, "nothing_lost"),
        undo=tuple(undo),
    )


def _skip(files: Sequence[ServerFile]) -> Step:
    undo = []
    for file in files:
        undo += [f"on_servers 'rm -f {file.path}.skip'", f"apply_again {file.path} {file.addon}"]
    # Where this step was taken back before, what stays is in the old file's hands.
    kept = [f"apply_again {file.kept} {file.kept_addon}" for file in files if file.mixed]
    return Step(
        "skip",
        "Let RKE2 overlook the files, on every server",
        "A file with a `.skip` beside it counts as absent, and what is absent deletes nothing. RKE2 does not copy "
        "files between servers: one that is left out takes the objects back when it restarts.",
        before=("nothing_lost",),
        do=(*(f"on_servers 'touch {file.path}.skip'" for file in files), *kept, 'sleep "$PASS"'),
        after=(*(f"on_servers 'test -f {file.path}.skip'" for file in files), "nothing_lost"),
        undo=(*undo, f"until_it_holds all_marked {OBJECTSET}/hash"),
    )


def _detach() -> Step:
    notes = " ".join(f"{OBJECTSET}/{name}-" for name in ("applied", "id", "owner-gvk", "owner-name", "owner-namespace"))
    return Step(
        "detach",
        "Take RKE2's marks off the objects",
        "By this label RKE2 finds what it made. Without it no file of that name can ever delete the objects again. To "
        "go back there is nothing to do here: the step before this one has RKE2 mark them again.",
        before=("nothing_lost",),
        do=(f"kubectl label $OBJECTS {OBJECTSET}/hash-", f"kubectl annotate $OBJECTS {notes}", 'sleep "$PASS"'),
        after=(
            f"test \"$(marked {OBJECTSET}/hash)\" -eq 0 || fail 'RKE2 marked them again: a server has the file still'",
            "nothing_lost",
        ),
    )


def _apply(added: Sequence[str], origin: Origin) -> Step:
    # kpt takes over what is nobody's: what an older package has is nobody's first.
    other = origin.kinds & {"package", "cluster"}
    freed = [f"kubectl annotate $OBJECTS {_OWNING}-"] if other else []
    gone = [f"kubectl delete --ignore-not-found {' '.join(added)}"] if added else []
    return Step(
        "apply",
        "Let kpt take the objects over",
        "`adopt` is what lets kpt take objects that are there already, and a server-side apply is what can take the "
        "fields over from whoever set them. The plain apply behind it notes what it applied, so that the next can take "
        "something out. On the way back kpt's inventory goes and its objects stay, and then they are put back to what "
        "the first step noted.",
        before=("nothing_lost",),
        do=(
            "test -f resourcegroup.yaml || kpt live init . --namespace kube-system",
            "kpt live install-resource-group",
            *freed,
            "kpt live apply . --inventory-policy adopt --server-side --force-conflicts --reconcile-timeout 2m",
            "kpt live apply . --reconcile-timeout 2m",
        ),
        after=(f"until_it_holds all_marked {_OWNING}", "nothing_lost"),
        undo=(
            "test ! -f resourcegroup.yaml || keep_what_kpt_has",
            "test ! -f resourcegroup.yaml || kpt live destroy .",
            "rm -f resourcegroup.yaml",
            # As a whole: a merge would leave what the package added. Whose it is, is said by marks and stays.
            "restore_specs",
            *gone,
        ),
    )


def _sources(origin: Origin) -> Step:
    return Step(
        "sources",
        "Put the rewritten sources in place of the old ones",
        " ".join(about_sources(origin)),
        by_hand=" ".join(origin.replacements) or "None of the files that were read has to change.",
    )


def _release(files: Sequence[ServerFile]) -> Step:
    do, undo = [], []
    for file in files:
        # What stays goes back under the name that it has in the rewritten source: old and new servers are alike.
        rest = f"; if test -f {file.kept}; then mv {file.kept} {file.path}; fi" if file.mixed else ""
        do.append(
            f"on_servers 'if test -f {file.path} && test ! -f {file.safe}; then mv {file.path} {file.safe}; fi{rest}; "
            f"rm -f {file.path}.skip'"
        )
        addons = f"{file.addon} {file.kept_addon}" if file.mixed else file.addon
        do.append(f"kubectl -n kube-system delete --ignore-not-found addons.k3s.cattle.io {addons}")
        back = f"if test -f {file.path}; then mv {file.path} {file.kept}; fi; " if file.mixed else ""
        undo.append(
            f"on_servers 'touch {file.path}.skip; if test -f {file.safe}; then {back}mv {file.safe} {file.path}; fi'"
        )
    return Step(
        "release",
        "Take the files off the servers",
        "A file that is gone deletes nothing. It is kept beside the manifests, where RKE2 does not look; the AddOn "
        "that stood for it owns nothing and can go. What stays in the hands of RKE2 goes back under the old name.",
        before=("nothing_lost",),
        do=(*do, 'sleep "$PASS"', "nothing_lost", f"kubectl label $OBJECTS {OBJECTSET}/prune-"),
        after=("nothing_lost",),
        undo=(f"kubectl label --overwrite $OBJECTS {OBJECTSET}/prune=false", *undo),
    )
