"""Runs random PyTorch programs with a backward pass: where they raised, and what writes behind autograd did.

A write through ``.data`` is not counted by PyTorch. What it did is seen by running the program once more with
a write that is counted in its place: does a backward pass refuse that? And does any gradient reach what was
written, to go on as if nothing had been?
"""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from runtime_check.generate.backward import CASES, Graph, Hidden

FILE = "<program>"
KINDS = (  # of errors, by what PyTorch says
    ("modified", re.compile(r"modified by an inplace operation")),
    ("leaf", re.compile(r"leaf Variable that requires grad")),
    ("base of a part", re.compile(r"its base or another view of its base has been modified")),
    ("part", re.compile(r"output of a function that returns multiple views")),
    ("no gradient", re.compile(r"does not require grad|element 0 of tensors")),
    ("twice", re.compile(r"backward through the graph a second time")),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one execution ended: the kind of its error, empty for none, the line of the program, its words.

    ``reached`` are the lines that ran; ``arrived`` has True where a gradient reached a
    watched tensor, and False where it was in no graph.
    """

    kind: str
    line: int
    error: str
    reached: frozenset[int]
    arrived: frozenset[bool] = frozenset()


@dataclass(frozen=True, slots=True)
class Ran:
    """A program's executions. ``hidden`` says of each write that PyTorch does not count what it did to the
    gradients: "saved" what a backward pass needed, "bypassed" it, or "nothing".
    """

    index: int
    graph: Graph
    endings: tuple[Ending, ...]
    hidden: Mapping[int, str]
    failed: str = ""


def execute(index: int, graph: Graph) -> Ran:
    """Run a program on all its cases."""
    endings = tuple(_run(graph.source, case) for case in range(CASES))
    hidden = {line: _hidden(graph, line, write, endings) for line, write in graph.hidden.items()}
    return Ran(index, graph, endings, hidden)


def _run(source: str, case: int) -> Ending:
    torch = importlib.import_module("torch")
    torch.manual_seed(case)
    reached: set[int] = set()
    arrived: list[bool] = []

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != FILE:
            return None
        reached.add(frame.f_lineno)
        return watch

    def watched(tensor: Any) -> None:
        """Notes whether the uses that follow give a tensor a gradient: those of what it is after a write.

        What is written where grad is off is meant to be so.
        """
        if not tensor.requires_grad:
            arrived.append(False)  # another name of it is in the graph, if any
        elif torch.is_grad_enabled():
            tensor.mul_(1)
            for each in (tensor, tensor._base):
                if each is not None and each.requires_grad:
                    each.register_hook(lambda _: arrived.append(True))

    module: dict[str, Any] = {"__name__": FILE, "WATCH": watched}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, FILE, "exec", dont_inherit=True), module)
        before = sys.gettrace()
        sys.settrace(watch)
        try:
            module["program"](case)
        except Exception as error:
            sys.settrace(before)
            text = str(error)
            kind = next((name for name, words in KINDS if words.search(text)), type(error).__name__)
            return Ending(kind, _line_of(error), text, frozenset(reached))
        finally:
            sys.settrace(before)
    return Ending("", 0, "", frozenset(reached), frozenset(arrived))


def _line_of(error: BaseException) -> int:
    """The innermost line of the program."""
    found, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == FILE:
            found = at.tb_lineno
        at = at.tb_next
    return found


def _hidden(graph: Graph, line: int, write: Hidden, endings: tuple[Ending, ...]) -> str:
    """What a write behind autograd's back did, in one of the cases."""
    found = ""
    for case, ending in enumerate(endings):
        if line not in ending.reached or ending.kind:
            continue
        found = found or "nothing"
        if _run(_with(graph.source, line, f"with torch.no_grad(): {write.counted}"), case).kind == "modified":
            return "saved"
        watched = _run(_with(graph.source, line, f"WATCH({write.target})"), case)
        if watched.kind == "modified":
            return "saved"  # it is one with what it writes, too
        if False in watched.arrived:
            return ""
        if write.scales and watched.arrived:
            found = "bypassed"
    return found


def _with(source: str, line: int, text: str) -> str:
    lines = source.splitlines()
    old = lines[line - 1]
    lines[line - 1] = old[: len(old) - len(old.lstrip())] + text
    return "\n".join(lines) + "\n"
