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
    _receive(looks, frozenset(name.rpartition(".")[2] for name in outline.classes))
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


def _receive(looks: list[Look], classes: frozenset[str]) -> None:
    """`x = self.layer(x)` gives a view only where a layer of this file, or one that works in place, was made."""
    sharing = {
        made.name
        for look in looks
        for made in look.made
        if made.shares or made.in_place or not made.makers.isdisjoint(classes)
    }
    for look in looks:
        look.views.update(root for root, attribute in look.received if attribute in sharing)


def _close(looks: list[Look]) -> None:
    """Carry writes and strides from functions to their callers in the file, by name, to a fixed point."""
    made = [item for look in looks for item in look.made]
    writers = {item.name for item in made if item.in_place}
    striders: set[str] = set()
    writing_classes: set[str] = set()
    striding_classes: set[str] = set()
    size = -1
    while size != (size := _size(looks, writers, striders)):
        for look in looks:
            for callee, handed in look.calls:
                if callee in writers:
                    look.written.update(handed)
                look.strides = look.strides or callee in striders
            called_as, class_name = _names(look.unit)
            if look.writes_parameter():
                writers.add(called_as)
                writing_classes.add(class_name)
            if look.strides:
                striders.add(called_as)
                striding_classes.add(class_name)
        writers.update(item.name for item in made if not item.makers.isdisjoint(writing_classes))
        striders.update(item.name for item in made if not item.makers.isdisjoint(striding_classes))


def _size(looks: list[Look], *sets: set[str]) -> int:
    return sum(map(len, sets)) + sum(len(look.written) + look.strides for look in looks)


def _names(unit: Unit) -> tuple[str, str]:
    """What a call of this unit is written as, and the class whose objects run it when they are called."""
    owner = (unit.class_name or "").rpartition(".")[2]
    if unit.name == "__init__":
        return owner, ""
    return unit.name, owner if unit.name in _CALLED else ""
