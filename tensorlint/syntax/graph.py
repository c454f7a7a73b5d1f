"""Blocks and edges while a function is lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tensorlint.ir import Block, Instr
from tensorlint.syntax.segment import LoweringSkipped

MAX_BLOCKS = 20_000


@dataclass(frozen=True, slots=True)
class Loop:
    """Where ``continue`` and ``break`` go."""

    header: int
    after: int


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What runs when control leaves a ``with`` or a ``try``; ``handlers`` catch what it raises itself."""

    run: Callable[[], None]
    handlers: tuple[int, ...]
    matters: bool  # whether it can rebind names: then a returned value is evaluated into a temporary


Frame = Loop | Cleanup


class Graph:
    """A control-flow graph under construction; ``current`` is the block that instructions go to.

    Code that cannot be reached goes to blocks without predecessors, which :meth:`finish` drops.
    """

    def __init__(self) -> None:
        self.instructions: list[list[Instr]] = []
        self.successors: list[list[int]] = []
        self.raises: list[tuple[int, ...]] = []
        self.handlers: tuple[int, ...] = ()  # where an exception raised now may go
        self.frames: list[Frame] = []
        self.current = self.new_block()

    def new_block(self) -> int:
        """A fresh block, whose instructions may raise into the handlers of this moment."""
        if len(self.instructions) >= MAX_BLOCKS:
            raise LoweringSkipped(f"more than {MAX_BLOCKS:,} blocks")
        self.instructions.append([])
        self.successors.append([])
        self.raises.append(self.handlers)
        return len(self.instructions) - 1

    def emit(self, instr: Instr) -> None:
        self.instructions[self.current].append(instr)

    def jump(self, block: int) -> None:
        self.successors[self.current].append(block)

    def branch(self) -> int:
        """A fresh block that follows the current one."""
        block = self.new_block()
        self.jump(block)
        return block

    def start(self, block: int) -> None:
        self.current = block

    def split(self) -> None:
        """Continue in a block of its own, so that the state of this point can reach a handler."""
        if self.instructions[self.current]:
            self.start(self.branch())

    def join(self, blocks: Iterable[int]) -> None:
        """Continue where all of these open blocks meet."""
        ends = list(blocks)
        if len(ends) == 1:
            self.start(ends[0])
            return
        meeting = self.new_block()
        for end in ends:
            self.successors[end].append(meeting)
        self.start(meeting)

    def stop(self, instr: Instr) -> None:
        """Emit an instruction that ends its block; what follows is unreachable.

        A return raises nothing, so it gets a block without handlers.
        """
        self.emit(instr)
        self.start(self.new_block())

    def quiet(self) -> None:
        """Continue in a block that raises into no handler."""
        if self.raises[self.current]:
            saved, self.handlers = self.handlers, ()
            self.start(self.branch())
            self.handlers = saved

    def unwind(self, depth: int) -> None:
        """Run the cleanups of all frames above ``depth``, innermost first, as leaving them would."""
        frames, handlers = self.frames, self.handlers
        for level in range(len(frames) - 1, depth - 1, -1):
            frame = frames[level]
            if isinstance(frame, Cleanup):
                self.frames, self.handlers = frames[:level], frame.handlers
                frame.run()
        self.frames, self.handlers = frames, handlers

    def finish(self) -> tuple[Block, ...]:
        """The reachable blocks, renumbered in the order of their creation."""
        edges = [
            tuple(dict.fromkeys((*after, *raised)))
            for after, raised in zip(self.successors, self.raises, strict=True)
        ]
        reached = {0}
        pending = [0]
        while pending:
            for block in edges[pending.pop()]:
                if block not in reached:
                    reached.add(block)
                    pending.append(block)
        order = {old: new for new, old in enumerate(sorted(reached))}
        return tuple(
            Block(tuple(self.instructions[old]), tuple(order[block] for block in edges[old])) for old in order
        )
