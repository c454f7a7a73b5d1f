"""What a user may choose: which rules run, what to know of libraries; and what `pyproject.toml` says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import repr
from typing import TYPE_CHECKING, Any

from tensorlint.finding import Confidence
from tensorlint.reading import read_file

if TYPE_CHECKING:
    from tensorlint.knowledge.catalog import Entry
    from tensorlint.knowledge.contracts import Words

PROFILES = {
    "default": "the rules that are on by default",
    "strict": "the opt-in rules as well",
    "teaching": "the opt-in rules as well, each finding of a rule's first with the rule's page (text only)",
}
CONFIDENCES = {
    "medium": "also what hangs on what the file does not show: a condition, or what callers go on with",
    "high": "only what the file shows in full",
}
FORMATS = ("text", "concise", "json", "github", "gitlab", "rdjson", "sarif")


# What `[tool.tensorlint.contracts]` may add words to.
CONTRACTS = {
    "functions": "words in the name of a function that say that it writes to what it is handed",
    "parameters": "parameters that stand for a place to write to",
    "flags": "parameters and attributes that decide whether an argument is written",
    "decorators": "words in the name of a decorator whose functions write to what they are handed",
    "classes": "words in the name of a class, or of one of its bases, whose methods do",
    "kept": "words in the name of a variable that holds a model to be gone back to",
}


class ConfigError(ValueError):
    """A chosen value means nothing; the message names it and says what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """Codes to add to the rules that are on by default, and codes to take away; `disable` wins.

    `knowledge` is what the user says of libraries; it wins where a built-in table has the same name. `words`
    are those by which the user's own code says that it writes. What has less than this `confidence` is not
    reported.
    """

    enable: frozenset[str] = frozenset()
    disable: frozenset[str] = frozenset()
    knowledge: tuple[Entry, ...] = ()
    words: Words = ()
    confidence: Confidence = Confidence.MEDIUM

    @classmethod
    def parse(
        cls,
        enable: Iterable[str],
        disable: Iterable[str],
        known: Collection[str],
        knowledge: tuple[Entry, ...] = (),
    ) -> Options:
        """Options from codes or prefixes of codes (`TAL5` is all of TAL5xx), checked against `known` codes.

        Raises ConfigError for a value that selects nothing.
        """
        return cls(
            enable=_expand("enable", enable, known),
            disable=_expand("disable", disable, known),
            knowledge=knowledge,
        )

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries that `knowledge` speaks of: files that import one are worth a look."""
        return tuple(sorted({entry.library for entry in self.knowledge}))

    def active(self, code: str, *, default_on: bool) -> bool:
        """Is the rule `code` to be run?"""
        return (default_on or code in self.enable) and code not in self.disable


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules are to run, in the words of the user: codes, or prefixes of codes.

    `enable` and `profile` bring opt-in rules; of what runs, `select` and `ignore` say what is reported, and
    the longer prefix wins, all as for flake8.
    """

    profile: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    confidence: str = "medium"

    @property
    def is_default(self) -> bool:
        """True where the rules need not be asked who they are."""
        return self == Choice()

    def options(self, known: Mapping[str, bool], knowledge: tuple[Entry, ...] = ()) -> Options:
        """The rules to run, of those `known`: code -> whether it is on by default.

        Raises ConfigError for a code that means nothing.
        """
        opt_in = () if self.profile == "default" else tuple(code for code, on in known.items() if not on)
        wanted = Options.parse((*self.enable, *opt_in), self.disable, known)
        for option, codes in (("select", self.select), ("ignore", self.ignore)):
            _expand(option, codes, known)
        running = {
            code
            for code, default_on in known.items()
            if wanted.active(code, default_on=default_on) and self._reports(code)
        }
        if self.confidence not in CONFIDENCES:
            raise ConfigError(f"confidence: {repr(self.confidence)} is none of {', '.join(CONFIDENCES)}")
        confidence = Confidence[self.confidence.upper()]
        return Options(frozenset(running), frozenset(known) - running, knowledge, confidence=confidence)

    def _reports(self, code: str) -> bool:
        chosen = max((len(prefix) for prefix in self.select if code.startswith(prefix)), default=0)
        ignored = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=0)
        return chosen > ignored if self.select else not ignored


