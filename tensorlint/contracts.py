"""What code may say about itself, for annotations: importing it loads nothing."""

from __future__ import annotations


class Mutates:
    """Marks a parameter that a function writes on purpose: ``Annotated[np.ndarray, Mutates]``.

    The write is not reported in the function's body, and callers are taken to know of it. Without importing
    this package, ``Annotated[np.ndarray, "mutates"]`` and a comment ``# tensorlint: mutates x`` say the same.
    """
