"""Completion scripts for bash, zsh and fish, printed from the table of commands.

A script holds every word by itself, so that a key press never starts Python: verbs, options, values of options, the
settings behind ``--set`` and the names behind ``explain``. Files and directories are the shell's own. After an update
that brings new words the script is printed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..kinds import RELEASES
from ..settings import BY_NAME
from .commands import COMMANDS, HELP, SHELLS, Command, Completes, Option
from .explain import names

_COMMAND: Final = "cilium-networking"


def script(shell: str) -> str:
    """The script of one of :data:`SHELLS`."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _words(completes: Completes) -> tuple[str, ...]:
    """What may stand there, for what is no file."""
    if completes == "setting":
        return tuple(BY_NAME)
    if completes == "release":
        return RELEASES
    return tuple(names()) if completes == "name" else SHELLS if completes == "shell" else ()


def _options(verb: Command) -> tuple[Option, ...]:
    return () if verb.name == "fn" else (*verb.options, HELP)


def _valued() -> Iterator[tuple[Command, Option]]:
    for verb in COMMANDS:
        for option in verb.options:
            if option.value is not None:
                yield verb, option


# --- bash: 4 or newer, for mapfile ---------------------------------------------------------------------------------

# In COMP_WORDS an `=` is a word of its own, so `--format=j` is three of them.
_BASH: Final = """\
# bash completion for cilium-networking
_cilium_networking() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
  if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '%(verbs)s' -- "$cur")
    return
  fi
  case $verb,$prev in
%(values)s
  esac
  if [[ $cur == -* ]]; then
    case $verb in
%(options)s
    esac
    return
  fi
  case $verb in
%(operands)s
  esac
}
complete -F _cilium_networking cilium-networking
"""


def _bash() -> str:
    values = [f"    {verb.name},{option.name}) {_bash_reply(option)}; return ;;" for verb, option in _valued()]
    options = [
        f"      {verb.name}) {_bash_list(tuple(option.name for option in _options(verb)))} ;;"
        for verb in COMMANDS
        if _options(verb)
    ]
    operands = [f"    {verb.name}) {_bash_reply(verb)} ;;" for verb in COMMANDS if verb.completes != "nothing"]
    return _BASH % {
        "verbs": " ".join(verb.name for verb in COMMANDS),
        "values": "\n".join(values),
        "options": "\n".join(options),
        "operands": "\n".join(operands),
    }


def _bash_reply(of: Option | Command) -> str:
    if isinstance(of, Option) and of.choices:
        return _bash_list(of.choices)
    if of.completes in ("file", "directory"):
        kind = "-f" if of.completes == "file" else "-d"
        return f'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen {kind} -- "$cur")'
    if of.completes == "setting":
        return f"compopt -o nospace 2>/dev/null; {_bash_list(_words('setting'), suffix='=')}"
    return _bash_list(_words(of.completes))


def _bash_list(words: tuple[str, ...], suffix: str = "") -> str:
    after = f" -S {suffix}" if suffix else ""
    return f"mapfile -t COMPREPLY < <(compgen{after} -W '{' '.join(words)}' -- \"$cur\")"


# --- zsh -----------------------------------------------------------------------------------------------------------

_ZSH: Final = """\
#compdef cilium-networking
# zsh completion for cilium-networking
_cilium_networking() {
  local verb=${words[2]} previous=${words[CURRENT-1]}
  local -a found
  if ((CURRENT == 2)); then
    found=(%(verbs)s)
    _describe -t verbs verb found
    return
  fi
  if [[ $PREFIX == --*=* ]]; then
    previous=${PREFIX%%%%=*}
    compset -P '*='
  fi
  case $verb,$previous in
%(values)s
  esac
  if [[ $PREFIX == -* ]]; then
    case $verb in
%(options)s
    esac
    _describe -o option found
    return
  fi
  case $verb in
%(operands)s
  esac
}
if [[ ${funcstack[1]} == _cilium_networking ]]; then
  _cilium_networking "$@"
else
  compdef _cilium_networking cilium-networking
fi
"""


def _zsh() -> str:
    values = [f"    ({verb.name},{option.name}) {_zsh_reply(option)}; return ;;" for verb, option in _valued()]
    options = [
        f"      ({verb.name}) found=({_described((option.name, option.doc) for option in _options(verb))}) ;;"
        for verb in COMMANDS
        if _options(verb)
    ]
    operands = [f"    ({verb.name}) {_zsh_reply(verb)} ;;" for verb in COMMANDS if verb.completes != "nothing"]
    return _ZSH % {
        "verbs": _described((verb.name, verb.summary) for verb in COMMANDS),
        "values": "\n".join(values),
        "options": "\n".join(options),
        "operands": "\n".join(operands),
    }


def _zsh_reply(of: Option | Command) -> str:
    if isinstance(of, Option) and of.choices:
        return f"compadd -- {' '.join(of.choices)}"
    if of.completes in ("file", "directory"):
        return "_files" if of.completes == "file" else "_files -/"
    if of.completes == "setting":
        return f"compadd -S = -- {' '.join(_words('setting'))}"
    return f"compadd -- {' '.join(_words(of.completes))}"


def _described(pairs: Iterator[tuple[str, str]]) -> str:
    return " ".join(_quoted(f"{name}:{text}") for name, text in pairs)


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"


# --- fish ----------------------------------------------------------------------------------------------------------


def _fish() -> str:
    first = "test (count (commandline -opc)) -eq 1"
    verbs = [_fish_line(first, "-a", verb.name, "-d", _fish_quoted(verb.summary)) for verb in COMMANDS]
    lines = ["# fish completion for cilium-networking", f"complete -c {_COMMAND} -f", *verbs]
    for verb in COMMANDS:
        # The second word is the verb, once there is one.
        here = f"test (commandline -opc)[2] = {verb.name} 2>/dev/null"
        lines += [
            _fish_line(here, "-l", option.name[2:], *_fish_value(option), "-d", _fish_quoted(option.doc))
            for option in _options(verb)
        ]
        if verb.completes in ("file", "directory"):
            lines.append(_fish_line(here, "-F"))
        elif verb.completes != "nothing":
            lines.append(_fish_line(here, "-a", _fish_quoted(" ".join(_words(verb.completes)))))
    return "\n".join(lines) + "\n"


def _fish_line(condition: str, *words: str) -> str:
    return f"complete -c {_COMMAND} -n {_fish_quoted(condition)} {' '.join(words)}"


def _fish_value(option: Option) -> list[str]:
    if option.value is None:
        return []
    if option.choices:
        return ["-x", "-a", _fish_quoted(" ".join(option.choices))]
    if option.completes == "setting":
        return ["-x", "-a", _fish_quoted(" ".join(f"{name}=" for name in _words("setting")))]
    if option.completes == "release":
        return ["-x", "-a", _fish_quoted(" ".join(_words("release")))]
    if option.completes == "directory":
        return ["-x", "-a", "'(__fish_complete_directories)'"]
    return ["-r", "-F"] if option.completes == "file" else ["-x"]


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
