"""Independent work in several processes; what ends one of them costs no other work."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Job], Result], jobs: Mapping[int, Job], processes: int
) -> Iterator[tuple[int, Result | None]]:
    """What ``work`` makes of each job, as it gets ready; None of a job that ended its process."""
    waiting: dict[Future[Result], int] = {}
    lost: list[int] = []
    with _pool(processes) as pool:
        for index, job in jobs.items():
            try:
                waiting[pool.submit(work, job)] = index
            except BrokenProcessPool:  # by a job that was handed over before
                lost.append(index)
        for future in as_completed(waiting):
            try:
                yield waiting[future], future.result()
            except BrokenProcessPool:  # one job ended its process, and with it the work of all others
                lost.append(waiting[future])
    yield from _one_by_one(work, {index: jobs[index] for index in sorted(lost)})


def _one_by_one(
    work: Callable[[Job], Result], jobs: Mapping[int, Job]
) -> Iterator[tuple[int, Result | None]]:
    """Work in a process beside this one, so that each job can end none but its own."""
    left = dict(jobs)
    while left:
        with _pool(1) as pool:
            for index, job in list(left.items()):
                del left[index]
                try:
                    yield index, pool.submit(work, job).result()
                except BrokenProcessPool:
                    yield index, None
                    break


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that are gone when it is left: what an interruption finds them at is not waited for.

    An interpreter that ends while a pool is half closed says so on standard error.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    pool = ProcessPoolExecutor(processes, context, initializer=_end_when_interrupted)
    try:
        yield pool
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_when_interrupted() -> None:
    """A process of the pool just ends: the one that started it says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
