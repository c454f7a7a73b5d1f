"""`tensorlint explain FILE:LINE`: what the engine knows there."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path

from tensorlint.cli import OK
from tensorlint.cli.choosing import options_of, settings_of
from tensorlint.config import ConfigError
from tensorlint.notebooks import SUFFIX
from tensorlint.reading import read_file
from tensorlint.report.visible import visible
from tensorlint.source import Source, SourceError

PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?:?")


def run(arguments: Namespace) -> int:
    """Print what is known at a line. Raises ConfigError for a place that is none."""
    place = PLACE.fullmatch(arguments.place)
    if place is None:
        raise ConfigError(f"{arguments.place}: expected FILE:LINE, such as model.py:12")
    if place["file"].endswith(SUFFIX) or f"{SUFFIX}:" in place["file"]:
        raise ConfigError(f"{place['file']}: explain reads Python files only, and no notebooks")
    source = _read(place["file"])
    line = int(place["line"])
    if not 1 <= line <= len(source.lines):
        raise ConfigError(f"{place['file']}: has no line {line}, but {len(source.lines)}")
    from tensorlint.explanation import explain

    settings = settings_of(arguments)
    try:
        parts = explain(source, line, options_of(arguments, settings, settings.choice))
    except SyntaxError as error:
        raise ConfigError(f"{source.path}:{error.lineno or 1}: cannot be parsed: {error.msg}") from error
    for part in parts:
        print(visible(part.heading), *(f"  {visible(said)}" for said in part.lines), "", sep="\n")
    return OK


def _read(name: str) -> Source:
    try:
        return Source.read(read_file(Path(name)), name)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from error
    except SourceError as error:
        raise ConfigError(f"{name}:{error.line}: {error.message}") from error
