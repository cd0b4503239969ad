"""What nobody may see, although it stands in the sources: tokens, keys, passwords, the data of Secrets.

They are known by the names of their keys, in trees and in lines of any text; by their form (a PEM block, a hashed
password, a URL with a password in it); and by being the data of a Secret. What is encoded is hidden in its encoded form
too, when a secret is in it.

Not hidden: what only names a secret (``secretName``, ``authSecretRef``, a path to a file), placeholders, switches,
texts of fewer than :data:`SHORTEST` characters, and words that stand everywhere in such files. To hide a password
``cilium`` would hide half of a report; fields are judged by their own names (:meth:`Secrets.hides`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ..lossless import Mapping, Node, Path, Scalar, Sequence
from ..records import dataclass

if TYPE_CHECKING:
    from ..resources import Resource

SHORTEST: Final = 6

# A key that holds a secret, and one that only speaks of it.
_SECRET_KEY: Final = re.compile(
    r"(?:^|[-_./]|(?<=[a-z0-9]))(?:"
    r"pass(?:word|wd|phrase)s?|(?:hashed|plain_text)_passwd|token|secret|credentials?|auth|"
    r"(?:private|secret|access|api|encryption|pre-?shared|ipsec|client|ssh|signing)[-_]?key(?:[-_]?data)?|"
    r"(?:rsa|dsa|ecdsa|ed25519)_private|identity[-_]?token|password[-_]?hash|tls\.key"
    r")(?:[-_]?(?:hash|data|value|base64))?$",
    re.IGNORECASE,
)
#: One of these is in every such key, and in every option.
_HINTS: Final = ("pass", "token", "secret", "credential", "auth", "key", "private")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ABOUT: Final = re.compile(r"(?:config|valuesfrom|sharing|public)[-_]?(?:secret|key)$", re.IGNORECASE)
#: The words of these files: hiding one hides nothing, and everything else with it.
_WORDS: Final = frozenset(
    (
        "address",
        "advertisements",
        "changeme",
        "cilium",
        "cluster",
        "control-plane",
        "default",
        "disabled",
        "enabled",
        "external",
        "gateway",
        "interfaces",
        "internal",
        "kube-system",
        "kubernetes",
        "loadbalancer",
        "manifests",
        "metadata",
        "metallb",
        "namespace",
        "network",
        "networking",
        "password",
        "rancher",
        "secret",
        "server",
        "service",
        "services",
        "system",
    )
)
_PLACEHOLDER: Final = re.compile(r"(?:\$\{|\{\{|#\{|\$[A-Za-z_]|<[A-Za-z]|\*{3}|ENC\[)")
_LINE: Final = re.compile(
    r"""(?m)^[ \t]*(?:-[ \t]+)*(?:export[ \t]+)?["']?([\w./-]{2,80})["']?[ \t]*[:=][ \t]*"""
    r"""(?![|>][-+0-9]*[ \t]*$)(\S[^\n]*)$"""
)
_QUOTED: Final = re.compile(r"""(["'])(.*?)(?<!\\)\1""")
_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY|\Z)", re.DOTALL
)
_CRYPT: Final = re.compile(r"\$(?:1|2[abxy]?|5|6|y|gy|7|argon2[id]{1,2})\$[^\s\"',:\[\]{}]{8,}")
_USERINFO: Final = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,15}://([^\s/@:\"']*):([^\s/@\"']+)@", re.IGNORECASE)
_OPTION: Final = re.compile(
    r"--?(?:[a-z-]{0,32}(?:token|password|passwd|secret|secret-key|access-key|api-key))[ =]+[\"']?([^\s\"']+)",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\b(?:Bearer|Basic)[ ]+([A-Za-z0-9+/=._~-]{6,})")
#: cloud-init's `chpasswd`: a user and a password on a line.
_CHPASSWD: Final = re.compile(r"(?m)^\s*(?:-\s+)?[a-z_][\w-]*:([^\s:][^\n]*)$")
_WORD_EDGE: Final = re.compile(r"\w", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The texts that are hidden, longest first."""

    texts: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """The text with an ellipsis for each secret in it; a part of a longer word is none."""
        for secret in self.texts:
            if secret in text:
                before = r"(?<!\w)" if _WORD_EDGE.match(secret[0]) else ""
                after = r"(?!\w)" if _WORD_EDGE.match(secret[-1]) else ""
                text = re.sub(f"{before}{re.escape(secret)}{after}", "…", text)
        return text

    def hides(self, path: Path) -> bool:
        """Whether what stands at a path is a secret by its name, however short and common the text is."""
        keys = [step for step in path if isinstance(step, str)]
        return bool(keys) and is_secret_key(keys[-1])


def is_secret_key(key: str) -> bool:
    """Whether the value under a key of that name is a secret; a key that ends in ``Ref``, ``Name``, ``File`` is not."""
    name = _CAMEL.sub("-", key)
    return _SECRET_KEY.search(name) is not None and _ABOUT.search(name) is None


def _lines_with(text: str, low: str, words: Iterable[str]) -> list[str]:
    """The lines of a text that hold one of the words, each once; ``low`` is the text in small letters."""
    if len(low) != len(text):
        return text.splitlines()  # a letter whose small form is two
    starts: set[int] = set()
    for word in words:
        at = low.find(word)
        while at >= 0:
            starts.add(text.rfind("\n", 0, at) + 1)
            end = text.find("\n", at)
            at = -1 if end < 0 else low.find(word, end)
    found = []
    for start in sorted(starts):
        end = text.find("\n", start)
        found.append(text[start:] if end < 0 else text[start:end].removesuffix("\r"))
    return found


class Gathered:
    """Secrets while the sources are read."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._wrapped: list[tuple[str, str]] = []

    def secrets(self, names: Iterable[str]) -> Secrets:
        """All that was gathered; the names of objects are no secrets, whatever else they are used for."""
        open_words = _WORDS | set(names)
        texts = {text for text in self._texts if len(text) >= SHORTEST and text.lower() not in open_words}
        for raw, text in self._wrapped:
            if any(secret in text for secret in texts):
                texts |= {raw, *(line.strip() for line in raw.splitlines() if len(line.strip()) >= 3 * SHORTEST)}
        return Secrets(tuple(sorted(texts, key=lambda text: (-len(text), text))))

    def wrapped(self, raw: str, text: str) -> None:
        """What stands for a text where it is encoded."""
        self._wrapped.append((raw.strip(), text))

    def add(self, value: str) -> None:
        """One secret, and its lines where it has several."""
        value = value.strip()
        if not value or (_PLACEHOLDER.match(value) and not _CRYPT.match(value)):
            return
        # A parser that takes the text for an alias or a tag says it without its first character.
        forms = {value, value.lstrip("*&!|>%@`")}
        if "\n" in value:
            forms |= {line.strip() for line in value.splitlines()}
        self._texts |= forms

    def text(self, text: str) -> None:
        """Any text: lines with a telling name, and what has the form of a secret."""
        # Looking for plain words first is what makes megabytes of user data no matter.
        low = text.lower()
        for line in _lines_with(text, low, _HINTS):
            match = _LINE.match(line)
            if match is not None and is_secret_key(match.group(1)):
                self._value(match.group(2).strip())
            for option in _OPTION.finditer(line):
                self.add(option.group(1))
        for line in _lines_with(text, low, ("bearer ", "basic ")):
            for match in _BEARER.finditer(line):
                self.add(match.group(1))
        for match in _PEM.finditer(text) if "PRIVATE KEY" in text else ():
            for line in match.group(1).split():
                self.add(line.strip("\"'"))
        for match in _CRYPT.finditer(text) if "$" in text else ():
            self.add(match.group())
        for line in _lines_with(text, low, ("://",)):
            for match in _USERINFO.finditer(line):
                self.add(match.group(2))
                self.add(f"{match.group(1)}:{match.group(2)}")

    def _value(self, value: str) -> None:
        quoted = _QUOTED.match(value)
        if quoted:
            self.add(quoted.group(2))
        elif value[:1] not in "{[":
            self.add(re.split(r"\s#|\s*,\s*$", value, maxsplit=1)[0])

    def document(self, root: Node, resource: Resource | None) -> None:
        """The scalars of a tree under telling names, and all data of a Secret."""
        secret = resource is not None and resource.kind == "Secret"
        todo: list[tuple[Node, bool, bool]] = [(root, False, False)]
        while todo:
            node, telling, data = todo.pop()
            if isinstance(node, Mapping):
                top = node is root
                for entry in node.entries:
                    name = entry.name or ""
                    if name == "chpasswd":
                        self._chpasswd(entry.value)
                    inside = data or (top and secret and name in ("data", "stringData"))
                    todo.append((entry.value, is_secret_key(name), inside))
            elif isinstance(node, Sequence):
                todo += [(item, telling, data) for item in node.items]
            elif isinstance(node, Scalar):
                if data:
                    self._data(node.value)
                elif telling and not isinstance(node.data, bool):
                    self.add(node.value)
            elif telling and isinstance(node.target, Scalar):
                self.add(node.target.value)

    def _data(self, value: str) -> None:
        """The data of a Secret as it stands and decoded; user data in it is looked through, and not hidden whole."""
        decoded = value
        try:
            decoded = base64.b64decode(value.encode(), validate=True).decode()
            self.add(value)
        except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError):
            pass
        if decoded.count("\n") > 1:
            self.text(decoded)
            if "write_files" in decoded or "apiVersion" in decoded:
                return
        self.add(decoded)

    def _chpasswd(self, node: Node) -> None:
        todo = [node]
        while todo:
            here = todo.pop()
            if isinstance(here, Mapping):
                todo += [entry.value for entry in here.entries if entry.name in ("list", "users", "password")]
            elif isinstance(here, Sequence):
                todo += here.items
            elif isinstance(here, Scalar):
                for match in _CHPASSWD.finditer(here.value):
                    self.add(match.group(1))
