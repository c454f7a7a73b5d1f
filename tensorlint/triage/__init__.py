"""Which units could hold anything reportable; the rest is never parsed.

A cheap look at the ``ast``, blind to the order of statements. It must not lose a finding, so whatever could
be a view counts as one. A unit is kept when it writes in place to a name that could be a view, or to an
element of a container that could hold one, or when it holds what is reportable by itself: shallow copies,
replications, raw pointers, launches, ``.view()`` beside what may leave a tensor non-contiguous.
"""

from __future__ import annotations

from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source
from tensorlint.syntax.outline import Outline, Unit
from tensorlint.triage.look import Look
from tensorlint.triage.reader import File, Reader

_KERNELS = ("triton", "RawKernel", "RawModule", "cuda.jit")
_EXTENSIONS = ("load_inline", "cpp_extension", "RawKernel", "RawModule", "torch.library", "custom_op")
_CALLED = ("forward", "__call__", "call")  # what calling an object runs


def triage(source: Source, outline: Outline, catalog: Catalog) -> list[Unit]:
    """The units of a file that could hold anything reportable, in order."""
    file = File(
        names=outline.names,
        catalog=catalog,
        methods=frozenset(method for known in outline.classes.values() for method in known.methods),
        kernels=any(word in source.text for word in _KERNELS),
        extensions=any(word in source.text for word in _EXTENSIONS),
    )
    reader = Reader(file)
    looks = [reader.read(unit) for unit in outline.units]
    _share_attributes(looks)
    _close(looks)
    return [look.unit for look in looks if _kept(look)]


def _kept(look: Look) -> bool:
    return (
        look.certain
        or look.writes_shared()
        or (look.reshapes and look.strides)
        or (look.copies_container and look.trains)
    )


def _share_attributes(looks: list[Look]) -> None:
    """Methods see what others bind to `self`; whether in the same class or in a base is not looked at."""
    views = {root for look in looks for root in look.views if root.startswith("self.")}
    holders = {root for look in looks for root in look.holders if root.startswith("self.")}
    for look in looks:
        if look.unit.class_name:
            look.views |= views
            look.holders |= holders


def _close(looks: list[Look]) -> None:
    """Carry writes and strides from functions to their callers in the file, by name, to a fixed point."""
    writers = {name for look in looks for name, _, in_place in look.made if in_place}
    striders: set[str] = set()
    made = [(name, makers) for look in looks for name, makers, _ in look.made]
    size = -1
    while size != len(writers) + len(striders) + sum(len(look.written) + look.strides for look in looks):
        size = len(writers) + len(striders) + sum(len(look.written) + look.strides for look in looks)
        for look in looks:
            for callee, handed in look.calls:
                if callee in writers:
                    look.written.update(handed)
                look.strides = look.strides or callee in striders
            if look.writes_parameter():
                writers.update(_names(look))
            if look.strides:
                striders.update(_names(look))
        for name, makers in made:
            if not makers.isdisjoint(writers):
                writers.add(name)
            if not makers.isdisjoint(striders):
                striders.add(name)


def _names(look: Look) -> list[str]:
    """What a call of this unit may be written as: a class is called where its `forward` is meant."""
    unit = look.unit
    if unit.class_name and unit.name in _CALLED:
        return [unit.name, unit.class_name.rpartition(".")[2]]
    return [unit.name]
