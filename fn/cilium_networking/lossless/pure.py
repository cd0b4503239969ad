"""PyYAML's parser in pure Python, for machines whose PyYAML was built without libyaml.

It gives the events that libyaml gives, some ten times slower. Two things are added to it: the one method more that
libyaml's parser has, and tabs, which PyYAML forbids between tokens and libyaml (as YAML and go-yaml) allows.

Left out: PyYAML is laxer about nonsense (``![]``), and refuses ``?`` inside a plain scalar between brackets.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

_BREAKS: Final = frozenset("\r\n\x85\u2028\u2029")
_BLANKS: Final = frozenset(" \t")
_MARKERS: Final = ("---", "...")


class PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """A text as events, by the method that libyaml's parser is asked with."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        # A tab is no indentation: it may stand only where no block key can begin.
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        while self.peek() in _BLANKS:
            self.forward()
        super().scan_block_scalar_ignored_line(start_mark)

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> list[str]:
        """What stands between two words of a plain scalar, folded; nothing where the scalar ends."""
        length = 0
        while self.peek(length) in _BLANKS:
            length += 1
        blanks = self.prefix(length)
        self.forward(length)
        if self.peek() not in _BREAKS:
            return [blanks] if blanks else []
        self.allow_simple_key = True
        first, *more = self._breaks(indent, start_mark)
        if self.column == 0 and self.prefix(3) in _MARKERS and self.peek(3) in "\0 \t\r\n\x85\u2028\u2029":
            return []
        if first != "\n":
            return [first, *more]
        return more or [" "]

    def _breaks(self, indent: int, start_mark: Any) -> list[str]:
        breaks = []
        while self.peek() in _BREAKS:
            breaks.append(str(self.scan_line_break()))  # type: ignore[no-untyped-call]  # the stubs leave it open
            while self.peek() in _BLANKS:
                if self.peek() == "\t" and self.column < indent:
                    raise yaml.scanner.ScannerError(
                        "while scanning a plain scalar",
                        start_mark,
                        "found a tab character that violates indentation",
                        self.get_mark(),
                    )
                self.forward()
        return breaks
