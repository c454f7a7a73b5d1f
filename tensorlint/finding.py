"""What a rule says: findings over origins, and the diagnostics over lines and columns made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

Origin = int


@dataclass(frozen=True, slots=True)
class Quote:
    """The source text of an origin, looked up only when a message is rendered."""

    origin: Origin


Value = str | int | Quote


@dataclass(frozen=True, slots=True)
class Note:
    """A second place of the story: where the view was taken, where the base is read again."""

    origin: Origin
    template: str
    values: Mapping[str, Value] = field(default_factory=dict)


DEEP_COPY = "{@copy.deepcopy}({})"


class Rewriting(Enum):
    """How the source at an origin is to be written to cure a finding; `fixes` does it."""

    COPY = "what stands there, or is assigned there, is copied"
    COPY_ARGUMENT = "the call gives way to a copy of its argument"
    COPY_LAST_ARGUMENT = "the last argument is copied"
    COPY_DEEPLY = "what was copied shallowly there is copied with all that it holds"
    COPY_FIRST = "`copy` is a statement of its own, before the one that stands there"
    COPY_EACH = "every place of a replicated list gets a copy of its own"
    OUT_OF_PLACE = "an augmented assignment becomes a plain one"
    KEEP_RESULT = "what a statement throws away is assigned to what `copy` names"
    RESHAPE = "`view` becomes `reshape`, which copies where it has to"
    KEEP = "the copy that a statement writes to is kept, and goes back to where it was taken from"
    KEEP_ARGUMENT = "a copy of the first argument is kept and handed over, and goes back where that belongs"
    REBIND = "the copy that a statement writes to takes the name of what was copied"
    IN_PLACE = "a plain assignment becomes an augmented one"
    HAND_OVER = "what is assigned is handed to the call `copy`"
    STORE_ELEMENT = "what a loop's variable is given goes to its place in what the loop goes through"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the source that cures a finding. In ``copy``, ``{}`` is what is copied, and
    ``{@copy.deepcopy}`` a function by its qualified name, imported if need be. ``safe``: what worked before
    works as before.
    """

    rewriting: Rewriting
    origin: Origin
    copy: str = "{}"
    safe: bool = False


class Confidence(IntEnum):
    """How much of the harm the file itself shows."""

    MEDIUM = 1  # it hangs on what the file does not show: a condition, or what callers go on with
    HIGH = 2  # all of it

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One report of a rule: where, and the values that fill the rule's message. A ``condition`` among them
    takes confidence away.
    """

    origin: Origin
    values: Mapping[str, Value]
    notes: tuple[Note, ...] = ()
    message: str | None = None  # a template of its own, where the rule's message does not fit
    fix: Fix | None = None
    confidence: Confidence = Confidence.HIGH


@dataclass(frozen=True, slots=True)
class Span:
    """Lines from 1, columns from 0 in code points, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Related:
    """A note, rendered; without an end (0) where only its beginning is known."""

    line: int
    column: int
    message: str
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that takes the place of what stands at ``span``; where that is empty, it is put there."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A fix, rendered: what is done, as a person would say it, and the edits, which belong together."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One line for a person: ``line`` from 1, ``column`` from 0 in code points."""

    code: str
    name: str
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    notes: tuple[Related, ...] = ()
    path: str = "<text>"
    repair: Repair | None = None
    confidence: Confidence = Confidence.HIGH

    @property
    def sort_key(self) -> tuple[int, int, str, str]:
        return self.line, self.column, self.code, self.message

    @property
    def story(self) -> tuple[Related, ...]:
        """All places in the order in which they run, as far as the text tells: what stands before the
        reported place, that place itself, what follows; what is used "again" follows, even in a loop.
        """
        here = Related(self.line, self.column, self.message, self.end_line, self.end_column)
        place = self.line, self.column
        before = [
            note for note in self.notes if (note.line, note.column) < place and " again " not in note.message
        ]
        after = [note for note in self.notes if note not in before]
        return (*sorted(before, key=lambda note: (note.line, note.column)), here, *after)

    @property
    def one_line(self) -> str:
        """The message with its other places, for what shows nothing but one line."""
        return self.told(lambda line: f"line {line}")

    def told(self, where: Callable[[int], str]) -> str:
        """The message with its other places on one line, each with the words for its line."""
        notes = "; ".join(f"{where(note.line)}: {note.message}" for note in self.notes)
        return f"{self.code} {self.message}" + (f" ({notes})" if notes else "")
