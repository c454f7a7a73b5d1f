"""Runs the cases of one fixture and gathers what there was to see."""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, ModuleType

from tensorlint.testing import Case, Fixture, Kind

from .instrument import WITNESS, Instrumented
from .storage import Picture, library, loaded_libraries, picture, taking
from .witness import Seen, Witness


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended; ``value`` keeps what it returned alive, so that no address is used twice.

    ``taken`` is the memory in bytes that its tensors took, None where nobody measured.
    """

    picture: Picture
    error: BaseException | None
    value: object
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A case that ran under watch, and what it gave when it ran again without."""

    case: Case
    outcome: Outcome
    again: Outcome
    witness: Witness
    elsewhere: tuple[Seen, ...] = field(default=())  # what the same claims saw on the CPU

    @property
    def unexpected(self) -> BaseException | None:
        """The exception that ended the case although no `raises:` claim speaks of it."""
        error = self.outcome.error
        return error if error is not self.witness.expected_error else None


def run_fixture(
    fixture: Fixture, instrumented: Instrumented, device: str, backend: str = ""
) -> Mapping[str, Watched]:
    """Every case: watched, then plain. Each run has a module of its own, so that nothing is carried over."""
    rewritten = compile(instrumented.tree, str(fixture.path), "exec")
    plain = compile(ast.parse(fixture.text), str(fixture.path), "exec")
    compare_devices = device != "cpu" and any(claim.kind is Kind.DIFFERS for claim in fixture.claims)
    watched: dict[str, Watched] = {}
    for case in fixture.cases:
        witness = Witness(instrumented.sites, device, backend)
        outcome = run_case(fixture, rewritten, case, device, witness)
        again = run_case(fixture, plain, case, device, None)
        elsewhere: tuple[Seen, ...] = ()
        if compare_devices:
            other = Witness(instrumented.sites, device, backend)
            run_case(fixture, rewritten, case, "cpu", other)
            elsewhere = tuple(other.seen)
        watched[case.name] = Watched(case, outcome, again, witness, elsewhere)
    return watched


def run_case(fixture: Fixture, code: CodeType, case: Case, device: str, witness: Witness | None) -> Outcome:
    """One case in a module of its own, with every generator of random numbers at its beginning. Memory is
    ``measured`` where a claim asks for it and nobody watches.
    """
    measured = witness is None and any(claim.kind is Kind.WASTED for claim in fixture.claims)
    module = ModuleType(f"fixture_{fixture.group}_{fixture.path.stem}")
    module.__file__ = str(fixture.path)
    module.__dict__[WITNESS] = witness
    sys.modules[module.__name__] = module  # dataclasses and kernel compilers look their module up
    random.seed(0)
    for loaded in loaded_libraries():
        loaded.seed()
    try:
        with library(fixture.library).scope(device):
            exec(code, module.__dict__)
            if measured:
                with taking(fixture.library) as taken:
                    value = module.__dict__[case.name]()
                return Outcome(("value", picture(value)), None, value, taken.size)
            value = module.__dict__[case.name]()
            return Outcome(("value", picture(value)), None, value)
    except Exception as error:
        return Outcome(("raises", type(error).__name__), error, None)
    finally:
        del sys.modules[module.__name__]
