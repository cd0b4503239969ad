"""Which settings the renderer is tried with before a real API server: a spread over both forms of config.

Why: a handful of examples shows the manifests that somebody thought of. The spread is made of the product's own
declarations, so that a setting or a field that is added later is in it without anybody remembering.

Promises: every flat setting with several values, every field that the typed config has in a release, every word of an
enum, the ends of every bound; any two values of two settings, and of two plain fields of an object, meet in some case.
IPv4, IPv6 and both. The same cases in the same order each time. Values that YAML readers like to mistake (`on`, `1e3`,
`null`) are among them. A setting of a new type, or a field with a new pattern, is an error here until it has values.

Left out: `verb: validate`, which makes no manifest, and whatever the product refuses: what is wrong is tests/settings'.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cilium_networking.function import act
from cilium_networking.lossless import parse
from cilium_networking.resources import Resource, ResourceList, read_resource
from cilium_networking.resources.directory import read_directory
from lab.checkout import SHIPPED, flat_config, typed_config
from lab.spread.flat import flat_settings
from lab.spread.typed import fields, said, typed_specs

#: The releases that manifests are made for and an API server is asked about.
RELEASES: Final = ("1.16", "1.17", "1.18", "1.19")


@dataclass(frozen=True, slots=True)
class Case:
    """One config: `settings` in the flat form or `spec` in the typed one, for an empty package or over ours."""

    name: str
    release: str
    settings: Mapping[str, str] | None = None
    spec: Mapping[str, Any] | None = None
    over_package: bool = False

    @property
    def config(self) -> str:
        """The function config, as JSON: which text is a number to which reader of YAML is no question there."""
        config = typed_config(self.spec or {}) if self.settings is None else flat_config(self.settings)
        return json.dumps(config, indent=1, ensure_ascii=False)


class RefusedError(AssertionError):
    """The product refuses a case; the text is what it says."""


def render(case: Case) -> tuple[Resource, ...]:
    """The manifests that a case gives: objects for the cluster, without Kptfile and settings. Raises RefusedError."""
    package = read_directory(SHIPPED).list if case.over_package else ResourceList(())
    outcome = act(package, read_resource(parse(case.config)), {})
    if outcome.failed:
        said = "\n".join(f"  {one.message}" for one in outcome.findings if one.severity == "error")
        raise RefusedError(f"{case.name}, Cilium {case.release}: the product refuses\n{said}\nof\n{case.config}")
    return tuple(one for one in outcome.resources if not one.local and one.kind != "Kptfile")


def cases(release: str) -> tuple[Case, ...]:
    """Every case of a release."""
    found = []
    for number, (over_package, settings) in enumerate(flat_settings(release)):
        where = "over the package" if over_package else "from nothing"
        found.append(Case(f"flat {number:03} {where}", release, settings=settings, over_package=over_package))
    for number, (family, spec) in enumerate(typed_specs(release)):
        found.append(Case(f"typed {number:03} {family}", release, spec=spec))
    return tuple(found)


__all__ = ["RELEASES", "Case", "RefusedError", "cases", "fields", "render", "said"]
