"""PyTorch's entries, called: what comes back, and what is written, is what some case says that may apply."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import torch

from runtime_check.audit.row import Row, Verdict, entries_of
from runtime_check.audit.torch_battery import BATTERY, NOT_NUMBERS, SPARSE, TYPES, following, fresh, started
from runtime_check.audit.torch_layers import LAYERS, NO_INPUT
from runtime_check.audit.torch_objects import IN_A_GROUP, OBJECTS, group
from runtime_check.audit.torch_probes import probes_of
from runtime_check.audit.torch_trial import Call, Given, given, observe, resolve, takes
from runtime_check.audit.torch_unproved import UNPROVED
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Applied, Case, Many, Signature, Term, Typed, Word

PREFIXES = (
    "torch.Tensor.",
    "torch.nn.functional.",
    "torch.linalg.",
    "torch.fft.",
    "torch.special.",
    "torch.",
)
OF_SPARSE = frozenset(
    "ccol_indices coalesce col_indices crow_indices indices row_indices to_dense to_sparse_coo to_sparse_csc"
    " to_sparse_csr values".split()
)
FEW = frozenset(
    "contiguous,transposed,negative,integers,square,images,complex,matrices,one axis,no axes".split(",")
)
# What takes seconds, what takes an equation first, what lies where no address tells, what a backward pass
# leaves behind, and what makes parts that overlap out of indices that do not go up.
NOT_ON_TENSORS = frozenset(
    "torch.lobpcg torch.einsum torch.Tensor.to_mkldnn torch.Tensor.grad torch.tensor_split"
    " torch.Tensor.tensor_split torch.vsplit torch.Tensor.vsplit torch.hsplit torch.Tensor.hsplit"
    " torch.dsplit torch.Tensor.dsplit".split()
)
ENOUGH = 4  # calls of one entry with one tensor


def entries() -> list[Entry]:
    """Every entry of PyTorch's tables, sorted by name."""
    return entries_of("torch")


def audit(entry: Entry) -> Row:
    """What calling an entry shows. Never raises; a call that the installed version refuses shows nothing."""
    if not present(entry):
        return Row(entry.name, entry.effect, Verdict.LACKING, f"not in PyTorch {torch.__version__}")
    complaints: list[str] = []
    probes, seen = 0, set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for where, call in calls(entry):
            probes += 1
            try:
                agreeing = [case for case in call.possible() if call.agrees(case)]
                seen |= {str(case) for case in agreeing if call.shown(case)}
            except Exception as error:  # a result of a kind that nobody has thought of
                complaints.append(f"{where}: cannot be judged: {error!r}")
                continue
            if not agreeing:
                complaints.append(f"{where}: {wrong(call)}")
    verdict, reason = judged(entry, complaints, probes, seen)
    return Row(entry.name, entry.effect, verdict, reason, probes, tuple(sorted(seen)))


def present(entry: Entry) -> bool:
    if entry.signature.construct == "property" and entry.name in OBJECTS:
        return True  # an attribute that instances have, and the class has not
    try:
        resolve(entry.name)
    except (AttributeError, ImportError):
        return False
    return True


def judged(entry: Entry, complaints: list[str], probes: int, seen: set[str]) -> tuple[Verdict, str]:
    unseen = [str(case) for case in claims(entry.signature) if str(case) not in seen]
    if complaints:
        return Verdict.REFUTED, complaints[0]
    if probes == 0:
        return Verdict.UNPROVED, UNPROVED.get(entry.name, "no call that the audit knows succeeds")
    if unseen:
        return Verdict.UNPROVED, UNPROVED.get(entry.name, f"never seen: {' | '.join(unseen)}")
    return Verdict.CONFIRMED, ""


def claims(signature: Signature) -> Iterator[Case]:
    """The cases of an entry that say something, those of calling what it makes included."""
    for each in (signature, *(clause.call for clause in signature.clauses if clause.call is not None)):
        yield from (case for case in each.cases if case.writes or case.term != Word("unknown"))


def wrong(call: Call) -> str:
    """What a call did that no case says."""
    said = " | ".join(map(str, call.possible()))
    changed = [tuple(change.leaf.shape) for change in call.changes if change.any]
    return f"not {said}: {type(call.result).__name__}, written: {changed or 'nothing'}"


def calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """Successful calls of an entry, each with the name of what it was tried on."""
    if is_layer(entry):
        yield from layer_calls(entry)
    yield from known_calls(entry)
    if is_tried_on_tensors(entry):
        yield from tensor_calls(entry)


def is_layer(entry: Entry) -> bool:
    home, _, name = entry.name.rpartition(".")
    return home == "torch.nn" and name in LAYERS and entry.signature.construct == "class"


