"""The pages and files of this project that are made from what the code declares.

``docs --write`` makes them, ``docs --check`` and a test hold them. What cannot be derived, how we differ from
apply-setters and why, is told here once; a test shows each row at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .errors import UsageError
from .records import dataclass
from .resources.directory import Change
from .resources.directory import write as write_files

#: The name of the ConfigMap in both setters.yaml.
SETTERS_NAME: Final = "cilium-networking-setters"

#: Where each rule has its page. What is there and no rule's is of a rule that is gone.
RULES_FOLDER: Final = "docs/rules"
#: And where each source of a migration.
MIGRATIONS_FOLDER: Final = "docs/migrations"

#: Page by page: the file, and the word of ``--only`` for it; the pages of the rules come on top.
FILES: Final = (
    ("docs/setters.md", "setters"),
    ("docs/cli.md", "cli"),
    ("docs/ciliumnetworking.schema.json", "schema"),
    ("docs/networkinventory.schema.json", "schema"),
    ("setters.yaml", "yaml"),
    ("packages/cilium-networking/setters.yaml", "yaml"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which we are not apply-setters, and the reason."""

    here: str
    why: str


_DIFFERENCES: Final = (
    Difference(
        "Every setter is substituted at once, in the order of the document. A value that holds `${other}` is "
        "written as it is",
        "apply-setters replaces one name after the other in a random order, so what such a value becomes is a "
        "matter of luck",
    ),
    Difference(
        "A value that has to be recovered from the text, because its setting is not given, has to be the only one "
        "that fits; else it is an error that names what to give",
        "apply-setters takes the longest match: from `registry:5000/app:1` and `${image}:${tag}` it may recover "
        "what nobody meant",
    ),
    Difference(
        "`[]` is a list like any other",
        "apply-setters writes YAML for it that cannot be read",
    ),
    Difference(
        "A list that already holds the values keeps its style; only one that changes is written as a block",
        "what does not change does not move",
    ),
    Difference(
        "Comments inside a list that is given as a value are not kept, and a setter comment among them is not obeyed",
        "a value is data; a setter that arrives inside of another's value is a second pass",
    ),
    Difference(
        "Results carry severity, object and document index. Errors come first, then warnings; the rest object by "
        "object: its single values in the order of the text, then its lists",
        "kpt shows a result without severity as information, and without an object nobody knows whose it is",
    ),
    Difference(
        "Everything that is wrong with the settings is reported at once, and then everything that is wrong with "
        "the package",
        "apply-setters stops at the first error",
    ),
    Difference(
        "A plain value that changes its type, as from `v1` to `1`, is changed in the same way, and a warning says so",
        "it is seldom meant, and shows only when the API server refuses the object",
    ),
    Difference(
        "A function config that is neither a ConfigMap nor a CiliumNetworking is an error, and so is a value in "
        "`data` that is a list or a mapping, or a name that stands twice",
        "apply-setters reads `data` of whatever it is given and skips what it cannot use: a config that does "
        "nothing looks like one that works",
    ),
    Difference(
        "A setting that is listed here is checked. Left at its own name, empty, or a `${...}` placeholder (but "
        "for the two that may be one), it is an error",
        "such values are those of a package that nobody has filled in yet",
    ),
    Difference(
        "A name that is nearly one of those listed here and used nowhere is an error; another name that is used "
        "nowhere is a warning, and so is a setting without a place",
        "apply-setters speaks up only when not a single setting found a place",
    ),
    Difference(
        "A setting that is listed here may make objects, as told above",
        "apply-setters only ever changes what a comment marks",
    ),
    Difference(
        "A value behind an alias is not changed: the error says to put the comment at its anchor. The same holds "
        "for fields of our objects below an alias, a merge key or a duplicate key",
        "the edit would change other fields too, or none",
    ),
    Difference(
        "A comment that closes an object is there once after any number of runs",
        "kpt restores comments at the end of an object, so those that a function prints are doubled",
    ),
    Difference(
        "Characters stay as they are written, and so does everything else that no comment marks",
        "apply-setters prints the whole document anew, with emoji as escapes",
    ),
)


def differences() -> str:
    """The body of the section about apply-setters."""
    intro = (
        "A package that has only `# kpt-set:` comments gives what apply-setters (v0.2, of kpt's function catalog)\n"
        "gives, and says it in the same words. These are the differences.\n\n"
        "| Here | Why |\n|---|---|\n"
    )
    return intro + "".join(f"| {each.here} | {each.why} |\n" for each in _DIFFERENCES)


def pages(only: str | None = None) -> dict[str, str]:
    """File to text, those of one word of ``--only`` or all."""
    from .cli.page import cli_markdown
    from .report.rule_page import index_markdown, inventory_schema_json, rule_markdown
    from .rules import EVERY
    from .settings.publish import json_schema, setters_markdown, setters_yaml

    made: dict[str, str] = {}
    for file, word in FILES:
        if only not in (None, word):
            continue
        match file:
            case "docs/setters.md":
                made[file] = setters_markdown(differences())
            case "docs/cli.md":
                made[file] = cli_markdown()
            case "docs/ciliumnetworking.schema.json":
                made[file] = json_schema()
            case "docs/networkinventory.schema.json":
                made[file] = inventory_schema_json()
            case _:
                made[file] = setters_yaml(SETTERS_NAME)
    if only in (None, "rules"):
        made[f"{RULES_FOLDER}/README.md"] = index_markdown(EVERY)
        made |= {f"{RULES_FOLDER}/{rule.id}.md": rule_markdown(rule) for rule in EVERY}
    if only in (None, "migrations"):
        made |= _migrations()
    return made


def _migrations() -> dict[str, str]:
    from .report.migration_examples import EXAMPLES
    from .report.migration_page import migration_markdown, migrations_index

    found = {f"{MIGRATIONS_FOLDER}/README.md": migrations_index(EXAMPLES)}
    # To be tried, as the README does.
    found |= {f"{MIGRATIONS_FOLDER}/{each.file}": each.source for each in EXAMPLES if "/" not in each.file}
    return found | {f"{MIGRATIONS_FOLDER}/{each.name}.md": migration_markdown(each) for each in EXAMPLES}


def differing(root: Path, only: str | None = None) -> list[str]:
    """The files that are not what the code declares. Raises UsageError where there is no checkout."""
    if not (root / "fn" / "cilium_networking").is_dir():
        raise UsageError(f"`{root}` is no checkout of this project; name one: `docs --root DIR`")
    return [file for file, text in pages(only).items() if _text(root / file) != text]


def stale(root: Path, only: str | None = None) -> list[str]:
    """The pages of rules and sources that are gone."""
    found: list[str] = []
    for word, folder in (("rules", RULES_FOLDER), ("migrations", MIGRATIONS_FOLDER)):
        if only in (None, word):
            made = pages(word)
            there = sorted(path.relative_to(root).as_posix() for path in (root / folder).glob("*"))
            found += [file for file in there if file not in made]
    return found


def write(root: Path, files: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Write these files, and remove those."""
    made = pages()
    write_files(root, [Change(file, _text(root / file), made.get(file)) for file in (*files, *gone)])


def _text(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else None
