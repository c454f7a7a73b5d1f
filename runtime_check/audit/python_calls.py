"""Arguments to call the entries of Python's own table with, and what no call of a test can show."""

from __future__ import annotations

import array
import ctypes
import dataclasses
import io
import mmap
import pickle
import queue
import random
import socket
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from multiprocessing import shared_memory
from typing import Any


class Thing:
    """Something to refer to: neither a number nor a container, and never equal to another one."""

    def __lt__(self, other: Thing) -> bool:
        return id(self) < id(other)


def things(count: int) -> list[Thing]:
    return [Thing() for _ in range(count)]


def pairs() -> dict[str, Thing]:
    return {"a": Thing(), "b": Thing()}


def every(_: object) -> bool:
    return True


class Keywords(dict[str, Any]):
    """The last of a call's arguments, where it has some that are given by name."""


@dataclasses.dataclass
class Pair:
    """A dataclass that holds two things."""

    a: Thing
    b: Thing


def pair() -> Pair:
    return Pair(Thing(), Thing())


def filled(kind: type[Any], count: int = 2) -> Any:
    """A queue with things in it."""
    made = kind()
    for each in things(count):
        made.put(each)
    return made


def memory() -> bytearray:
    return bytearray(b"abcdefgh")


def numbers() -> array.array[int]:
    return array.array("i", [3, 1, 2])


def mapped() -> mmap.mmap:
    found = mmap.mmap(-1, 16)
    found[:4] = b"abcd"
    return found


def received() -> socket.socket:
    """A socket with something to read."""
    here, there = socket.socketpair()
    there.sendall(b"efgh")
    there.close()
    return here


def lent() -> Any:
    """Memory of C."""
    return ctypes.create_string_buffer(b"abcd")


