"""Guards that the linted code leaves open: all cases are possible, and messages say on what that depends."""

from __future__ import annotations

import pytest

from tensorlint import lint_text
from tensorlint.alias.guards import ABOUT_DATA, Verdicts
from tensorlint.knowledge import equations
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Guard, prose
from tensorlint.knowledge.grammar import parse


def guard(text: str) -> Guard:
    found = parse(f"(x) -> new if {text} | x").cases[0].guard
    assert found is not None
    return found


def test_the_version_of_the_linted_code_is_not_known() -> None:
    verdicts = Verdicts(Catalog(), {}, lambda value, steps: None)
    assert verdicts.guard(guard("version('numpy', '2')")) is None
    assert verdicts.guard(guard("not version('numpy', '2')")) is None
    assert verdicts.guard(guard("x and version('numpy', '2')")) is False


def test_what_depends_on_the_version_says_so() -> None:
    assert prose(guard("version('numpy', '2')")) == "numpy is version 2 or newer"
    assert "version" in ABOUT_DATA


def test_what_depends_on_a_mask_says_so() -> None:
    assert prose(guard("unmasked(x)"), {"x": "`m`"}) == "no element of `m` is masked"
    source = (
        "import numpy as np\n\n\n"
        "def f():\n"
        "    m = np.ma.array([1.0, 2.0])\n"
        "    y = m.filled(0.0)\n"
        "    y += 1\n"
        "    return y, m.sum()\n"
    )
    (found,) = lint_text(source)
    assert (found.code, found.line) == ("TAL102", 7)
    assert "if no element of `m` is masked" in found.message


def test_rounding_is_reported_for_no_version() -> None:
    source = (
        "import numpy as np\n\n\ndef f(x: np.ndarray):\n    y = x.round()\n    y += 1\n    return y + x\n"
    )
    assert lint_text(source) == []


def test_subscripts_that_make_arrays_share_nothing() -> None:
    source = (
        "import numpy as np\n\n\n"
        "def f(x: np.ndarray):\n"
        "    y = np.c_[x, x]\n"
        "    y += np.mgrid[0:2, 0:2][0]\n"
        "    return y, x\n"
    )
    assert lint_text(source) == []


@pytest.mark.parametrize(
    ("equation", "reordered", "unsummed"),
    [
        ("ij->ji", True, True),
        ("... i j -> ... j i", True, True),
        ("ji", True, True),
        ("ii->i", False, True),
        ("iij->ji", False, True),
        ("ii", False, False),
        ("ij->i", False, False),
        ("...i->i", False, False),
        ("ij,j->i", None, None),
        ("ij->ik", None, None),
        ("ij->jj", None, None),
        ("", None, None),
    ],
)
def test_equations(equation: str, reordered: bool | None, unsummed: bool | None) -> None:
    assert (equations.reorders(equation), equations.keeps_axes(equation)) == (reordered, unsummed)
