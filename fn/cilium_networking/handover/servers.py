"""The files on servers that objects leave: which they are, what else is in them, and whether their names can be said.

A path comes from where the object was read: from user data, or from the AddOn that RKE2 notes on a live object, whose
own object names the file. What the input does not show is asked for, and never guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..resources import Finding
from ..sources import MANIFESTS, Found
from .runbook import OBJECTSET, ServerFile

#: What may become a word of a shell, and RKE2 takes for a name.
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: A manifest below another data directory than the usual one.
_BELOW: Final = re.compile(r"/.+/server/manifests/.+\.(?:ya?ml|json)", re.IGNORECASE)
_ADDON: Final = ("k3s.cattle.io", "Addon")


def server_files(gone: Sequence[Found], every: Sequence[Found]) -> tuple[list[ServerFile], list[Finding]]:
    """The files, in the order of their objects, and what is wrong or not known about them."""
    notes = _addons(every)
    odd = [*_unsaid(gone, notes)]
    leaving: dict[str, list[Found]] = {}
    for one in gone:
        path = _path(one, notes)
        if path is None:
            continue
        odd += _elsewhere(one, path)
        if all(_WORD.fullmatch(part) for part in path.strip("/").split("/")):
            leaving.setdefault(path, []).append(one)
        else:
            message = f"`{path}` is no name that RKE2 takes for a manifest: rename it first"
            odd.append(one.resource.finding("error", message))
    odd += [
        one.resource.finding("error", f"`{one.resource.name}` is no name that an object can have")
        for one in gone
        if not _WORD.fullmatch(one.resource.name)
    ]
    ids = {id(one) for one in gone}
    staying = {_path(one, notes) for one in every if id(one) not in ids and not one.replaced}
    return [_file(path, several, mixed=path in staying) for path, several in leaving.items()], odd


def _file(path: str, several: Sequence[Found], *, mixed: bool) -> ServerFile:
    objects = dict.fromkeys(f"{one.resource.kind}/{one.resource.name}" for one in several)
    texts = {one.layer.text for one in several if not one.live}
    digest = hashlib.sha256(texts.pop().encode()).hexdigest() if len(texts) == 1 else "0"
    return ServerFile(path, tuple(objects), mixed, digest)


def _addons(every: Iterable[Found]) -> Mapping[str, str]:
    """AddOns to the files that they stand for, as RKE2 notes them in the cluster."""
    found: dict[str, str] = {}
    for one in every:
        group, kind, _, name = one.resource.identity
        if (group, kind) == _ADDON:
            data = one.resource.fragment.data()
            source = data.get("spec", {}).get("source") if isinstance(data, dict) else None
            if isinstance(source, str):
                found[name] = source
    return found


def _path(found: Found, addons: Mapping[str, str]) -> str | None:
    """The manifest on servers that an object comes from; ``None`` where it comes from none, or nobody knows."""
    target = found.layer.node_file
    if target is not None:
        known = target.is_manifest or _BELOW.fullmatch(target.path)
        return target.path if known else f"{MANIFESTS[0]}/{target.path.rpartition('/')[2]}"
    return addons.get(_owner(found) or "")


def _owner(found: Found) -> str | None:
    """The AddOn that RKE2 notes on a live object."""
    data: Any = found.resource.fragment.data() if found.live else {}
    notes = data.get("metadata", {}).get("annotations") or {}
    owner = notes.get(f"{OBJECTSET}/owner-name")
    theirs = str(notes.get(f"{OBJECTSET}/owner-gvk", "")).startswith("k3s.cattle.io/")
    return owner if isinstance(owner, str) and theirs else None


def _unsaid(gone: Sequence[Found], addons: Mapping[str, str]) -> Iterator[Finding]:
    """Live objects of an AddOn whose file nobody tells, neither the AddOn itself nor another source."""
    told = {one.layer.node_file.addon for one in gone if one.layer.node_file is not None}
    for one in gone:
        owner = _owner(one)
        if owner is not None and owner not in addons and owner not in told:
            message = (
                f"RKE2 applies it from a file for its AddOn `{owner}`, and which file that is is not known: add what "
                "`kubectl -n kube-system get addons.k3s.cattle.io -o yaml` prints to the sources"
            )
            yield one.resource.finding("error", message)


def _elsewhere(found: Found, path: str) -> Iterator[Finding]:
    """What is said of a file that is not written where RKE2 looks: a command moves it, which nobody here can follow."""
    target = found.layer.node_file
    if target is not None and target.path != path:
        message = f"`{target.path}` is no place where RKE2 looks: the runbook takes it for `{path}` on the servers"
        yield found.resource.finding("warning", message)