def is_tried_on_tensors(entry: Entry) -> bool:
    """Functions of tensors, methods and properties: no classes, nothing that sets something for all."""
    prefix = next((prefix for prefix in PREFIXES if entry.name.startswith(prefix)), None)
    name = entry.name.removeprefix(prefix or "")
    only_looks = re.match(r"\(\*args, \*\*options\) -> (?!new|tuple)", entry.effect) is not None
    foreign = "." in name or (prefix == "torch." and (name.startswith("_") or only_looks))
    known = prefix is not None and not foreign and entry.name not in NOT_ON_TENSORS
    return known and entry.signature.construct != "class"


def known_calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """The calls that are written down for an entry, each on arguments of its own."""
    make = probes_of(entry.name)
    if make is None:
        return
    with group(entry.name) if entry.name in IN_A_GROUP else nullcontext():
        for place in range(len(make())):
            call = observe(entry.signature, function(entry), make()[place])
            if call is not None:
                yield f"call {place + 1}", call
                yield from into(f"call {place + 1}", entry, call, make()[place])


def layer_calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """A layer made, and called."""
    make = LAYERS[entry.name.rpartition(".")[2]]
    forward = entry.signature.clause("call")
    for place, layer in enumerate(make()):
        made = observe(entry.signature, function(entry), layer.made)
        if made is None:
            continue
        yield f"made {place + 1}", made
        if forward is not None and forward.call is not None and layer.called is not NO_INPUT:
            made.result.train(not layer.evaluated)
            if "Lazy" in entry.name:  # its first call makes what it owns
                made.result(*make()[place].called.positional)
            arguments = given(made.result, *layer.called.positional)
            called = observe(forward.call, lambda module, *inputs: module(*inputs), arguments)
            if called is not None:
                yield f"called {place + 1}", called


def function(entry: Entry) -> Callable[..., Any]:
    name = entry.name.rpartition(".")[2]
    if entry.signature.construct == "property":
        return lambda owner: getattr(owner, name)
    if (
        entry.name in OBJECTS
        and entry.signature.parameters[:1]
        and entry.signature.parameters[0].name == "self"
    ):
        return lambda owner, *args, **options: getattr(owner, name)(*args, **options)
    found: Callable[..., Any] = resolve(entry.name)
    return found


def battery(entry: Entry) -> Mapping[str, Callable[[], Any]]:
    """Tensors to begin with: all layouts where the data may decide what happens, a few where they cannot."""
    if "nan" in entry.name:
        return NOT_NUMBERS
    if entry.name.startswith("torch.Tensor.") and entry.name.rpartition(".")[2] in OF_SPARSE:
        return SPARSE
    terms = [case.term for case in entry.signature.cases if str(case.guard) != "given(out)"]
    if len(terms) == 1 and not any(map(shares, terms)):
        return {name: make for name, make in BATTERY.items() if name in FEW}
    return {**BATTERY, **TYPES} if "matches" in entry.effect else BATTERY


def shares(term: Term) -> bool:
    if isinstance(term, Typed):
        return shares(term.term)
    return any(map(shares, term.terms)) if isinstance(term, Many) else isinstance(term, Applied)


def tensor_calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """A few calls for each tensor of the battery, and those that worked again with ``out=``."""
    signature, called = entry.signature, function(entry)
    placed = 0
    for name, make in battery(entry).items():
        found = 0
        for rest in following(make()):
            if not takes(called, given(started(signature, make()), *fresh(rest))):
                continue  # most of what is tried: not worth a look at every tensor
            call = observe(signature, called, given(started(signature, make()), *fresh(rest)))
            if call is None:
                continue
            yield name, call
            found += 1
            if placed < ENOUGH:
                for again in into(name, entry, call, given(started(signature, make()), *fresh(rest))):
                    yield again
                    placed += 1
            if found >= ENOUGH:
                break


def into(name: str, entry: Entry, call: Call, arguments: Given) -> Iterator[tuple[str, Call]]:
    """The same call once more, its result written to a place of its own."""
    takes_one = any(parameter.name == "out" for parameter in entry.signature.parameters)
    if takes_one and call.given.get("out") is None:
        options = {**arguments.named, "out": place(call.result)}
        again = observe(entry.signature, function(entry), Given(arguments.positional, options))
        if again is not None:
            yield f"{name}, out=", again


def place(result: Any) -> Any:
    """Where a result like this one may be written: other elements, so that a write shows."""
    if isinstance(result, tuple):
        return tuple(map(place, result))
    if not isinstance(result, torch.Tensor):
        return None
    if result.layout is torch.sparse_coo:
        return torch.sparse_coo_tensor(size=result.shape)
    return ~result if result.dtype == torch.bool else torch.full(result.shape, 77, dtype=result.dtype)
