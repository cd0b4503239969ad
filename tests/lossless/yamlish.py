"""Texts that look like YAML, nearly are, or are so in ways that nobody expects; and trees as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from cilium_networking.lossless import Alias, Mapping, Node, Scalar

MARKER = "# kpt-set: "

NASTY = {path.stem: path.read_bytes().decode() for path in sorted((Path(__file__).parent / "nasty").glob("*.yaml"))}
NASTY |= {f"{name}, CRLF": text.replace("\n", "\r\n") for name, text in NASTY.items()}
NASTY |= {f"{name}, BOM": "\ufeff" + text for name, text in NASTY.items() if name in ("comments", "flow, CRLF")}

_WORDS = r"""
x|1|true|a b|a: b|a:b|a :b|http://x|x:|- x|-x|-|--|---|...|--- x|?|? x|:|:x|'q'|'it''s'|'a' b|'a
'a'#c|"d"|"d\n"|"a" b|"a|""|{}|[]|{ }|{} x|{a: b}|[a, b]|[a|{a|[[a], {b: [c d]}]|{a: {}}
[a b,c:d,-x]|["a", --x]|{"a": 1}|[a, ]|[,]|[a::b, ::1]|{a:b}|{a: }|[-]|[a] x|#c|# c|x#y|x #y
x # kpt-set: ${v}|'q' # kpt-set: ${v}|{} # kpt-set: ${v}|[a] # kpt-set: ${v}|# kpt-set: ${v}
x  #  kpt-set: ${v}|&a x|*a|!t x|!!str x|>|> # c|%|@x|`x|!|&|*|<<|~|null|a, b|a]b|it's|\|a # b # c
a#|a #|>x|a ? b|a - b|0|.|..|x: #y|?x
"""
_STRANGE = [
    "",
    "x ",
    "x\t",
    "\tx",
    "\u00a0",
    "a\u2028b",
    "\x85",
    "\x07",
    "\ufeffx",
    "x\r",
    "日本",
    "😀",
    "\x7f",
    "x" * 1100,
]
_BLOCKS = [
    "|\n    x\n     y",
    "|-\n      x\n\n         \n",
    "|+ # kpt-set: ${v}\n    x\n\n   \n",
    "|\n\n    x",
    "|2\n   x",
    ">-\n    x",
]
_KEYS = [
    "a",
    "b",
    "c",
    "k-1",
    "a.b/c",
    "1",
    "on",
    "<<",
    "a b",
    "é",
    "'q'",
    '"d"',
    "?",
    "-x",
    "a#b",
    "x" * 600,
    "k" * 1030,
]

values = (
    st.sampled_from(_WORDS.strip("\n").replace("\n", "|").split("|"))
    | st.sampled_from(_STRANGE)
    | st.sampled_from(_BLOCKS)
)
plain_values = st.sampled_from(["x", "1", "'q'", '"d"', "{}", "[a, b]", "x # kpt-set: ${v}"])


@st.composite
def _line(draw: st.DrawFn) -> str:
    """Indent, dashes, key, value: each likely right and sometimes anything."""
    indent = " " * draw(st.sampled_from([0, 0, 2, 2, 4, 1, 3, 6]))
    if draw(st.integers(0, 12)) == 0:
        return draw(
            st.sampled_from(["", "   ", indent + "# c", indent + "# kpt-set: ${x}", "---", "...", "%YAML 1.2", "\t"])
        )
    dashes = draw(st.sampled_from(["", "", "", "- ", "- - ", "-  ", "-"]))
    key = draw(st.sampled_from(["a: ", "b: ", "c:", "a:  ", ""]) | st.sampled_from(_KEYS).map(lambda key: key + ": "))
    return indent + dashes + key + draw(plain_values | values | st.just(""))


lines = st.lists(_line(), min_size=1, max_size=9).map("\n".join)


@st.composite
def blocks(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> str:
    """Block style that is right but for its values."""
    rows = []
    sequence = depth > 0 and draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        pad = " " * indent
        if draw(st.integers(0, 6)) == 0:
            rows.append(draw(st.sampled_from(["", "  ", pad + "# c", "# kpt-set: ${h}"])))
        head = pad + ("-" if sequence else draw(st.sampled_from(["a", "b", "c-d", "e.f/g"])) + ":")
        if depth < 3 and draw(st.integers(0, 2)) == 0:
            inner = draw(blocks(indent + draw(st.sampled_from([2, 2, 4, 1])), depth + 1))
            if sequence and draw(st.booleans()) and inner.startswith(pad + " "):
                rows.append(head + inner[indent + 1 :])
            else:
                rows += [head + draw(st.sampled_from(["", " # c", " # kpt-set: ${v}"])), inner]
        else:
            rows.append(f"{head} {draw(plain_values | values)}")
    return "\n".join(rows)


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """Block style with a character or two wrong."""
    text = draw(blocks()) + draw(st.sampled_from(["\n", "\n", "", "\n\n", "\n# end\n"]))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from(" :-#'\"[]{}&*!|>%@`,?\n\t\r\\~<\u00a0\u2028\ufeff"))
            + text[at + draw(st.integers(0, 1)) :]
        )
    return text


texts = lines | nearly()


def tree(node: Node | None) -> Any:
    """A tree with all that it knows, comparable."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return (node.start, node.end, node.style, node.value, node.tag, node.anchor)
    if isinstance(node, Alias):
        return (node.start, node.end, "*", node.name)
    head = (node.start, node.end, node.flow, node.tag, node.anchor)
    if isinstance(node, Mapping):
        return (*head, {"pairs": [(tree(entry.key), tree(entry.value)) for entry in node.entries]})
    return (*head, [tree(item) for item in node.items])
