"""The table of commands as help at a terminal, and as ``docs/cli.md``."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from .. import __version__
from .commands import COMMANDS, HELP, Command, Option

_WIDTH: Final = 100

_CODES: Final = """\
exit codes:
  0  clean; warnings do not count
  1  an error among the findings, or a difference that --check found
  2  a wrong call, or input that cannot be read
"""

_FORMATS: Final = """\
## Formats

`text` is for people: `file:line: severity: message`, and below it the object, the field, what is there and what would
be right. Colours are used on a terminal only, and not where `NO_COLOR` is set. `github` are workflow commands, which
GitHub shows at the lines of a pull request; `sarif` is a SARIF 2.1.0 log. Files are named as they are found from the
current directory. What merely stands (severity info) is left out unless `--verbose` is given.

`json` is one document of this shape. `format` counts up when a key changes its meaning or goes; keys may be added. All
keys are always there, `null` is what is not known.

| Key | What it is |
|---|---|
| `format` | 1 |
| `tool`, `version` | `cilium-networking` and its version |
| `verb` | `render`, `validate` or `migrate` |
| `summary` | how many: `errors`, `warnings`, `infos` (those shown), `changes` |
| `findings[]` | `severity` (`error`, `warning`, `info`), `message`, `rule` |
| `findings[].releases` | of those of `--release`, the ones that it holds in; `null` where it holds in all |
| `findings[].object` | `apiVersion`, `kind`, `name`, `namespace`, or `null` |
| `findings[].field`, `.current`, `.proposed` | the field's path, what is there, what would be right |
| `findings[].file`, `.index`, `.line` | the file, the document in it from 0, the line from 1 |
| `changes[]` | `file`, `change` (`changed`, `added`, `removed`), and `diff` when `--diff` was given; not of `migrate` |

What `migrate` adds, in place of `changes`, is the fidelity report; `markdown` is the same as a page.

| Key | What it is |
|---|---|
| `summary` | with `moves` and `stays`, how many objects |
| `moves[]` | `kind`, `name`, `way` (where it was read), `file` (where it goes) and `fields[]` |
| `moves[].fields[]` | `field`, `before`, `after`, `to` (where it moved), `why` |
| `moves[].fields[].fate` | `carried`, `changed`, `lost` (the new form cannot say it), `decide` (the owner has to) |
| `added[]` | objects that a mend has made: `kind`, `name` |
| `addresses[]` | `service`, `address`, `verb` (`has`, `asks for`), `pools` that give it |
| `stays[]` | `kind`, `name`, `way`, `why` |
| `settings[]` | `name`, `value` (`null` where only a placeholder is known), `placeholder`, `type`, `of` |
| `sources[]` | `file`, `rewritten` (`null` where nothing is left), `told` (what was taken out) |
| `written[]` | the files that were written |

## Exit codes

| Code | When |
|---|---|
| 0 | clean; warnings do not count |
| 1 | an error among the findings, or a difference that `--check` found |
| 2 | a wrong call, or input that cannot be read: no such directory, a named file or a config that is not YAML |
| 130 | Ctrl-C; each file is then as it was or written whole |

A file in a directory that is no YAML is left alone with a warning, as a template is. `validate` calls it an error where
it has an `apiVersion` and a `kind` and nothing of a template: objects were meant, and nobody has judged them.

`fn` knows only 0 and 1, which is what orchestrators look at.
"""


def overview() -> str:
    """What `--help` prints."""
    width = max(len(each.name) for each in COMMANDS)
    verbs = "".join(f"  {each.name:<{width}}  {each.summary}\n" for each in COMMANDS)
    return (
        f"cilium-networking {__version__}: the advanced networking of Cilium on RKE2 and bare metal, file to file\n\n"
        f"usage: cilium-networking VERB ...\n\n{verbs}\n`cilium-networking VERB --help` says more.\n\n{_CODES}"
    )


def page(verb: Command) -> str:
    """What `VERB --help` prints."""
    parts = [f"usage: {verb.usage}\n", f"{verb.summary}\n", _plain(verb.text)]
    parts.append("options:\n" + "".join(_line(option) for option in (*verb.options, HELP)))
    if verb.examples:
        parts.append("examples:\n" + "".join(f"  {example}\n" for example in verb.examples))
    return "\n".join(parts)


def cli_markdown() -> str:
    """``docs/cli.md``."""
    parts = ["# The command", "", "`cilium-networking VERB`; data goes to stdout, talk to stderr.", ""]
    parts += ["| Verb | What it does |", "|---|---|"]
    parts += [f"| [`{each.name}`](#{each.name}) | {each.summary} |" for each in COMMANDS]
    for verb in COMMANDS:
        parts += ["", f"## {verb.name}", "", f"`{verb.usage}`", "", verb.text]
        if verb.options:
            parts += ["", "| Option | What it does |", "|---|---|"]
            parts += [f"| `{_form(option)}` | {_doc(option)} |" for option in verb.options]
        if verb.examples:
            parts += ["", "```sh", *verb.examples, "```"]
    return "\n".join(parts) + "\n\n" + _FORMATS


def _form(option: Option) -> str:
    return option.name + (f" {option.value}" if option.value else "")


def _doc(option: Option) -> str:
    known = f"; one of {', '.join(f'`{choice}`' for choice in option.choices)}" if option.choices else ""
    return option.doc + known + ("; may be repeated" if option.repeated else "")


def _line(option: Option) -> str:
    head = f"  {_form(option):<20}  "
    return (
        textwrap.fill(_plain(_doc(option)).rstrip("\n"), _WIDTH, initial_indent=head, subsequent_indent=" " * 24) + "\n"
    )


def _plain(text: str) -> str:
    """Prose without Markdown's backquotes around options and words, filled anew."""
    paragraphs = [textwrap.fill(re.sub(r"`(-[^`]*)`", r"\1", each), _WIDTH) for each in text.split("\n\n")]
    return "\n\n".join(paragraphs) + "\n"
