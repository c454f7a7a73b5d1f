"""Guards that the linted code leaves open: all cases are possible, and messages say on what that depends."""

from __future__ import annotations

import pytest

from tensorlint import lint_text
from tensorlint.alias.guards import ABOUT_DATA, Verdicts
from tensorlint.alias.lattice import Sharing
from tensorlint.inspection import Inspection
from tensorlint.knowledge import equations
from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.effects import Guard, prose
from tensorlint.knowledge.grammar import parse
from tensorlint.source import Source


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


@pytest.mark.parametrize(
    ("argument", "answer"),
    [("keras.ops.abs(x)", Sharing.UNKNOWN), ("np.zeros(3)", Sharing.NONE), ("tf.abs(x)", Sharing.DEFINITE)],
)
def test_what_keras_gives_may_be_a_tensor_of_the_library_that_asks(argument: str, answer: Sharing) -> None:
    source = (
        "import keras\nimport numpy as np\nimport tensorflow as tf\n\n\n"
        "def f(x: tf.Tensor):\n"
        f"    given = {argument}\n"
        "    found = tf.convert_to_tensor(given)\n"
        "    return given, found\n"
    )
    assert Inspection(Source.read(source)).sharing("f", 8, "given", "found") is answer


def test_what_keras_takes_may_be_a_tensor_of_its_backend() -> None:
    source = (
        "import keras\nimport tensorflow as tf\n\n\n"
        "def f(x: tf.Tensor):\n"
        "    found = keras.ops.convert_to_tensor(x)\n"
        "    turned = keras.ops.rot90(x, 0)\n"
        "    return found, turned, x\n"
    )
    seen = Inspection(Source.read(source))
    assert seen.sharing("f", 7, "found", "x") is not Sharing.NONE
    assert seen.sharing("f", 7, "turned", "x") is not Sharing.NONE


def test_what_where_gives_depends_on_how_many_it_is_given() -> None:
    source = (
        "import keras\n\n\n"
        "def f(x):\n"
        "    places = keras.ops.where(x > 0)\n"
        "    values = keras.ops.where(x > 0, x, 0)\n"
        "    return places[0], places[-1], values, x\n"
    )
    seen = Inspection(Source.read(source))
    assert seen.sharing("f", 6, "places[0]", "places[-1]") is not Sharing.NONE
    assert seen.sharing("f", 6, "values", "x") is Sharing.NONE


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
