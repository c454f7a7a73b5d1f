"""The process beside the server: what ends it, or never ends, costs one answer."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from tensorlint.server import worker
from tensorlint.server.worker import Ended, Worker


def test_a_process_that_ends_is_told_and_another_one_goes_on() -> None:
    async def run() -> None:
        process = Worker()
        try:
            with pytest.raises(Ended, match="the process that checked this file was ended"):
                await process.run(os._exit, 3)
            assert await process.run(len, "abc") == 3
            with pytest.raises(ZeroDivisionError):
                await process.run(divmod, 1, 0)
        finally:
            process.stop()

    asyncio.run(run())


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        process = Worker()
        try:
            assert await process.run(len, "abc") == 3
            monkeypatch.setattr(worker, "LONGEST", 0.5)
            with pytest.raises(Ended, match="took longer than"):
                await process.run(time.sleep, 600)
            monkeypatch.setattr(worker, "LONGEST", 60.0)
            assert await process.run(len, "ab") == 2
        finally:
            process.stop()

    asyncio.run(run())


def test_what_waits_can_be_cancelled() -> None:
    async def run() -> None:
        process = Worker()
        try:
            first = asyncio.create_task(process.run(time.sleep, 1))
            second = asyncio.create_task(process.run(os._exit, 3))
            await asyncio.sleep(0)
            second.cancel()
            await first
            with pytest.raises(asyncio.CancelledError):
                await second
            assert await process.run(len, "abc") == 3
        finally:
            process.stop()

    asyncio.run(run())
