"""One KRM object: its text, and the few words about it that everything else asks for.

The tree is made once when the object is read, for those words and for its setter comments, and not kept: ten
thousand trees would cost more memory than their texts. Whoever needs it again asks ``fragment.root``.
"""

from __future__ import annotations

from typing import Final

from ..lossless import Comment, Fragment, Node, Path, Scalar, field_path, find
from ..lossless.skim import Skimmer
from ..records import dataclass, replace
from .finding import Finding, ResourceRef, Severity

#: The comment that kpt's setters live in; apply-setters takes it only in exactly this spelling.
SETTER_COMMENT: Final = "# kpt-set: "

#: The top-level keys that :func:`read_resource` takes its words from.
IDENTIFYING_KEYS: Final = ("apiVersion", "kind", "metadata")

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
OWNER: Final = "cilium-networking"
LOCAL_CONFIG: Final = "config.kubernetes.io/local-config"

# kpt writes both spellings; other orchestrators may write only the older one (KRM functions specification).
PATH_ANNOTATIONS: Final = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
INDEX_ANNOTATIONS: Final = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")
_PACKAGE_ANNOTATION: Final = "internal.config.kubernetes.io/package-path"
_ID_ANNOTATIONS: Final = ("internal.config.kubernetes.io/id", "config.k8s.io/id")


@dataclass(frozen=True, slots=True)
class Resource:
    """An object as it was read. ``position`` is its place in the input, ``None`` for one that is new."""

    fragment: Fragment
    api_version: str
    kind: str
    name: str
    namespace: str
    #: File and document index inside the package whose directory is ``package``; unknown under kustomize.
    file: str | None
    index: int | None
    package: str
    position: int | None
    #: Whether it carries our label: only such objects are changed beyond their comments, or pruned.
    owned: bool
    #: Whether it never reaches a cluster (``config.kubernetes.io/local-config``).
    local: bool
    #: Whether kpt will match it by its id annotation and restore comments that are missing.
    identified: bool
    #: Whether each of its paths leads to one place: no duplicate keys, no anchors and aliases.
    plain: bool
    #: Line comments that may be setters; the nodes are of ``fragment``'s text.
    comments: tuple[Comment, ...]

    @property
    def root(self) -> Node:
        return self.fragment.root

    @property
    def ref(self) -> ResourceRef:
        return ResourceRef(self.api_version, self.kind, self.name, self.namespace)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Group, kind, namespace, name: what the API server tells objects apart by, whatever their version."""
        group, slash, _ = self.api_version.rpartition("/")
        return (group if slash else "", self.kind, self.namespace, self.name)

    def with_fragment(self, fragment: Fragment) -> Resource:
        """This object with another text, at the same place."""
        read = read_resource(fragment, position=self.position)
        return replace(read, file=self.file, index=self.index, package=self.package)

    def with_same_words(self, fragment: Fragment) -> Resource:
        """The same for an edit that touched none of :data:`IDENTIFYING_KEYS`; its comments are not looked for again."""
        return Resource(
            fragment, self.api_version, self.kind, self.name, self.namespace, self.file, self.index, self.package,
            self.position, self.owned, self.local, self.identified, self.plain, (),
        )  # fmt: skip

    def finding(
        self,
        severity: Severity,
        message: str,
        path: Path = (),
        *,
        node: Node | None = None,
        current: str | None = None,
        proposed: str | None = None,
        rule: str | None = None,
    ) -> Finding:
        """A finding about this object, or about the field at ``path``; ``node`` gives its line."""
        return Finding(
            severity,
            message,
            ref=self.ref,
            field=field_path(path) or None,
            current=current,
            proposed=proposed,
            file=self.file,
            index=self.index,
            line=None if node is None else self.fragment.line(node),
            rule=rule,
        )


_API_VERSION: Final = ("apiVersion",)
_KIND: Final = ("kind",)
_NAME: Final = ("metadata", "name")
_NAMESPACE: Final = ("metadata", "namespace")
_OWNER: Final = ("metadata", "labels", MANAGED_BY)
_NOTES: Final = {
    name: ("metadata", "annotations", name)
    for name in (*PATH_ANNOTATIONS, *INDEX_ANNOTATIONS, _PACKAGE_ANNOTATION, *_ID_ANNOTATIONS, LOCAL_CONFIG)
}
_WORDS: Final[tuple[Path, ...]] = (_API_VERSION, _KIND, _NAME, _NAMESPACE, _OWNER, *_NOTES.values())
_SKIMMER: Final = Skimmer(_WORDS, SETTER_COMMENT)
_NULLS: Final = frozenset(("~", "null", "Null", "NULL"))


def read_resource(fragment: Fragment, *, position: int | None = None) -> Resource:
    """The object that a fragment holds. Raises InputError when it is not YAML; what is no object has no kind."""
    skimmed = _SKIMMER.skim(fragment.source)
    if skimmed is not None:
        words, comments = skimmed
    else:
        comments = []
        root = fragment.read(SETTER_COMMENT, comments)
        found = ((path, find(root, path)) for path in _WORDS)
        words = {path: node.value for path, node in found if isinstance(node, Scalar)}
    notes = {name: text for name, path in _NOTES.items() if (text := words.get(path))}
    index = _first(notes, INDEX_ANNOTATIONS)
    return Resource(
        fragment=fragment,
        api_version=_word(words, _API_VERSION),
        kind=_word(words, _KIND),
        name=_word(words, _NAME),
        namespace=_word(words, _NAMESPACE),
        file=_first(notes, PATH_ANNOTATIONS),
        index=int(index) if index and index.isdecimal() else None,
        package=notes.get(_PACKAGE_ANNOTATION, ""),
        position=position,
        owned=words.get(_OWNER) == OWNER,
        local=notes.get(LOCAL_CONFIG, "false") != "false",
        identified=any(name in notes for name in _ID_ANNOTATIONS),
        plain=skimmed is not None,
        comments=tuple(comments),
    )


def _word(words: dict[Path, str], path: Path) -> str:
    text = words.get(path, "")
    return "" if text in _NULLS else text


def _first(notes: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((notes[name] for name in names if name in notes), None)
