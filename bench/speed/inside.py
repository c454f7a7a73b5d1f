"""Where the time goes inside the linter: a profile, added up by room."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.speed.linters import ROOT


def rooms(files: Sequence[str]) -> list[tuple[str, float]]:
    """Room -> its share of the time, the greatest first. A profile slows calls down: shares, not seconds."""
    from tensorlint import lint_text

    def lint_all() -> None:
        for file in files:
            lint_text(Path(file).read_bytes(), file)

    profile = cProfile.Profile()
    profile.runcall(lint_all)
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_room(file)] += own
    total = sum(spent.values())
    return [(room, seconds / total) for room, seconds in spent.most_common()]


def _room(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(ROOT / "tensorlint"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:2])
    return "libcst" if "libcst" in path.parts else "Python itself"
