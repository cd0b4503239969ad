"""What a verb is given and what it answers: a list of objects, and findings about them."""

from __future__ import annotations

from typing import NamedTuple

from .finding import Finding
from .resource import Resource


class ResourceList(NamedTuple):
    """The objects of a package, from stdin or from files: verbs cannot tell which."""

    resources: tuple[Resource, ...]
    #: What could not be read, or is no object; its text is kept aside and never given to a verb.
    findings: tuple[Finding, ...] = ()


class Outcome(NamedTuple):
    """The objects after a verb and all that it has to say. With an error among it, the objects are the old ones."""

    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)
