"""What is said beside the steps: of the places that objects come from, and of what must never be done there.

Each kind of source has its own traps; a runbook tells those of its input and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..records import dataclass
from ..sources import Found


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the objects of one input come from, and the sentences about the files that take its place."""

    #: Of ``cloud-init``, ``cluster-api``, ``kairos``, ``rancher``, ``package``, ``manifests``, ``files``, ``cluster``.
    kinds: frozenset[str]
    #: Whether RKE2 applies any of them from a file on its servers.
    on_servers: bool
    replacements: tuple[str, ...] = ()


#: How the names of layers begin, by kind of source.
_NAMES: Final = (
    ("stages.", "kairos"),
    ("spec.rkeConfig", "rancher"),
    ("spec.files", "cluster-api"),
    ("spec.template.spec.files", "cluster-api"),
    ("spec.kthreesConfigSpec", "cluster-api"),
    ("spec.agentConfig", "cluster-api"),
    ("spec.template.spec.agentConfig", "cluster-api"),
    ("write_files", "cloud-init"),
    ("storage.files", "cloud-init"),
)


def kinds_of(found: Iterable[Found], *, package: bool) -> frozenset[str]:
    """Which kinds of source objects come from; ``package`` where a Kptfile lies among the files."""
    return frozenset(_kind(one, package=package) for one in found)


def _kind(one: Found, *, package: bool) -> str:
    layer, names = one.layer, []
    while layer.above is not None:
        names.append(layer.name)
        layer = layer.above
    # The outermost decides: what Cluster API carries may itself be user data.
    for name in reversed(names):
        for beginning, kind in _NAMES:
            if name.startswith(beginning):
                return kind
    if one.live:
        return "cluster"
    if layer.target is not None:
        return "manifests"
    return "package" if package else "files"


_ABOUT: Final = {
    "cloud-init": "cloud-init writes files once for an instance: on servers that are there, the steps do the work. "
    "What counts is that new servers do not bring the file back.",
    "cluster-api": "A change of `files` replaces the machines of the control plane one after the other. Until then no "
    "machine may be replaced for another reason: pause health checks and scaling.",
    "kairos": "A stage writes its files at every boot: put the new one in place on every node that is there too, "
    "before the next step, or a reboot brings the manifest back.",
    "rancher": "Rancher brings the change of the Cluster object to the servers by itself, and takes no object out of "
    "the cluster by it. See that the file on the servers has changed before the next step.",
    "package": "The objects are in the inventory of the older package: do not run `kpt live destroy` there. Delete its "
    "ResourceGroup with kubectl when this package has the objects.",
    "manifests": "The files were read as they lie on a server. What writes them there on a new one, user data or an "
    "image, has to change with them: find it.",
    "files": "Whoever applies these files has to stop: suspend the Kustomization of Flux or the Application of Argo CD "
    "first, and take the names of files that go out of every kustomization.yaml, or its build fails.",
    "cluster": "The objects were read from the cluster. Whatever made them there, user data or a repository, has to "
    "lose them too, or it brings them back: find it, and give it to `migrate` beside the export.",
}


def about_sources(origin: Origin) -> Iterator[str]:
    """A sentence or two for each kind of source of the input, in a fixed order."""
    return (text for kind, text in _ABOUT.items() if kind in origin.kinds)


def never(origin: Origin) -> Iterator[tuple[str, str]]:
    """What must never be done, and why."""
    if origin.on_servers:
        yield (
            "Empty the file on a server, or take objects out of it",
            "RKE2 deletes what is not in its file any more, at its next pass, also if it is one server of several.",
        )
        yield "Put the file's name under `disable:`", "RKE2 deletes its objects first, and then the file."
        yield (
            "Leave the entry in what new servers are made from",
            "The next server that joins brings the file with it, and takes the objects over again.",
        )
    if "files" in origin.kinds:
        yield (
            "Take a file out of a repository before its objects are marked",
            "Flux and Argo CD delete what is not there any more.",
        )
    yield (
        "Run `kpt live destroy` by itself to go back",
        "It deletes the pools, and each Service loses its address. `undo` marks the objects first, so that they stay.",
    )
    yield (
        "Rename a pool on the way",
        "A pool of another name is another pool: the old one is deleted, with all addresses that it gave.",
    )
