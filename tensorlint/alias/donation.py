"""Arguments that a call of a compiled JAX function takes for good: their memory is reused for its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tensorlint import ir
from tensorlint.alias import containers
from tensorlint.alias.events import Donated
from tensorlint.alias.guards import Actual
from tensorlint.alias.lattice import Allocation, Constant, Given, Value, is_plain
from tensorlint.alias.state import State

if TYPE_CHECKING:
    from tensorlint.alias.transfer import Transfer

Arguments = Sequence[tuple[str | None, int, Actual]]
COMPILERS = frozenset({"jax.jit", "jax.pmap"})
COMPILED = "jax.stages.Wrapped"
INSIDE = COMPILERS | {"functools.partial"}
TAKES = "takes "  # trait of a compiled function: followed by a position or a name


def compiled(state: State, origin: ir.Origin, arguments: Arguments) -> Value:
    """What ``jax.jit(function, donate_argnums=…)`` gives: the function inside, and what calls of it take."""
    taken: set[str] = set()
    inside: Value | None = None
    for keyword, stars, actual in arguments:
        if keyword in ("donate_argnums", "donate_argnames"):
            options = containers.elements(state, actual.value) or [actual.value]
            taken |= {f"{TAKES}{o.object.value}" for o in options if isinstance(o.object, Constant)}
        elif keyword is None and not stars and inside is None:
            inside = actual.value
    result = Value(Allocation(origin), type=COMPILED, traits=frozenset(taken))
    if inside is not None:
        state.heap[result.object] = {".fun": inside}
    return result


def inside(state: State, function: Value) -> Value:
    """The function that was compiled, unknown where it was compiled elsewhere."""
    found = containers.load(state, function, ".fun")
    return found if found is not None else containers.unknown(0)


def of_callee(transfer: Transfer, callee: Value) -> frozenset[str]:
    """The positions and names that a call takes: of a compiled value, or of a function of this file."""
    if callee.type == COMPILED:
        wanted = frozenset(t.removeprefix(TAKES) for t in callee.traits if t.startswith(TAKES))
        return _both_ways(wanted, _parameters(transfer, inside(transfer.state, callee)))
    if isinstance(callee.object, Given) and callee.object.kind == "global":
        return of_name(transfer, callee.object.name)
    return frozenset()


def of_name(transfer: Transfer, name: str) -> frozenset[str]:
    """The same for a function or variable of this file."""
    jitted = transfer.module.jitted(name)
    if jitted is None:
        return frozenset()
    parameters = transfer.module.parameters(jitted.wrapped[0] if jitted.wrapped else name)
    return _both_ways(frozenset(map(str, jitted.donated)), parameters)


def _parameters(transfer: Transfer, function: Value) -> Sequence[ir.Parameter]:
    name = function.object.name if isinstance(function.object, Given) else ""
    if name.startswith("<nested>") and name != "<nested>-1":
        return transfer.function.nested[int(name.removeprefix("<nested>"))].parameters
    return transfer.module.parameters(name)


def _both_ways(wanted: frozenset[str], parameters: Sequence[ir.Parameter]) -> frozenset[str]:
    """Positions by name and names by position: an argument may be passed either way."""
    found = set(wanted)
    for position, parameter in enumerate(parameters):
        if wanted & {parameter.name, str(position)}:
            found |= {parameter.name, str(position)}
    return frozenset(found)


def taken(
    transfer: Transfer, origin: ir.Origin, wanted: frozenset[str], arguments: Arguments, skipped: int = 0
) -> None:
    """Tell of the arguments that a call takes; ``skipped`` parameters stand before the first one."""
    if not wanted or not INSIDE.isdisjoint(transfer.function.decorators):
        return  # traced inside another compiled function, a call donates nothing
    for position, (keyword, stars, actual) in enumerate(arguments):
        value = actual.value
        key = keyword or ("" if stars else str(position + skipped))
        foreign = transfer.catalog.is_tensor(value.type) and not value.type.startswith("jax.")
        if key in wanted and not foreign and not is_plain(value):
            reached = tuple(containers.reachable(transfer.state, value))[1:]
            transfer.emit(Donated(origin, actual.operand, value, reached))


def taken_by_method(
    transfer: Transfer,
    instr: ir.CallMethod,
    receiver: Value,
    arguments: Arguments,
    method_of: Callable[[str, str], str | None],
) -> None:
    """The same for ``self.step(…)``: a compiled attribute, or a method that a decorator compiles."""
    if not receiver.type.startswith("."):
        return
    own = method_of(receiver.type, instr.name)
    if own and (wanted := of_name(transfer, own)):
        taken(transfer, instr.origin, wanted, arguments, skipped=1)
        return
    attribute = containers.load(transfer.state, receiver, f".{instr.name}")
    if attribute is None:
        known = transfer.module.attribute(receiver.type, instr.name)
        attribute = known.value if known is not None else None
    if attribute is not None:
        taken(transfer, instr.origin, of_callee(transfer, attribute), arguments)
