"""Questions about the steps by which a model is trained: an optimizer's, or those of whoever trains it."""

from __future__ import annotations

import re

from tensorlint import ir
from tensorlint.alias.copies import touches
from tensorlint.alias.events import Called, Event, Write
from tensorlint.alias.facts.models import Models
from tensorlint.alias.lattice import Given, Value

# Calls by which a model learns, or an optimizer writes what it holds.
TRAINING = re.compile(r"(?:^|[._])(?:train|fit|learn|optimi[sz]e|finetune|fine_tune)(?:_|$|[a-z]*_)", re.I)
OPTIMIZER = re.compile(r"opt|optim|scaler|trainer", re.I)


class Steps(Models):
    """Who moves the weights of a model."""

    def _moves(self, event: Event) -> bool:
        """Whether an event moves the weights of whatever model is trained here."""
        if isinstance(event, Write):
            return event.how == "call" and self._is_training(event.callee, "step")
        if not isinstance(event, Called) or event.receiver is None:
            return False
        steps = any(name.rpartition(".")[2] == "step" for name in event.names)
        return steps and bool(OPTIMIZER.search(str(event.receiver[0])))

    def _trains(self, event: Event, owner: Value) -> bool:
        """Whether an event moves the weights of a model: an optimizer's step, a training function, or another
        function of the file that is handed both the model and the optimizer whose step it makes.
        """
        if isinstance(event, Called) and any(self._is_training(name) for name in event.names):
            return touches(event, owner)
        if isinstance(event, Called) and touches(event, owner) and self._makes_a_step(event):
            return True
        return self._moves(event) and (isinstance(event, Called) or touches(event, owner))

    def _makes_a_step(self, call: Called) -> bool:
        """Whether a function of the file certainly makes a step of an optimizer that it is handed."""
        function = self.module.function_of(call.names[0]) if call.names[0].startswith(".") else None
        solution = self.module.solved(call.names[0]) if function is not None else None
        if function is None or solution is None or call.receiver is not None:
            return False
        handed = _handed(call, function)
        stepping = {
            block
            for block, occurrences in solution.occurrences.items()
            for occurrence in occurrences
            for event in occurrence.events
            if isinstance(event, Called)
            and event.receiver is not None
            and self._moves(event)
            and isinstance(event.receiver[1].object, Given)
            and event.receiver[1].object.name in handed
        }
        return _always_comes_to(function, 0, stepping, set())

    def _is_training(self, name: str, *others: str) -> bool:
        last = name.rpartition(".")[2]
        return bool(TRAINING.search(last)) or last in others


def _handed(call: Called, function: ir.Function) -> set[str]:
    """The parameters of a function for which a call has an argument that is written out."""
    names = [each.name for each in function.parameters if each.kind in ("either", "positional")]
    keywords = [keyword for keyword, _, _ in call.arguments]
    placed = sum(keyword is None for keyword in keywords)
    return {*names[:placed], *(keyword for keyword in keywords if keyword)}


def _always_comes_to(function: ir.Function, block: int, wanted: set[int], seen: set[int]) -> bool:
    """Whether every way through a function, from one of its blocks on, passes one of some blocks, where each
    loop has a turn.
    """
    if block in wanted or block in seen:
        return block in wanted
    successors = function.blocks[block].successors
    turns = [each for each in successors if _is_turn(function.blocks[each])]
    ways = turns or successors
    return bool(ways) and all(_always_comes_to(function, each, wanted, {*seen, block}) for each in ways)


def _is_turn(block: ir.Block) -> bool:
    return bool(block.instructions) and isinstance(block.instructions[0], ir.Next)
