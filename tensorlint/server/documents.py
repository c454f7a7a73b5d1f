"""Open documents: each is checked when it has been quiet for a moment; only what is still true is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from tensorlint.checking import Checked
from tensorlint.server.buffer import Buffer

QUIET = 0.3  # seconds without a change


@dataclass(frozen=True, slots=True)
class _Open:
    buffer: Buffer
    check: asyncio.Task[Checked]


class Documents:
    """The documents that are open, each with the check of its newest text."""

    def __init__(
        self, check: Callable[[Buffer], Awaitable[Checked]], tell: Callable[[Checked, Buffer], None]
    ) -> None:
        self._check = check
        self._tell = tell
        self._open: dict[str, _Open] = {}

    def __iter__(self) -> Iterator[Buffer]:
        return iter([each.buffer for each in self._open.values()])

    def put(self, buffer: Buffer, *, quiet: float = 0.0) -> None:
        """A text takes the place of the one before it, whose check is given up."""
        self.drop(buffer.uri)
        task = asyncio.get_running_loop().create_task(self._checked(buffer, quiet))
        self._open[buffer.uri] = _Open(buffer, task)

    def drop(self, uri: str) -> None:
        """A document is closed, or has another text."""
        known = self._open.pop(uri, None)
        if known is not None:
            known.check.cancel()

    async def found(self, uri: str) -> tuple[Checked, Buffer] | None:
        """What was found in the newest text of a document; None for one that is not open.

        Raises CancelledError where it gets another text meanwhile.
        """
        known = self._open.get(uri)
        if known is None:
            return None
        return await asyncio.shield(known.check), known.buffer  # who asks may go away, the check goes on

    async def _checked(self, buffer: Buffer, quiet: float) -> Checked:
        await asyncio.sleep(quiet)
        checked = await self._check(buffer)
        self._tell(checked, buffer)
        return checked
