"""Documents that carry further texts at known places: a tuple of families, a module each.

A new source is a new module here: a function that is shown one document and gives the texts in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from . import butane, cloud_config, cluster_api, kairos, rancher, user_data
from .held import Document, Held, Said

CARRIERS: Final[tuple[Callable[[Document], Iterator[Held | Said]], ...]] = (
    cloud_config.texts,
    kairos.texts,
    butane.texts,
    cluster_api.texts,
    rancher.texts,
    user_data.texts,
)


def texts(document: Document) -> Iterator[Held | Said]:
    """All that a document carries, family by family, and what is to be said of what cannot be read."""
    for family in CARRIERS:
        yield from family(document)


__all__ = ["Document", "Held", "Said", "texts"]
