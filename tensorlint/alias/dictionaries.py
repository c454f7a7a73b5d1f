"""What is told to be a dictionary by how a copy of it is used: its items are then those of the copy, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tensorlint import ir
from tensorlint.alias.votes import Votes

MAKING = frozenset({"builtins.dict", "collections.OrderedDict"})  # of whatever they are handed
TENSOR = "torch.Tensor"


def dictionaries(
    function: ir.Function, names: Mapping[ir.Place, tuple[str, ...]], votes: Mapping[ir.Place, Votes]
) -> Iterator[ir.Place]:
    """``total = dict(states)``, and ``total = states.copy()`` of which an item is a tensor of PyTorch, looked
    up by text or by a key that ``total`` gives. Arrays and tables copy what they hold; none holds a tensor.
    """
    copies = [copy for copy in ir.instructions(function) if isinstance(copy, ir.Call | ir.CallMethod)]
    likely = [(copy, source) for copy in copies if isinstance(source := _copied(copy, names), str)]
    if not likely:
        return
    keys = {each.target: each.iterable for each in ir.instructions(function) if isinstance(each, ir.Next)}
    looked_up = {
        each.base
        for each in ir.instructions(function)
        if isinstance(each, ir.GetItem) and TENSOR in votes[each.target].types and _by_key(each, keys)
    }
    for copy, source in likely:
        made = isinstance(copy, ir.Call) and set(names[str(copy.function)]) <= MAKING
        if made or copy.target in looked_up:
            yield source


def _copied(copy: ir.Call | ir.CallMethod, names: Mapping[ir.Place, tuple[str, ...]]) -> ir.Operand | None:
    """What a call makes a dictionary of, or copies."""
    if isinstance(copy, ir.CallMethod):
        return copy.receiver if copy.name == "copy" and not copy.arguments else None
    called = set(names.get(str(copy.function), ()))
    known = bool(called) and (called <= MAKING or called == {"copy.copy"})
    return copy.arguments[0].value if known and len(copy.arguments) == 1 else None


def _by_key(look: ir.GetItem, keys: Mapping[ir.Place, ir.Operand]) -> bool:
    only = look.index[0] if len(look.index) == 1 else None
    if not isinstance(only, ir.Pick):
        return False
    if isinstance(only.value, ir.Literal):
        return isinstance(only.value.value, str)
    return only.value in keys and keys[only.value] == look.base
