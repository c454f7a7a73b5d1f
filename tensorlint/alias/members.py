"""Which class of the file a parameter is of, by the members that are asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tensorlint import ir
from tensorlint.alias.lattice import Kind
from tensorlint.alias.module import Module
from tensorlint.alias.uses import times_bound

FEWEST = 2  # members that tell a class of the file from what else may have one of that name


def kinds_by_members(function: ir.Function, module: Module) -> Mapping[ir.Place, Kind]:
    """The parameters that nothing else is known of, each with the class that alone has all that it is asked
    for, a method among it: ``system.step(dt); start = system.position``.
    """
    asked: defaultdict[ir.Place, set[str]] = defaultdict(set)
    called: set[ir.Place] = set()
    unknown = {each.name for each in function.parameters if each.annotation is None and not each.has_default}
    unknown.discard(function.receiver)
    for instr in ir.instructions(function) if unknown else ():
        if isinstance(instr, (ir.GetAttribute, ir.SetAttribute)) and instr.base in unknown:
            asked[instr.base].add(instr.name)
        elif isinstance(instr, ir.CallMethod) and instr.receiver in unknown:
            asked[instr.receiver].add(instr.name)
            called.add(instr.receiver)
    told = {place: names for place, names in asked.items() if len(names) >= FEWEST and place in called}
    bound = times_bound(function) if told else {}
    found = {place: module.class_with(frozenset(names)) for place, names in told.items() if not bound[place]}
    return {place: Kind(name) for place, name in found.items() if name}
