"""Work in a process beside the server: it answers meanwhile, and what ends that process does not end it."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

LONGEST = 60.0  # seconds for one file; after that the process is ended

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Ended(Exception):
    """The process ended before its work was done; the message says why."""


class Worker:
    """One process, which is started when it is needed; it does one thing after the other."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._free = asyncio.Lock()

    async def run(
        self,
        function: Callable[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Call a function there. Raises what it raises, or Ended."""
        async with self._free:  # what waits here can still be cancelled
            if self._pool is None:
                # Not forked: this process has threads, and they may hold locks.
                self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
            work = asyncio.wrap_future(self._pool.submit(function, *arguments, **options))
            try:
                return await asyncio.wait_for(work, LONGEST)
            except BrokenProcessPool as error:
                self._pool = None
                raise Ended("the process that checked this file was ended") from error
            except asyncio.TimeoutError as error:
                self.stop()
                raise Ended(f"took longer than {LONGEST:.0f} seconds") from error

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._pool is not None:
            for process in multiprocessing.active_children():
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
