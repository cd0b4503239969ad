"""The exceptions that one room raises and another catches, in one place so that neither needs the other.

::

    CiliumNetworkingError
    ├── InputError    the input cannot be read: not YAML, not a ResourceList, too deep
    ├── EditError     an edit cannot be made without risk: alias, merge key, duplicate key
    └── UsageError    the command was called wrongly: unknown verb, missing directory

What is wrong *inside* readable input is never an exception: it is a
:class:`~cilium_networking.resources.Finding`, and all of them are reported at once.
"""

from __future__ import annotations


class CiliumNetworkingError(Exception):
    """What the doors catch and say."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        #: 1-based line in the text that was being read, when it is known.
        self.line = line


class InputError(CiliumNetworkingError):
    """The input cannot be read as what it has to be."""


class EditError(CiliumNetworkingError):
    """An edit that cannot be proved safe; nothing was changed."""


class UsageError(CiliumNetworkingError):
    """The command line asks for something that does not exist."""
