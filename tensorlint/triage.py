"""Which units could hold anything reportable; the rest is never parsed."""

from __future__ import annotations

from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source
from tensorlint.syntax.outline import Outline, Unit


def triage(source: Source, outline: Outline, catalog: Catalog) -> list[Unit]:
    """The units of a file that could hold anything reportable, in order."""
    return list(outline.units)
