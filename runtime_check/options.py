"""The command line options that proving fixtures and deciding claims share."""

from __future__ import annotations

import argparse
from pathlib import Path

from tensorlint.testing import default_root


def add_options(parser: argparse.ArgumentParser, recorded: str) -> None:
    """Add them to a parser; ``recorded`` says what ``--record`` writes."""
    add = parser.add_argument
    add(
        "--require",
        action="append",
        default=[],
        metavar="LIBRARY",
        help="what is skipped for lack of it fails",
    )
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="limit for one fixture")
    add("--fixtures", type=Path, default=default_root(), metavar="DIR", help="another tree of fixtures")
    add("--record", type=Path, metavar="DIR", help=f"write {recorded}")
