"""Options that are set on all layers of a model: ``for m in net.modules(): if …: m.inplace = True``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from tensorlint import ir
from tensorlint.alias.containers import constant, unknown
from tensorlint.alias.module import Attribute
from tensorlint.knowledge.catalog import Catalog

OPTION = "inplace"
WALKS = frozenset({"modules", "children", "named_modules", "named_children"})
APPLIED = "apply"  # calls a function with each layer
ASKING = "builtins.hasattr"

FunctionOf = Callable[[str], ir.Function | None]


@dataclass(frozen=True, slots=True)
class Switch:
    """``inplace`` of the layers of ``model`` that are of ``kinds``, of every kind where there are none.

    ``at`` is where the layers are walked through, ``origin`` where the option is set; ``certain`` unless it
    depends on something else.
    """

    model: ir.Place
    kinds: tuple[str, ...]
    value: bool
    at: ir.Instr
    origin: ir.Origin
    certain: bool


def switches(function: ir.Function, function_of: FunctionOf) -> Iterator[Switch]:
    """What a function sets so, in its loops or through functions of the file that it applies."""
    made = {target: instr for instr in ir.instructions(function) if (target := getattr(instr, "target", ""))}
    for block, instr in _placed(function):
        if isinstance(instr, ir.Next):
            element, model = _walked(instr, function.blocks[block], made)
            if element and model:
                for found in _set_on(element, function, block):
                    yield replace(found, model=model, at=instr)
        elif isinstance(instr, ir.CallMethod) and instr.name == APPLIED and len(instr.arguments) == 1:
            named = made.get(str(instr.arguments[0].value))
            applied = function_of(named.names[0]) if isinstance(named, ir.Reference) else None
            if applied is not None and len(applied.parameters) == 1:
                for found in _set_on(applied.parameters[0].name, applied, 0):
                    if isinstance(instr.receiver, str):
                        yield replace(found, model=instr.receiver, at=instr, origin=instr.origin)


def switched(
    known: Attribute, attribute: str, constructor: ir.Function, function_of: FunctionOf, catalog: Catalog
) -> Attribute:
    """An attribute of ``self`` with the option that the constructor sets on it later, or on all layers."""
    own = constructor.receiver
    steps = [*ir.instructions(constructor)]
    named = {
        i.target for i in steps if isinstance(i, ir.GetAttribute) and (i.base, i.name) == (own, attribute)
    }
    for instr in steps:
        if isinstance(instr, ir.SetAttribute) and instr.base in named and instr.name == OPTION:
            known = replace(known, told=instr.origin)
    for switch in switches(constructor, function_of):
        chosen = not switch.kinds or any(catalog.is_kind_of(known.value.type, kind) for kind in switch.kinds)
        if switch.model == own and chosen:
            works = constant(switch.value) if switch.certain else unknown(switch.origin)
            known = replace(known, options={**known.options, OPTION: works}, told=switch.origin)
    return known


def _placed(function: ir.Function) -> Iterator[tuple[int, ir.Instr]]:
    for number, block in enumerate(function.blocks):
        for instr in block.instructions:
            yield number, instr


def _walked(step: ir.Next, body: ir.Block, made: dict[str, ir.Instr]) -> tuple[ir.Place, ir.Place]:
    """The name of a layer in a loop, and the model through which the loop walks."""
    walk = made.get(str(step.iterable))
    if not isinstance(walk, ir.CallMethod) or walk.name not in WALKS or not isinstance(walk.receiver, str):
        return "", ""
    if not walk.name.startswith("named_"):
        return step.target, walk.receiver
    pairs = (i for i in body.instructions if isinstance(i, ir.Unpack) and i.source == step.target)
    pair = next(pairs, None)
    return (pair.targets[1], walk.receiver) if pair is not None and len(pair.targets) == 2 else ("", "")


def _set_on(element: ir.Place, function: ir.Function, entry: int) -> Iterator[Switch]:
    """Where the option of an element is set, after the block of ``entry``."""
    for block, instr in _placed(function):
        option = instr.value if isinstance(instr, ir.SetAttribute) and instr.base == element else None
        if isinstance(instr, ir.SetAttribute) and instr.name == OPTION and isinstance(option, ir.Literal):
            conditions = _conditions(function, entry, block)
            kinds, certain = _kinds(element, conditions or (), function)
            certain = certain and conditions is not None
            yield Switch("", kinds, option.value is True, instr, instr.origin, certain)


def _conditions(function: ir.Function, entry: int, block: int) -> tuple[ir.Assume, ...] | None:
    """What has to hold for a block to run after another one; None where there are several ways."""
    found: list[ir.Assume] = []
    while block != entry:
        found += [i for i in function.blocks[block].instructions if isinstance(i, ir.Assume)]
        before = [n for n, each in enumerate(function.blocks) if block in each.successors]
        if len(before) != 1 or len(found) > len(function.blocks):
            return None
        (block,) = before
    return tuple(found)


def _kinds(
    element: ir.Place, conditions: Iterable[ir.Assume], function: ir.Function
) -> tuple[tuple[str, ...], bool]:
    """The classes that an element is asked for, and whether nothing else is asked."""
    kinds: tuple[str, ...] = ()
    for condition in conditions:
        if condition.test == "instance" and condition.operand == element and condition.holds:
            if kinds:
                return kinds, False
            kinds = condition.argument
        elif not (condition.test == "truth" and condition.holds and _asks(condition.operand, function)):
            return kinds, False
    return kinds, True


def _asks(place: ir.Place, function: ir.Function) -> bool:
    """``hasattr(m, "inplace")``"""
    steps = [*ir.instructions(function)]
    call = next((i for i in steps if isinstance(i, ir.Call) and i.target == place), None)
    names = {i.target: i.names for i in steps if isinstance(i, ir.Reference)}
    return (
        call is not None
        and ASKING in names.get(str(call.function), ())
        and any(argument.value == ir.Literal(OPTION) for argument in call.arguments)
    )
