"""Programs of :mod:`bench.views.reading`, run on many shapes: is the view legal, does it raise?

Lengths are drawn, and no axis of a drawn tensor is shorter than two, so that no batch is one. A draw fits if
all that stands before the view runs and the number of elements is right; of those that do not fit the one
that got furthest is changed a little. Axes of length one are drawn only where nothing else fits.
"""

from __future__ import annotations

import math
import random
import re
import resource
import time
import types
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from bench.views.reading import Program

FITS = 24
SECONDS = 3.0  # for one program
MEMORY = 6 * 2**30  # bytes
ELEMENTS = 2**18  # of one tensor that is drawn
AXES = 5
_FUNCTIONS = frozenset(torch.functional.__all__)
_INCOMPATIBLE = "view size is not compatible"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many draws fit and in how many of them the view raised; ``why`` nothing fitted."""

    fits: int
    raised: int
    why: str = ""
    example: str = ""  # lengths with which it raises


class _Only:
    """A module with nothing but functions of tensors: the code of strangers runs here."""

    def __init__(self, module: types.ModuleType, functions: Iterable[str]) -> None:
        for name in functions:
            setattr(self, name, getattr(module, name))


def limit_process() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def methods() -> frozenset[str]:
    """What a tensor can be asked to do."""
    return frozenset(name for name in dir(torch.Tensor) if not name.startswith("_")) - {"backward", "apply_"}


def run(programs: tuple[Program, ...]) -> Outcome:
    """All ways to one view; it raises if it does on every way that can be run."""
    found = [run_one(program) for program in programs]
    ran = [each for each in found if each.fits]
    if not ran:
        return found[0]
    example = next((each.example for each in ran if each.raised), "")
    return Outcome(sum(each.fits for each in ran), sum(each.raised for each in ran), "", example)


def run_one(program: Program) -> Outcome:
    outcome = _searched(program, 2)
    return outcome if outcome.fits else _searched(program, 1)


def _searched(program: Program, shortest: int) -> Outcome:
    """Draws until enough fit or time is over."""
    try:
        steps = [compile(step, "<step>", "exec") for step in program.steps]
        view = compile(program.view, "<view>", "eval")
    except SyntaxError as error:
        return Outcome(0, 0, str(error))
    draw = _Draws(program, shortest)
    known = _known()
    fits = raised = furthest = 0
    why = example = ""
    best: dict[str, Any] = draw.all()
    until = time.monotonic() + SECONDS
    while fits < FITS and time.monotonic() < until:
        drawn = draw.all() if draw.random.random() < 0.05 else draw.changed(best)
        reached, result = _tried(steps, view, known | draw.made(drawn))
        if result is not None:
            fits += 1
            if result:
                raised += 1
                example = example or draw.told(drawn)
            best, furthest = draw.resized(drawn), 0
        elif isinstance(reached, tuple):
            position, why_not = reached
            if position >= furthest:
                best, furthest, why = drawn, position, why_not
    return Outcome(fits, raised, "" if fits else why, example)


def _known() -> dict[str, Any]:
    allowed = (
        name
        for name in dir(torch)
        if name in _FUNCTIONS or isinstance(getattr(torch, name), types.BuiltinFunctionType)
    )
    functional = (
        name
        for name in dir(F)
        if not name.startswith("_") and getattr(getattr(F, name), "__module__", "") in _OWN
    )
    words = {"int": int, "len": len, "min": min, "max": max, "range": range, "tuple": tuple, "list": list}
    words |= {"sum": sum, "abs": abs, "float": float, "round": round, "slice": slice}
    words |= {"__import__": __import__}  # PyTorch's own functions import; a program has no name for it
    return {
        "__builtins__": words,
        "torch": _Only(torch, allowed),
        "F": _Only(F, functional),
        "math": math,
    }


_OWN = ("torch.nn.functional", "torch._C._nn", "torch", None)


def _tried(
    steps: list[types.CodeType], view: types.CodeType, space: dict[str, Any]
) -> tuple[tuple[int, str], bool | None]:
    """How far one draw gets, and whether the view raises, ``None`` where it does not fit."""
    position = 0
    try:
        for position, step in enumerate(steps, 1):  # noqa: B007
            exec(step, space)
        if not isinstance(space.get("viewed"), torch.Tensor):
            return (position, "what is viewed is no tensor"), None
        eval(view, space)
    except Exception as error:
        if position == len(steps) and _INCOMPATIBLE in str(error) and "viewed" in space:
            return (position, ""), True
        return (position, f"{type(error).__name__}: {error}".partition("\n")[0][:120]), None
    return (position, ""), False


def _layer(axes: tuple[int, ...]) -> Callable[[Any], torch.Tensor]:
    """A call that gives a new tensor: as long as its argument, with another last axis, or quite another."""

    def call(argument: Any) -> torch.Tensor:
        if len(axes) > 1:
            return torch.zeros(axes)
        return torch.zeros((*argument.shape[:-1], *axes) if axes else argument.shape)

    return call


class _Draws:
    """Values of symbols: ``("int", n)``, ``("tensor", lengths)``, ``("layer", …)``, ``("flag", truth)``."""

    def __init__(self, program: Program, shortest: int) -> None:
        self.random = random.Random(0)
        self.symbols = dict(program.symbols)
        literals = {int(word) for word in re.findall(r"\b\d+\b", " ".join((*program.steps, program.view)))}
        written = [number for number in literals if 2 < number <= 1024]
        self.lengths = [2, 2, 3, 4, 4, 6, 8, *written, *(2 * number for number in written)]
        if shortest == 1:
            self.lengths += [1, 1, 1]

    def one(self, kind: str) -> tuple[str, Any]:
        if kind == "any":
            kind = self.random.choice(("int", "flag", "tensor", "tensor"))
        if kind == "tensor":
            return kind, self.shape(self.random.randint(1, AXES))
        if kind == "layer":
            length = self.length()
            return kind, self.random.choice(((), (length,), self.shape(self.random.randint(1, AXES))))
        if kind == "lengths":
            return kind, self.shape(self.random.randint(1, AXES - 2))
        if kind == "flag":
            return kind, self.random.random() < 0.5
        return kind, self.length()

    def length(self) -> int:
        return self.random.choice(self.lengths)

    def shape(self, axes: int) -> tuple[int, ...]:
        return tuple(self.length() for _ in range(axes))

    def all(self) -> dict[str, Any]:
        return {name: self.one(kind) for name, kind in self.symbols.items()}

    def changed(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """One or two symbols drawn again, or one axis of one of them."""
        new = dict(drawn)
        for name in self.random.sample(sorted(new), min(len(new), self.random.randint(1, 2))):
            kind, value = new[name]
            if kind == "tensor" and value and self.random.random() < 0.7:
                axes = list(value)
                axes[self.random.randrange(len(axes))] = self.length()
                new[name] = kind, tuple(axes)
            else:
                new[name] = self.one(self.symbols[name])
        return new

    def resized(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """The same kinds with as many axes, of other lengths."""
        return {
            name: (kind, self.shape(len(value)))
            if isinstance(value, tuple)
            else (kind, self.length())
            if kind == "int"
            else (kind, value)
            for name, (kind, value) in drawn.items()
        }

    def made(self, drawn: dict[str, Any]) -> dict[str, Any]:
        made = {}
        for name, (kind, value) in drawn.items():
            axes = value[:1] if isinstance(value, tuple) and math.prod(value) > ELEMENTS else value
            made[name] = torch.zeros(axes) if kind == "tensor" else _layer(axes) if kind == "layer" else value
        return made

    def told(self, drawn: dict[str, Any]) -> str:
        return ", ".join(f"{name}: {value}" for name, (_, value) in drawn.items())
