"""Where manifests of RKE2 live, read: each object with the way that leads to it; and given back without some of them.

A source is a file or a directory, named as it was typed: user data of cloud-init in any wrapping, objects of Cluster
API and Rancher, Butane and Ignition, stages of Kairos, a directory of manifests, a kpt package, an export of a cluster.
:func:`read_sources` reads them, and never writes. :func:`rewritten` gives the text of each source without the objects
that moved, as the smallest edit there is, proved by reading it again; who calls it decides where that goes.

Which objects move, and what becomes of them, is not known here.
"""

from __future__ import annotations

from .layer import MANIFESTS, File, Found, Layer, Reading, Rewritten, Target
from .reading import read, read_sources
from .rewriting import rewritten
from .secrets import Secrets

__all__ = [
    "MANIFESTS",
    "File",
    "Found",
    "Layer",
    "Reading",
    "Rewritten",
    "Secrets",
    "Target",
    "read",
    "read_sources",
    "rewritten",
]
