"""``# kpt-set:`` comments: what apply-setters does with them, with each edit proved and every doubt an error.

A scalar takes the pattern's text in the quotes it stands in; a plain one stays plain, and may change its type by
that, which is said. A sequence takes a list, given as YAML. The message per field is the peer's own, because people
and pipelines read it; ours add severity, object, file and index. ``docs/setters.md`` lists what differs and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from ..errors import EditError, InputError
from ..lossless import Alias, Path, Scalar, Sequence, parse
from ..records import dataclass, field, replace
from ..resources import IDENTIFYING_KEYS, SETTER_COMMENT, Finding, Resource
from .patterns import AmbiguousError, Pattern, derive, parse_pattern

# `set field value to "…"`, `values for setters […] must be provided`, … are the peer's words
# (krm-functions-catalog, functions/go/apply-setters): pipelines match on them.
_NO_MATCHES = "no matches for input setter(s)"


@dataclass(slots=True)
class Substituted:
    """Objects after substitution, what was said, and which setters found a place in which objects."""

    resources: list[Resource] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: Setters named by a comment of an object that reaches a cluster; and those named anywhere.
    placed: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)


def substitute(resources: Iterable[Resource], values: Mapping[str, str]) -> Substituted:
    """Every setter comment of every object, given the flat settings' texts."""
    done = Substituted()
    for resource in resources:
        done.resources.append(_substitute(resource, values, done) if resource.comments and values else resource)
    return done


def named_setters(resources: Iterable[Resource]) -> set[str]:
    """Every name that some setter comment holds."""
    comments = (comment for resource in resources for _, _, comment in resource.comments)
    return {name for comment in comments for pattern in [_pattern(comment)] if pattern for name in pattern.names}


def no_matches() -> Finding:
    """What apply-setters says when its settings found no place anywhere."""
    return Finding("info", _NO_MATCHES)


def _substitute(resource: Resource, values: Mapping[str, str], done: Substituted) -> Resource:
    scalars: list[tuple[Scalar, Path, str]] = []
    arrays: list[tuple[Path, list[object]]] = []
    for path, stands, comment in resource.comments:
        pattern = _pattern(comment)
        if pattern is None:
            continue
        given = [name for name in pattern.names if name in values]
        if not given:
            continue
        done.named.update(given)
        if not resource.local:
            done.placed.update(given)
        node = resource.fragment.at(path) if stands is None else stands
        try:
            if not resource.plain and not isinstance(node, Alias):
                from ..lossless.places import locate

                locate(resource.fragment, path)
            if isinstance(node, Scalar) and (node.value or node.style):
                scalars.append((node, path, _text(pattern, node, values)))
            elif isinstance(node, Sequence) and path and isinstance(path[-1], str):
                arrays.append((path, _array(pattern, values)))
            elif isinstance(node, Alias):
                _refuse_alias(pattern, node, values)
        except (EditError, _RefusedError) as error:
            done.findings.append(resource.finding("error", f"failed to apply setters: {error}", path, node=node))
    findings: list[Finding] = []
    try:
        fragment = resource.fragment
        changed = [one for one in scalars if one[0].value != one[2]]
        if changed:
            # A package that is as its settings say takes none of the modules that write.
            from ..lossless.rewrite import replace_scalars

            fragment = replace_scalars(fragment, changed)
        for node, path, text in scalars:
            findings.append(resource.finding("info", f'set field value to "{text}"', path))
            findings += _typing(resource, node, path, text)
        for path, items in arrays:
            from ..lossless.put import put_list

            fragment = put_list(fragment, path, items)
            shown = " ".join(str(item) for item in items)
            findings.append(resource.finding("info", f'set field value to "[{shown}]"', path))
    except (EditError, InputError) as error:
        refused = resource.finding("error", f"failed to apply setters: {error.message}")
        done.findings.append(replace(refused, line=error.line))
        return resource
    done.findings += findings
    if fragment is resource.fragment:
        return resource
    if all(path[0] not in IDENTIFYING_KEYS for _, path, _ in scalars) and all(
        path[0] not in IDENTIFYING_KEYS for path, _ in arrays
    ):
        return resource.with_same_words(fragment)
    renamed = resource.with_fragment(fragment)
    # Results name an object as it leaves, so that they are the same when it comes again.
    done.findings = [replace(one, ref=renamed.ref) if one in findings else one for one in done.findings]
    return renamed


class _RefusedError(Exception):
    """A setter comment that cannot be carried out; the message is the peer's where the peer has one."""


def _pattern(comment: str) -> Pattern | None:
    if not comment.startswith(SETTER_COMMENT):
        return None
    pattern = parse_pattern(comment[len(SETTER_COMMENT) :].strip())
    return pattern if pattern.names else None


def _text(pattern: Pattern, node: Scalar, values: Mapping[str, str]) -> str:
    missing = [name for name in pattern.names if name not in values]
    if not missing:
        return pattern.fill(values)
    listed = " ".join(f"${{{name}}}" for name in dict.fromkeys(missing))
    try:
        derived = derive(pattern, node.value)
    except AmbiguousError:
        raise _RefusedError(
            f"values for setters [{listed}] must be provided: "
            f"`{node.value}` can be read as `{pattern.text}` in several ways"
        ) from None
    if derived is None:
        raise _RefusedError(f"values for setters [{listed}] must be provided")
    return pattern.fill({**derived, **values})


def _refuse_alias(pattern: Pattern, node: Alias, values: Mapping[str, str]) -> None:
    """Behind an alias the value stands elsewhere, and maybe in several places: there is nothing to write here."""
    target = node.target
    if not isinstance(target, Scalar) or _text(pattern, target, values) != target.value:
        raise _RefusedError(f"the value stands behind the alias *{node.name}: put the comment at its anchor")


def _array(pattern: Pattern, values: Mapping[str, str]) -> list[object]:
    if len(pattern.names) != 1 or any(pattern.literals):
        raise _RefusedError(f'invalid setter pattern for array node: "{pattern.text}"')
    items = _list(values[pattern.names[0]])
    if isinstance(items, str):
        raise _RefusedError(items)
    return items


@cache
def _list(text: str) -> list[object] | str:
    """A setter's text as a list, or why it is none. Of few settings, used in many places."""
    if not text.strip():
        return []
    message = f'input to array setter must be an array of values, but found "{text}"'
    try:
        data = parse(text).data()
    except InputError as error:
        return f"{message} ({error})"
    return data if isinstance(data, list) else message


def _typing(resource: Resource, node: Scalar, path: Path, text: str) -> list[Finding]:
    """A plain scalar whose new text is read as another type; a placeholder had no type to keep."""
    if node.style or node.tag or "${" in node.value or "${" in text or node.value == text:
        return []
    before, after = node.data, Scalar(0, 0, text).data
    if type(before) is type(after) or before is None or text == "":
        return []
    words = {"str": "a string", "int": "an integer", "float": "a number", "bool": "a boolean", "NoneType": "null"}
    message = (
        f"`{node.value}` was {words[type(before).__name__]}, and `{text}` is {words[type(after).__name__]}: "
        "quote the value in the manifest if it has to stay as it was"
    )
    return [resource.finding("warning", message, path, node=node, current=node.value, proposed=text)]
