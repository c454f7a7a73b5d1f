"""A bar on standard error while many files are checked, where a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FEWEST_FILES = 20  # for which a bar would be seen at all


@contextmanager
def progress(files: int) -> Iterator[Callable[[], None]]:
    """Gives what is to be called after each file."""
    if files < FEWEST_FILES or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # Without a thread of its own, which would be there when processes are forked.
    columns = TextColumn("Checking"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("Checking", total=files)

        def done() -> None:
            bar.advance(task)
            bar.refresh()

        yield done