@dataclass(frozen=True, slots=True)
class Settings:
    """`[tool.tensorlint]` of one `pyproject.toml`. Patterns are gitignore's, from the folder of that file.

    `knowledge` is the file itself where it has such a table: its lines are read where they are understood.
    """

    choice: Choice = Choice()
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    output_format: str = "text"
    baseline: Path | None = None
    knowledge: tuple[Path, ...] = ()
    words: Words = ()
    file: Path | None = None

    def check(self, known: Mapping[str, bool]) -> None:
        """Hold the codes against those of the rules. Raises ConfigError, which names the file and the key."""
        try:
            self.choice.options(known)
            for pattern, codes in self.per_file_ignores.items():
                _expand(f"per-file-ignores.{pattern!r}", codes, known)
        except ConfigError as error:
            raise ConfigError(f"{self.file}: tool.tensorlint.{error}") from error


def nearest_settings(folder: Path) -> Settings:
    """What the nearest `pyproject.toml` in `folder` or above says; nothing where there is none.

    A look at its text comes first, so that a project which says nothing pays nothing. Raises ConfigError.
    """
    places = (above / "pyproject.toml" for above in (folder, *folder.parents))
    nearest = next((place for place in places if place.is_file()), None)
    return read_settings(nearest) if nearest is not None else Settings()


def read_settings(file: Path) -> Settings:
    """What `[tool.tensorlint]` of a file says. Raises ConfigError, which names the file and the key."""
    try:
        data = read_file(file)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    table = _table(data, file) if b"tensorlint" in data else {}
    try:
        return _Reader(table).settings(file)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error


def _table(data: bytes, file: Path) -> dict[str, Any]:
    from tensorlint.toml import TomlError, read_toml

    try:
        found = read_toml(data)
    except TomlError as error:
        place = f"{file}:{error.line}" if error.line else file
        raise ConfigError(f"{place}: {error}") from error
    tool = found.get("tool")
    table = tool.get("tensorlint", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: expected a table [tool.tensorlint]")
    return table


class _Reader:
    """Takes the keys of one table, each with the type that it has to have."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table

    def settings(self, file: Path) -> Settings:
        known = (
            "profile select ignore enable disable confidence exclude per-file-ignores output-format baseline"
            " knowledge contracts"
        )
        for key in self.table:
            if key not in known.split():
                raise ConfigError(
                    f"[tool.tensorlint] has no key {repr(key)}; the keys are {', '.join(known.split())}"
                )
        baseline = self._text("baseline")
        return Settings(
            choice=Choice(
                profile=self._one_of("profile", PROFILES) or "default",
                select=self._texts("select"),
                ignore=self._texts("ignore"),
                enable=self._texts("enable"),
                disable=self._texts("disable"),
                confidence=self._one_of("confidence", CONFIDENCES) or "medium",
            ),
            exclude=self._texts("exclude"),
            per_file_ignores=self._ignores("per-file-ignores"),
            output_format=self._one_of("output-format", FORMATS) or "text",
            baseline=file.parent / baseline if baseline else None,
            knowledge=(file,) if "knowledge" in self.table else (),
            words=self._words("contracts"),
            file=file,
        )

    def _text(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise _wrong(key, "a string", value)
        return value

    def _one_of(self, key: str, known: Collection[str]) -> str:
        value = self._text(key)
        if key in self.table and value not in known:
            raise _wrong(key, f"one of {', '.join(known)}", value)
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        return _texts(key, self.table.get(key, []))

    def _words(self, key: str) -> Words:
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            raise _wrong(key, 'a table such as { functions = ["absorb"] }', value)
        found = {}
        for kind, listed in value.items():
            if kind not in CONTRACTS:
                raise ConfigError(
                    f"[tool.tensorlint.{key}] has no key {repr(kind)}; the keys are {', '.join(CONTRACTS)}"
                )
            found[kind] = _texts(f"{key}.{kind}", listed)
            for word in found[kind]:
                whole = kind in ("parameters", "flags")
                if not (word.isidentifier() if whole else word.isalnum()):
                    raise _wrong(f"{key}.{kind}", "a name" if whole else "one word of a name", word)
        return tuple(found.items())

    def _ignores(self, key: str) -> dict[str, tuple[str, ...]]:
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            raise _wrong(key, 'a table such as { "tests/*" = ["TAL1"] }', value)
        return {pattern: _texts(f"{key}.{pattern!r}", codes) for pattern, codes in value.items()}


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(key, "a list of strings", value)
    return tuple(value)


def _wrong(key: str, expected: str, value: object) -> ConfigError:
    return ConfigError(f"tool.tensorlint.{key}: expected {expected}, not {repr(value)}")


def _expand(option: str, values: Iterable[str], known: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    for value in values:
        selected = {code for code in known if value and code.startswith(value)}
        if not selected:
            rules = ", ".join(sorted(known))
            raise ConfigError(f"{option}: no rule is called {repr(value)}; the rules are {rules}")
        found |= selected
    return frozenset(found)