Arguments = Callable[[], tuple[Any, ...]]
# Positional arguments, each tuple made anew; the first of a method is the object.
CALLS: Mapping[str, tuple[Arguments, ...]] = {
    "io.BytesIO.readinto": (lambda: (io.BytesIO(b"efgh"), memory()),),
    "io.BytesIO.readinto1": (lambda: (io.BytesIO(b"efgh"), memory()),),
    "socket.SocketType.recv_into": (lambda: (received(), memory()),),
    "socket.SocketType.recvfrom_into": (lambda: (received(), memory()),),
    "builtins.list": (lambda: (things(2),), lambda: ()),
    "builtins.tuple": (lambda: (things(2),),),
    "builtins.set": (lambda: (things(2),), lambda: ()),
    "builtins.frozenset": (lambda: (things(2),), lambda: ()),
    "builtins.dict": (lambda: (), lambda: (pairs(),), lambda: (OrderedDict(pairs()),)),
    "builtins.zip": (lambda: (things(2), things(2)), lambda: (things(2), things(2), things(2))),
    "builtins.enumerate": (lambda: (things(2),),),
    "builtins.reversed": (lambda: (things(2),),),
    "builtins.iter": (lambda: (things(2),), lambda: (Thing, 0)),
    "builtins.next": (lambda: (iter(things(1)),), lambda: (iter(things(1)), None)),
    "builtins.filter": (lambda: (every, things(2)),),
    "builtins.map": (lambda: (every, things(2)),),
    "builtins.sorted": (lambda: (things(2),),),
    "builtins.slice": (lambda: (3,), lambda: (0, 3), lambda: (0, 3, 1)),
    "builtins.range": (lambda: (3,), lambda: (0, 3), lambda: (0, 3, 1)),
    "builtins.sum": (lambda: ([1, 2],), lambda: ([things(1), things(1)], [])),
    "builtins.max": (lambda: (things(2),), lambda: (1, 2), lambda: (Thing(), Thing())),
    "builtins.min": (lambda: (things(2),), lambda: (1, 2), lambda: (Thing(), Thing())),
    "builtins.abs": (lambda: (-1,),),
    "builtins.pow": (lambda: (2, 3),),
    "builtins.list.append": (lambda: (things(1), Thing()),),
    "builtins.list.insert": (lambda: (things(1), 0, Thing()),),
    "builtins.list.extend": (lambda: (things(1), things(2)),),
    "builtins.list.pop": (lambda: (things(1),), lambda: (things(1), 0)),
    "builtins.list.copy": (lambda: (things(2),),),
    "builtins.list.sort": (lambda: (things(2),),),
    "builtins.list.reverse": (lambda: (things(2),),),
    "builtins.list.clear": (lambda: (things(2),),),
    "builtins.list.remove": (lambda: ([1, 2], 1),),
    "builtins.list.index": (lambda: ([1, 2], 1), lambda: ([1, 2], 1, 0)),
    "builtins.list.count": (lambda: ([1, 2], 1),),
    "builtins.tuple.index": (lambda: ((1, 2), 1),),
    "builtins.tuple.count": (lambda: ((1, 2), 1),),
    "collections.deque": (lambda: (things(2),), lambda: (things(2), 2), lambda: ()),
    "collections.deque.appendleft": (lambda: (deque(things(1)), Thing()),),
    "collections.deque.extendleft": (lambda: (deque(things(1)), things(2)),),
    "collections.deque.popleft": (lambda: (deque(things(1)),),),
    "collections.deque.copy": (lambda: (deque(things(2)),),),
    "collections.deque.rotate": (lambda: (deque(things(2)),),),
    "collections.OrderedDict": (lambda: (pairs(),), lambda: ()),
    "collections.OrderedDict.fromkeys": (lambda: (["a", "b"], Thing()),),
    "collections.OrderedDict.move_to_end": (lambda: (OrderedDict(pairs()), "a"),),
    "builtins.set.add": (lambda: (set(things(1)), Thing()),),
    "builtins.set.update": (lambda: (set(things(1)), things(2)),),
    "builtins.set.pop": (lambda: (set(things(1)),),),
    "builtins.set.copy": (lambda: (set(things(2)),),),
    "builtins.set.clear": (lambda: (set(things(2)),),),
    "builtins.set.discard": (lambda: ({1, 2}, 1),),
    "builtins.set.remove": (lambda: ({1, 2}, 1),),
    "builtins.dict.items": (lambda: (pairs(),),),
    "builtins.dict.values": (lambda: (pairs(),),),
    "builtins.dict.keys": (lambda: (pairs(),),),
    "builtins.dict.get": (lambda: ({"a": Thing()}, "a"),),
    "builtins.dict.pop": (lambda: ({"a": Thing()}, "a"),),
    "builtins.dict.popitem": (lambda: ({"a": Thing()},),),
    "builtins.dict.setdefault": (lambda: ({}, "a", Thing()),),
    "builtins.dict.update": (lambda: (pairs(), pairs()), lambda: (pairs(), Keywords(c=Thing()))),
    "builtins.dict.copy": (lambda: (pairs(),),),
    "builtins.dict.clear": (lambda: (pairs(),),),
    "builtins.dict.fromkeys": (lambda: (["a", "b"], Thing()),),
    "copy.copy": (
        lambda: (things(2),),
        lambda: (pairs(),),
        lambda: ((Thing(), Thing()),),
        lambda: (set(things(2)),),
    ),
    "copy.deepcopy": (lambda: (things(2),), lambda: (pairs(),)),
    "itertools.repeat": (lambda: (Thing(), 2),),
    "itertools.chain": (lambda: (things(2), things(1)),),
    "itertools.chain.from_iterable": (lambda: ([things(2), things(1)],),),
    "itertools.cycle": (lambda: (things(2),),),
    "itertools.islice": (lambda: (things(2), 2),),
    "itertools.dropwhile": (lambda: (lambda _: False, things(2)),),
    "itertools.filterfalse": (lambda: (lambda _: False, things(2)),),
    "itertools.takewhile": (lambda: (every, things(2)),),
    "itertools.compress": (lambda: (things(2), [1, 1]),),
    "itertools.product": (lambda: (things(2), things(2)),),
    "itertools.zip_longest": (lambda: (things(2), things(2)),),
    "itertools.tee": (lambda: (things(2),),),
    "itertools.count": (lambda: (), lambda: (1, 2)),
    "itertools.groupby": (lambda: (things(2), every),),
    "random.shuffle": (lambda: (things(2),),),
    "random.Random": (lambda: (0,),),
    "random.Random.shuffle": (lambda: (random.Random(0), things(2)),),
    "random.choice": (lambda: (things(1),),),
    "random.choices": (lambda: (things(1),),),
    "random.sample": (lambda: (things(2), 2),),
    "random.seed": (lambda: (0,),),
    "itertools.accumulate": (lambda: (things(1),),),
    "itertools.starmap": (lambda: (lambda a, b: (a, b), [(Thing(), Thing())]),),
    "itertools.permutations": (lambda: (things(2),), lambda: (things(3), 2)),
    "itertools.combinations": (lambda: (things(3), 2),),
    "itertools.combinations_with_replacement": (lambda: (things(2), 2),),
    "itertools.pairwise": (lambda: (things(3),),),
    "itertools.batched": (lambda: (things(3), 2),),
    "collections.defaultdict": (lambda: (Thing,), lambda: (), lambda: (Thing, pairs())),
    "collections.ChainMap": (lambda: (pairs(), {"c": Thing()}),),
    "collections.OrderedDict.popitem": (
        lambda: (OrderedDict(a=Thing()),),
        lambda: (OrderedDict(a=Thing()), False),
    ),
    "functools.partial": (lambda: (every, Thing()), lambda: (every,)),
    "functools.reduce": (lambda: (lambda a, b: a, things(2)), lambda: (lambda a, b: a, things(2), Thing())),
    "operator.itemgetter": (lambda: (0,),),
    "operator.attrgetter": (lambda: ("a",),),
    "operator.methodcaller": (lambda: ("copy",),),
    "operator.setitem": (lambda: (things(2), 0, Thing()), lambda: (memory(), 0, 65)),
    "heapq.heappush": (lambda: (things(1), Thing()),),
    "heapq.heappop": (lambda: (things(1),),),
    "heapq.heapify": (lambda: (things(2),),),
    "heapq.heapreplace": (lambda: (things(1), Thing()),),
    "heapq.nlargest": (lambda: (2, things(2)),),
    "heapq.nsmallest": (lambda: (2, things(2)),),
    "heapq.merge": (lambda: (things(1), things(1)),),
    **{
        f"queue.{name}.{method}": calls
        for name in ("Queue", "LifoQueue")
        for method, calls in {
            "put": (lambda name=name: (filled(getattr(queue, name)), Thing()),),
            "put_nowait": (lambda name=name: (filled(getattr(queue, name)), Thing()),),
            "get": (lambda name=name: (filled(getattr(queue, name), 1),),),
            "get_nowait": (lambda name=name: (filled(getattr(queue, name), 1),),),
        }.items()
    },
    "queue.Queue": (lambda: (), lambda: (3,)),
    "queue.LifoQueue": (lambda: (), lambda: (3,)),
    "queue.PriorityQueue": (lambda: (), lambda: (3,)),
    "dataclasses.replace": (lambda: (pair(), Keywords(a=Thing())),),
    "dataclasses.asdict": (lambda: (pair(),),),
    "dataclasses.astuple": (lambda: (pair(),),),
    "pickle.loads": (lambda: (pickle.dumps(things(2)),),),
    "pickle.load": (lambda: (io.BytesIO(pickle.dumps(things(2))),),),
    "pickle.dump": (lambda: (things(2), io.BytesIO()),),
    "pickle.dumps": (lambda: (things(2),),),
    "weakref.ref": (lambda: (Thing(),),),
    "builtins.bytearray": (lambda: (memory(),), lambda: (4,), lambda: ()),
    "builtins.bytes": (lambda: (memory(),), lambda: ()),
    "builtins.bytearray.copy": (lambda: (memory(),),),
    "builtins.bytearray.extend": (lambda: (memory(), b"xy"),),
    "builtins.bytearray.append": (lambda: (memory(), 65),),
    "builtins.bytearray.reverse": (lambda: (memory(),),),
    "builtins.memoryview": (
        lambda: (memory(),),
        lambda: (numbers(),),
        lambda: (memoryview(memory()),),
        lambda: (mapped(),),
    ),
    "builtins.memoryview.cast": (lambda: (memoryview(memory()), "H"),),
    "builtins.memoryview.toreadonly": (lambda: (memoryview(memory()),),),
    "builtins.memoryview.tobytes": (lambda: (memoryview(memory()),),),
    "builtins.memoryview.tolist": (lambda: (memoryview(memory()),),),
    "array.array": (lambda: ("i", [1, 2]), lambda: ("i", numbers()), lambda: ("i",)),
    "array.array.append": (lambda: (numbers(), 4),),
    "array.array.extend": (lambda: (numbers(), numbers()),),
    "array.array.frombytes": (lambda: (numbers(), b"abcd"),),
    "array.array.fromlist": (lambda: (numbers(), [4, 5]),),
    "array.array.byteswap": (lambda: (numbers(),),),
    "array.array.reverse": (lambda: (numbers(),),),
    "array.array.tobytes": (lambda: (numbers(),),),
    "array.array.tolist": (lambda: (numbers(),),),
    "array.array.buffer_info": (lambda: (numbers(),),),
    "mmap.mmap": (lambda: (-1, 16),),
    "mmap.mmap.write": (lambda: (mapped(), b"xy"),),
    "mmap.mmap.read": (lambda: (mapped(), 2),),
    "mmap.mmap.flush": (lambda: (mapped(),),),
    "multiprocessing.shared_memory.SharedMemory": (lambda: (None, True, 16),),
    "multiprocessing.shared_memory.SharedMemory.buf": (
        lambda: (shared_memory.SharedMemory(None, True, 16),),
    ),
    "ctypes.memmove": (lambda: (lent(), b"xyzw", 4),),
    "ctypes.memset": (lambda: (lent(), 65, 4),),
    "ctypes.addressof": (lambda: (lent(),),),
    "ctypes.sizeof": (lambda: (lent(),),),
    "builtins.print": (lambda: (1, 2),),
}
# For what gives numbers or answers: one of these it takes.
NUMBERS: tuple[Arguments, ...] = (
    lambda: (),
    lambda: (1,),
    lambda: (0.5,),
    lambda: (1, 2),
    lambda: (0.5, 1),
    lambda: (1, 3, 2),
    lambda: ([1, 2],),
    lambda: ([1.0, 2.0], [2.0, 3.0]),
    lambda: (Thing(),),
    lambda: (Thing(), object),
    lambda: (bool, object),
    lambda: (Thing(), "a"),
    lambda: ("a",),
    lambda: (things(2),),
)
# What no call can show, and why.
UNPROVED: Mapping[str, frozenset[str]] = {
    "waits for somebody to type": frozenset({"builtins.input"}),
    "nothing is left to look at": frozenset({"builtins.memoryview.release"}),
}
