"""Which units could hold anything reportable; the rest is never parsed.

A cheap look at the ``ast``, blind to the order of statements. It must not lose a finding, so whatever could
be a view counts as one. A unit is kept when it writes in place to a name that could be a view, or to an
element of a container that could hold one; when it may write to what its caller handed in, to what it
collects, to a copy that an index may make, or from what it overwrites; or when it holds what is reportable by
itself: shallow copies, replications, raw pointers, launches, the variable of a loop bound anew, ``.view()``
beside what may leave a tensor non-contiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tensorlint.knowledge.catalog import Catalog
from tensorlint.source import Source
from tensorlint.syntax.jitted import donating
from tensorlint.syntax.native import CALLED, native_code
from tensorlint.syntax.outline import Outline, Unit
from tensorlint.triage.carry import (
    carry_strides,
    carry_writes,
    hand_out,
    keep_arguments,
    receive,
    share_attributes,
    share_defaults,
    tie_attributes,
)
from tensorlint.triage.look import Look
from tensorlint.triage.reader import Reader
from tensorlint.triage.sharing import File
from tensorlint.triage.vocabulary import SPOKEN_OF, methods
from tensorlint.triage.writes import adds_to_bins, writes_only

_BACKWARDS = re.compile(r"flip|rot90|:[^\[\]:,]*:\s*-")
_OBJECTS = re.compile(r"\bdtype=(?:object\b|\w+\.object_|[\"'](?:object|O)[\"'])")
_UNCHECKED = re.compile(r"\.is_contiguous\b\s*(?!\s*\()")


def triage(source: Source, outline: Outline, catalog: Catalog) -> list[Unit]:
    """The units of a file that could hold anything reportable, in order."""
    native = native_code(outline.tree, outline.names, source.text)
    file = File(
        names=outline.names,
        catalog=catalog,
        known=methods(catalog.own, frozenset(name for name in SPOKEN_OF if name in source.text)),
        methods=frozenset(method for known in outline.classes.values() for method in known.methods),
        lines=source.lines,
        contracts="utates" in source.text,
        donating=_spoken(donating(outline.tree)) if "donate_arg" in source.text else None,
        kernels=any(each.language not in CALLED for each in native.values()),
        extensions=frozenset(name for name, each in native.items() if each.language in CALLED),
        backwards=_BACKWARDS.search(source.text) is not None,
        leaves="Parameter(" in source.text,
        objects="dtype=" in source.text and _OBJECTS.search(source.text) is not None,
        unchecked=_UNCHECKED.search(source.text) is not None,
    )
    reader = Reader(file)
    looks = [reader.read(unit) for unit in outline.units]
    share_attributes(looks)
    receive(looks, frozenset(name.rpartition(".")[2] for name in outline.classes))
    share_defaults(looks)
    hand_out(looks)
    tie_attributes(looks)
    carry_writes(looks)
    carry_strides(looks)
    keep_arguments(looks)
    trees = "jax" in source.text
    hooks = "register_forward_hook" in source.text and "inplace" in source.text
    return [
        look.unit
        for look in looks
        if _kept(look) or (trees and look.replaces_for_caller()) or (hooks and look.collected)
    ]


def _spoken(names: Iterable[str]) -> re.Pattern[str]:
    """What finds any of some names in the text, or the making of what donates."""
    return re.compile("|".join((r"\bdonate_arg", *(rf"\b{re.escape(name)}\b" for name in sorted(names)))))


def _kept(look: Look) -> bool:
    return (
        look.certain
        or look.loses()
        or look.writes_shared()
        or look.writes_lent()
        or look.writes_for_caller()
        or look.writes_collected()
        or look.stores_own_view()
        or not look.looped.isdisjoint(look.recomputed)
        or not look.picked.isdisjoint(look.selecting)
        or look.hangs_on_tensors()
        or look.writes_in_graph()
        or (look.in_graph and look.steps)
        or (look.reshapes and look.strides)
        or (look.keeps_state and look.trains)
        or (look.copies_container and (look.trains or look.writes_element()))
        or writes_only(look)
        or adds_to_bins(look)
        or not look.counted.isdisjoint(look.zeros)
    )
