"""What patterns that are written out say of the memory of the tensor they speak of: those of einops, and the
equations of ``einsum``.
"""

from __future__ import annotations

REST = "."  # stands for `...`, which no letter does


def regroups(pattern: str) -> bool | None:
    """Whether a view is enough for a pattern of einops: reordering and splitting axes never copies."""
    return True if "(" not in pattern.partition("->")[2] else None


def reorders(equation: str) -> bool | None:
    """Whether an equation for one tensor asks for all its axes in some order; None: it is for several."""
    axes = _axes(equation)
    return None if axes is None else sorted(axes[0]) == sorted(axes[1])


def keeps_axes(equation: str) -> bool | None:
    """Whether an equation for one tensor sums nothing: every letter stays, one that repeats as a diagonal."""
    axes = _axes(equation)
    return None if axes is None else set(axes[0]) == set(axes[1])


def _axes(equation: str) -> tuple[str, str] | None:
    """The axes before and behind the arrow. Where there is none, those that do not repeat stay, sorted."""
    taken, arrow, given = equation.replace(" ", "").replace("...", REST).partition("->")
    named = (taken + given).replace(REST, "")
    if (named and not (named.isalpha() and named.isascii())) or len(given) != len(set(given)):
        return None
    if not arrow:
        given = "".join(sorted(axis for axis in taken if taken.count(axis) == 1))
    return None if taken.count(REST) > 1 or not set(given) <= set(taken) or not taken else (taken, given)
