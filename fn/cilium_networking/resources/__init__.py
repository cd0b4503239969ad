"""The KRM contract: objects, where they stand, what is said of them, and how they come and go.

The same :class:`ResourceList` stands behind stdin (:mod:`.wire`) and a package directory (:mod:`.directory`), so that
a verb is one function of objects and settings, wherever it runs.
"""

from __future__ import annotations

from .finding import Finding, ResourceRef, Severity
from .resource import IDENTIFYING_KEYS, LOCAL_CONFIG, MANAGED_BY, OWNER, SETTER_COMMENT, Resource, read_resource
from .resource_list import Outcome, ResourceList

__all__ = [
    "IDENTIFYING_KEYS",
    "LOCAL_CONFIG",
    "MANAGED_BY",
    "OWNER",
    "SETTER_COMMENT",
    "Finding",
    "Outcome",
    "Resource",
    "ResourceList",
    "ResourceRef",
    "Severity",
    "read_resource",
]
