"""Calls every entry of the knowledge tables on a battery of inputs and holds what happens against it.

One module per library (``numpy``, ``torch``, …) offers two functions::

    entries() -> list[Entry]       every entry of the library's tables, sorted by name
    audit(entry) -> Row            call it on the battery; never raises, prints nothing

:class:`Row` says what came out. An entry is *confirmed* when every probe agreed with it and everything
that it claims was seen, *refuted* when one probe did not, *unproved* with a reason when the battery has
nothing to call it with or what it claims never showed, and *lacking* when the installed version has no
such name. What is proved is what the entry says, case by case: the first whose guard holds.
"""

from .row import Row, Verdict

__all__ = ["Row", "Verdict"]
