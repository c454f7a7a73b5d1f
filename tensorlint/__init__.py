"""tensorlint: finds unsafe tensor aliasing.

The public API is :func:`lint_text`, :func:`lint_path`, :class:`Diagnostic` and :class:`Options`, and for
annotations :class:`Mutates`. Importing this package loads nothing heavy; the engine is loaded with the first
file that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorlint.config import Options
from tensorlint.contracts import Mutates
from tensorlint.finding import Diagnostic, Related

if TYPE_CHECKING:
    from tensorlint.lint import lint_path, lint_text

__all__ = ["Diagnostic", "Mutates", "Options", "Related", "lint_path", "lint_text"]


def __getattr__(name: str) -> Any:
    if name in ("lint_path", "lint_text"):
        from tensorlint import lint

        return getattr(lint, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
