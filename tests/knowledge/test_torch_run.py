"""PyTorch's entries, called: what comes back, and what is written, is what some case says that may apply."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from runtime_check.audit.torch_calls import (  # noqa: E402
    BATTERY,
    NOT_NUMBERS,
    SPARSE,
    TYPES,
    Call,
    following,
    fresh,
    observe,
    started,
)
from tensorlint.knowledge.catalog import Catalog, Entry  # noqa: E402
from tensorlint.knowledge.effects import Applied, Case, ElementsWritten, Many, Term, Typed  # noqa: E402

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
# What other versions have, what depends on a backward pass, takes seconds, or takes an equation first.
ELSEWHERE = frozenset(
    "torch.Tensor.names torch.Tensor.rename_ torch.Tensor.grad torch.Tensor.to_mkldnn torch.lobpcg"
    " torch.einsum torch.tensordot torch.Tensor.tensor_split torch.vsplit torch.Tensor.vsplit".split()
)
DATA = ("matches", "contiguous", "viewable", "mergeable")
EXEMPT = frozenset(
    {
        ("torch.Tensor.__reversed__", "no axes"),  # nothing to turn round: the tensor itself
        ("torch.Tensor.to_sparse_coo", "compressed"),  # shares its values
        ("torch.Tensor.to_sparse_coo", "compressed columns"),
        ("torch.Tensor.to_sparse_csr", "sparse"),
    }
)
# No tensor of the battery is of that kind already.
NEVER = frozenset(
    "torch.Tensor.contiguous torch.Tensor.to_dense torch.Tensor.to_sparse torch.Tensor.to_sparse_bsc"
    " torch.Tensor.to_sparse_bsr".split()
)
# What begins with a length, needs tensors that fit one another, a graph, quantized elements, another device.
UNTRIED = frozenset(
    "torch.Tensor.__cuda_array_interface__ torch.Tensor.__deepcopy__ torch.Tensor.__format__"
    " torch.Tensor.__index__ torch.Tensor.__reduce__ torch.Tensor._coalesced_ torch.Tensor._philox_normal_"
    " torch.Tensor._philox_uniform_ torch.Tensor.addbmm torch.Tensor.addbmm_ torch.Tensor.addmv"
    " torch.Tensor.addmv_ torch.Tensor.as_strided_scatter torch.Tensor.backward torch.Tensor.bincount"
    " torch.Tensor.cuda torch.Tensor.float_power_ torch.Tensor.int_repr torch.Tensor.ipu"
    " torch.Tensor.is_coalesced torch.Tensor.lu_solve torch.Tensor.map2_ torch.Tensor.mtia"
    " torch.Tensor.nonzero_static torch.Tensor.ormqr torch.Tensor.pin_memory"
    " torch.Tensor.q_per_channel_axis torch.Tensor.q_per_channel_scales"
    " torch.Tensor.q_per_channel_zero_points torch.Tensor.q_scale torch.Tensor.q_zero_point"
    " torch.Tensor.qscheme torch.Tensor.record_stream torch.Tensor.register_hook"
    " torch.Tensor.register_post_accumulate_grad_hook torch.Tensor.reinforce"
    " torch.Tensor.resize_as_sparse_ torch.Tensor.retain_grad torch.Tensor.smm torch.Tensor.sparse_mask"
    " torch.Tensor.sparse_resize_ torch.Tensor.sparse_resize_and_clear_ torch.Tensor.sspaddmm"
    " torch.Tensor.symeig torch.Tensor.to_padded_tensor torch.Tensor.xpu torch.addbmm torch.addmv"
    " torch.addmv_ torch.as_strided_scatter torch.bincount torch.ccol_indices_copy torch.col_indices_copy"
    " torch.crow_indices_copy torch.embedding_renorm_ torch.empty torch.empty_permuted torch.empty_strided"
    " torch.eye torch.fft.fftfreq torch.fft.rfftfreq torch.from_numpy torch.frombuffer torch.full"
    " torch.hsmm torch.hspmm torch.indices_copy torch.int_repr torch.linalg.ldl_solve"
    " torch.linalg.lu_solve torch.linalg.multi_dot torch.linalg.solve_triangular torch.lu_solve"
    " torch.lu_unpack torch.nn.functional.affine_grid torch.nn.functional.conv3d"
    " torch.nn.functional.conv_tbc torch.nn.functional.conv_transpose1d"
    " torch.nn.functional.conv_transpose3d torch.nn.functional.ctc_loss torch.nn.functional.embedding"
    " torch.nn.functional.embedding_bag torch.nn.functional.grid_sample torch.nn.functional.max_unpool1d"
    " torch.nn.functional.max_unpool2d torch.nn.functional.max_unpool3d"
    " torch.nn.functional.multi_head_attention_forward torch.nn.functional.multilabel_margin_loss"
    " torch.nonzero_static torch.ones torch.ormqr torch.polygamma torch.rand torch.randint torch.randn"
    " torch.randperm torch.resize_as_sparse_ torch.row_indices_copy torch.saddmm torch.smm"
    " torch.special.polygamma torch.sspaddmm torch.values_copy torch.zeros".split()
)
FEW = frozenset(
    {
        *"contiguous transposed negative integers square images complex matrices".split(),
        "one axis",
        "no axes",
    }
)
ENOUGH = 4  # calls of one entry with one tensor


def tried(entry: Entry) -> bool:
    """Functions of tensors, methods and properties: no classes, nothing that sets something for all."""
    prefix = next((prefix for prefix in PREFIXES if entry.name.startswith(prefix)), None)
    name = entry.name.removeprefix(prefix or "")
    only_looks = entry.effect.startswith("(*args, **options) ->")
    foreign = "." in name or (prefix == "torch." and (name.startswith("_") or only_looks))
    known = prefix is not None and not foreign and entry.name not in ELSEWHERE
    return known and entry.signature.construct != "class"


def function(entry: Entry) -> Callable[..., Any]:
    found: Any = torch
    for part in entry.name.split(".")[1:]:
        found = getattr(found, part)
    if entry.signature.construct == "property":
        return lambda tensor: getattr(tensor, method(entry))
    return found


def method(entry: Entry) -> str:
    return entry.name.rpartition(".")[2]


def battery(entry: Entry) -> Mapping[str, Callable[[], Any]]:
    """Tensors to begin with: all layouts where the data may decide what happens, a few where they cannot."""
    if "nan" in entry.name:
        return NOT_NUMBERS
    if entry.name.startswith("torch.Tensor.") and method(entry) in OF_SPARSE:
        return SPARSE
    terms = [case.term for case in entry.signature.cases if str(case.guard) != "given(out)"]
    if len(terms) == 1 and not any(map(shares, terms)):
        return {name: make for name, make in BATTERY.items() if name in FEW}
    return {**BATTERY, **TYPES} if "matches" in entry.effect else BATTERY


def shares(term: Term) -> bool:
    if isinstance(term, Typed):
        return shares(term.term)
    return any(map(shares, term.terms)) if isinstance(term, Many) else isinstance(term, Applied)


def calls(entry: Entry) -> Iterator[tuple[str, Call]]:
    """Successful calls of an entry, a few for each tensor of the battery."""
    called = function(entry)
    for name, make in battery(entry).items():
        found = 0
        for following_x in following(make()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call = observe(
                    entry.signature, called, (started(entry.signature, make()), *fresh(following_x))
                )
            if call is not None:
                yield name, call
                found += 1
            if found >= ENOUGH:
                break


ENTRIES = sorted(filter(tried, Catalog().entries("torch")), key=lambda entry: entry.name)


def claims(entry: Entry) -> bool:
    """Whether the first argument is said to be written, whatever it is."""
    first = entry.signature.parameters[0].name
    always = (write for case in entry.signature.cases if case.guard is None for write in case.writes)
    return any(isinstance(w, ElementsWritten) and not w.what and w.path.root == first for w in always)


def decided_by_data(case: Case) -> bool:
    return case.guard is not None and any(atom.relation in DATA for atom in case.guard.atoms)


def wrong(entry: Entry, call: Call) -> str:
    """What is wrong with a call, empty when some case says so."""
    cases = [*call.possible()]
    first = entry.signature.parameters[0].name
    others = any(write.path.root != first for case in cases for write in case.writes)
    if call.others and not others:
        return "another argument was written"
    if any(call.agrees(case) for case in cases):
        return ""
    said = " | ".join(map(str, cases))
    return f"not {said}: {type(call.result).__name__}, {call.cells=}, {call.version=}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_does_what_one_of_its_cases_says(entry: Entry) -> None:
    complaints: list[str] = []
    applied, written, seen = 0, False, set()
    for name, call in calls(entry):
        applied += 1
        written = written or call.cells or call.version
        seen |= {str(case) for case in call.possible() if call.agrees(case)}
        if (text := wrong(entry, call)) and (entry.name, name) not in EXEMPT:
            complaints.append(f"{name}: {text}")
    assert complaints[:3] == []
    assert (applied == 0) == (entry.name in UNTRIED)
    assert written or not applied or not claims(entry), "never seen to be written"
    unseen = {str(case) for case in entry.signature.cases if decided_by_data(case)} - seen
    assert not unseen or entry.name in UNTRIED or entry.name in NEVER, f"never seen: {unseen}"


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("torch.Tensor.t", "(self) -> new"),
        ("torch.Tensor.clone", "(self) -> self"),
        ("torch.Tensor.add_", "(self, other) -> self"),
        ("torch.Tensor.chunk", "(self, chunks) -> list[new]"),
        ("torch.Tensor.contiguous", "(self) -> self"),
        ("torch.Tensor.expand_as", "(self, other) -> other"),
        ("torch.Tensor.sum", "(self) -> plain"),
        ("torch.Tensor.flatten", "(self) -> new(like(self))"),
    ],
)
def test_a_wrong_entry_is_found_out(name: str, effect: str) -> None:
    entry = Entry(name, effect, "", "torch.Tensor")
    assert any(wrong(entry, call) for _, call in calls(entry))
