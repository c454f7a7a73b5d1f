"""The recorded run as a picture for the docs: bars of CPU over bare flake8, and the growth with the file."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from bench.speed import answers
from bench.speed.answers import Answers
from bench.speed.linters import BARE, BUGBEAR, RUFF, TENSORLINT
from bench.speed.measuring import number

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "speed.svg"
_COLOURS = {TENSORLINT: "#3b6ea8", BUGBEAR: "#c9a227", RUFF: "#6f9a5b"}
_LEFT, _WIDE, _BAR, _RIGHT = 150, 420, 14, 70


def svg(found: Answers) -> str:
    """One picture, readable without colour: every bar has its name and its number."""
    bars = [*_bars(found)]
    top = 30 + len(bars) * (_BAR + 4)
    parts = [
        *_drawn(found, bars),
        *_curve(found, top + 50),
    ]
    height = top + (200 if found.growth else 20)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + _RIGHT}" height="{height}"'
        ' font-family="sans-serif" font-size="11">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])


def _bars(found: Answers) -> Iterator[tuple[str, str, float]]:
    """Subject, linter, CPU over bare flake8."""
    for subject, runs in found.seconds.items():
        if BARE in runs:
            for name in _COLOURS:
                if name in runs:
                    yield subject, name, runs[name].median / runs[BARE].median


def _drawn(found: Answers, bars: list[tuple[str, str, float]]) -> Iterator[str]:
    promise = answers.TENSORS.promise or 1
    widest = max([2 * promise, *(ratio for _, _, ratio in bars)])
    yield _text(_LEFT, 16, "CPU over bare flake8, whole processes (less is better)")
    for row, (subject, name, ratio) in enumerate(bars):
        y = 28 + row * (_BAR + 4)
        yield _text(_LEFT - 6, y + 11, f"{subject}: {name}", "end")
        width = max(1.0, ratio / widest * _WIDE)
        yield f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS[name]}"/>'
        yield _text(_LEFT + width + 5, y + 11, number(ratio))
    for ratio, dashes in ((1.0, "1 3"), (promise, "5 3")):
        x = _LEFT + ratio / widest * _WIDE
        end = 28 + len(bars) * (_BAR + 4)
        yield f'<path d="M{x:.1f} 24V{end}" stroke="#444" stroke-dasharray="{dashes}"/>'


def _curve(found: Answers, top: float) -> Iterator[str]:
    """What 1,000 lines cost in files of growing length."""
    if not found.growth:
        return
    most = 1.25 * max(spread.high for spread in found.growth.values())
    step = _WIDE / max(1, len(found.growth) - 1)
    points = []
    yield _text(_LEFT, top - 8, "CPU for 1,000 lines, in ms, in one file of …")
    yield f'<path d="M{_LEFT} {top}v110h{_WIDE}" fill="none" stroke="#444"/>'
    for place, (lines, spread) in enumerate(found.growth.items()):
        x = _LEFT + place * step
        low, middle, high = (top + 110 * (1 - v / most) for v in (spread.low, spread.median, spread.high))
        points.append(f"{x:.1f},{middle:.1f}")
        yield f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{_COLOURS[TENSORLINT]}"/>'
        yield _text(x, high - 5, number(spread.median), "middle")
        yield _text(x, top + 124, f"{lines:,} lines", "middle")
    yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{_COLOURS[TENSORLINT]}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
