"""Views that follow a permutation are found through names and branches, and what runs tells which raise."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.checkouts import Checkout
from bench.views import reading, running
from bench.views.__main__ import Runs, in_a_word, is_wrong, uncopied

CODE = """\
import torch
import torch.nn.functional as F

class Attention(torch.nn.Module):
    def forward(self, x, mask=None):
        b, n, c = x.shape
        q = self.proj(x).view(b, n, self.heads, c // self.heads).transpose(1, 2)
        q = F.relu(q)
        if mask is not None:
            q = q * mask
        merged = q.transpose(1, 2).contiguous().view(b, n, c)
        wrong = q.permute(0, 3, 1, 2).view(b, -1)
        kept = x.transpose(1, 2).view(b, c, n)
        split = x.transpose(1, 2).view(b, c, *self.size)
        kind = x.transpose(1, 2).view(torch.int32)
        return merged, wrong, kept, split, kind

def expanded(x):
    wide = x.unsqueeze(0).expand(5, -1, -1)
    return wide.view(-1)

def between(x, n):
    if n:
        x = x.t()
    else:
        x = x.t().contiguous()
    return x.view(-1)

def rebound(self, x):
    b, c, n = x.shape
    weights, x = self.layers(x)
    return x.transpose(1, 2).view(b, c, n)

def own(x):
    return x.view(-1)
"""
FOUND = {  # line: what permuted it, whether it was copied, what running it shows
    11: ("transpose", True, "legal"),
    12: ("permute", False, "raises"),
    13: ("transpose", False, "legal"),
    14: ("transpose", False, "legal"),
    20: ("expand", False, "raises"),
    27: ("t", False, "depends"),
    32: ("transpose", False, "depends"),
}


def found() -> list[reading.Site]:
    return reading.sites(CODE, running.methods())


def test_views_are_found_behind_permutations_only() -> None:
    assert {site.line: (site.reordering, site.copied) for site in found()} == {
        line: known[:2] for line, known in FOUND.items()
    }


@pytest.mark.parametrize("line", FOUND)
def test_running_tells_what_raises(line: int) -> None:
    (site,) = (site for site in found() if site.line == line)
    outcome = running.run(site.programs)
    assert in_a_word(outcome) == FOUND[line][2], outcome
    assert outcome.fits >= running.FITS


def test_a_process_that_hangs_is_a_result() -> None:
    assert running.run_one(reading.Program(("viewed = x",), "viewed.view(-1)", (("x", "tensor"),))).fits
    runs = Runs()
    try:
        hanging = reading.Program(("viewed = math.factorial(10 ** 8)",), "viewed.view(-1)", ())
        outcome = runs.outcome((hanging,), most=8)
        assert in_a_word(outcome) == "not run" and "Timeout" in outcome.why
    finally:
        runs.end()


def test_a_view_is_looked_at_without_its_copy(tmp_path: Path) -> None:
    code = (
        CODE
        + "\ndef flat(x):\n    b, c, n = x.shape\n    return x.transpose(1, 2).contiguous().view(b, n * c)\n"
    )
    (tmp_path / "model.py").write_text(code, encoding="utf-8")
    found = list(uncopied(Checkout(tmp_path, "own/code", "0" * 40)))
    assert {site.line: reported for _, site, reported in found} == {11: False, 39: True}
    ran = {site.line: in_a_word(running.run(site.programs)) for _, site, _ in found}
    assert ran == {11: "legal", 39: "raises"}


def test_what_contradicts_is_wrong_until_it_is_read() -> None:
    assert is_wrong({"outcome": "legal", "reported": True})
    assert is_wrong({"outcome": "raises", "reported": False})
    assert not is_wrong({"outcome": "raises", "reported": False, "read": "the length is a parameter"})
    assert not is_wrong({"outcome": "depends", "reported": False})
    assert not is_wrong({"outcome": "raises", "reported": True})
