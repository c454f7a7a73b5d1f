"""The front end: outline a file with ``ast``, lower the units that matter with ``libcst``.

Importing this package does not import libcst; :func:`lower` does when it is first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorlint.source import Source
from tensorlint.syntax.outline import Outline, Unit, outline
from tensorlint.syntax.segment import LoweringSkipped

if TYPE_CHECKING:
    from tensorlint.syntax.lowering import Lowered

__all__ = ["LoweringSkipped", "Outline", "Unit", "lower", "outline"]


def lower(source: Source, outline: Outline, unit: Unit) -> Lowered:
    """Lower one unit to an :class:`tensorlint.ir.Function`; or raise :class:`LoweringSkipped`."""
    # Imported here and not above: files without tensors must not pay for libcst.
    from tensorlint.syntax import lowering

    return lowering.lower(source, outline, unit)
