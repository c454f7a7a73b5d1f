"""What functions declare, by their names, their parameters' names, flags and docstrings."""

from __future__ import annotations

import ast

import pytest

from tensorlint import ir
from tensorlint.analysis import Analysis
from tensorlint.knowledge.contracts import contracts, words
from tensorlint.source import Source

PLAIN = "def {name}({parameters}):\n    {docstring}\n    x[0] = 1\n    return x\n"


def function(text: str, name: str) -> ir.Function:
    source = Source.read("import numpy\n" + text, "<test>")
    found = Analysis(source, ast.parse(source.text)).function_of(f".{name}")
    assert found is not None
    return found


def declares(
    *, name: str = "prepare", parameters: str = "x", docstring: str = "pass", written: str = "x"
) -> bool:
    text = PLAIN.format(name=name, parameters=parameters, docstring=docstring)
    return contracts().declare(function(text, name), written)


@pytest.mark.parametrize("name", "scale_ fill_gaps zero_grad set_rows update copyto initWeights".split())
def test_a_name_declares(name: str) -> None:
    assert declares(name=name)


@pytest.mark.parametrize(
    "name",
    ["normalize", "clip_boxes", "crop", "mask_out", "prepare", "convert", "apply", "transform", "process"],
)
def test_a_name_declares_nothing(name: str) -> None:
    assert not declares(name=name)


@pytest.mark.parametrize("parameter", ["out", "buf", "dst", "k_cache", "out_rows", "x_out", "result"])
def test_a_parameter_to_write_to(parameter: str) -> None:
    assert declares(parameters=f"x, {parameter}", written=parameter)
    assert not declares(parameters=f"x, {parameter}", written="x")


def test_a_matrix_is_no_parameter_of_a_model() -> None:
    assert declares(parameters="p", written="p")
    assert not declares(parameters="P", written="P")


@pytest.mark.parametrize("flag", ["inplace=False", "copy=True", "overwrite_input=False", "force_copy=False"])
def test_a_flag(flag: str) -> None:
    assert declares(parameters=f"x, {flag}")


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Scale x in place.", True),
        ("The array is overwritten.", True),
        ("Modifies its argument.", True),
        ("x : ndarray\n        Output array.", True),
        ("x : ndarray\n        Storage array for the stages.", True),
        ("x : ndarray\n        The array that is stored.", False),
        ("Not in place: the result is a new array.", False),
        ("The input is never modified.", False),
        ("A modified algorithm of the third kind.", False),
        ("Returns a copy instead of working in place.", False),
        ("Update x by one step.", True),
        ("One pass.\n\n    Rearranges the ``x`` for the next.", True),
        ("Perform the update on the x for one minibatch.", True),
        ("Update the mean of x.", False),
        ("Update y by x.", False),
        ("Norm of one update of x.", False),
        ("Does not update x.", False),
    ],
)
def test_a_docstring(docstring: str, expected: bool) -> None:
    assert declares(docstring=f'"""{docstring}"""') is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x):\n    x[0] = 1\n", True),
        ("def f(x):\n    x[0] = 1\n    return None\n", True),
        ("def f(x):\n    x[0] = 1\n    return x.sum()\n", False),
        ("def f(x):\n    x[0] = 1\n    yield x\n", False),
        ("def plot_rows(x):\n    x[0] = 1\n", False),
        ("import numba\n@numba.njit\ndef f(x):\n    x[0] = 1\n    return x\n", True),
    ],
)
def test_what_gives_nothing_is_called_for_what_it_writes(text: str, expected: bool) -> None:
    name = "plot_rows" if "plot_rows" in text else "f"
    assert contracts().declare(function(text, name), "x") is expected


def test_a_class_declares() -> None:
    text = "class {}:\n    def run(self, x):\n        x[0] = 1\n        return x\n"
    assert contracts().declare(function(text.format("Relu_"), "Relu_.run"), "x")
    assert contracts().declare(function(text.format("SlowOptimizer"), "SlowOptimizer.run"), "x")
    assert contracts().declare(function(text.format("Plain"), "Plain.run"), "x", ("torch.optim.Optimizer",))
    assert not contracts().declare(function(text.format("Plain"), "Plain.run"), "x")


def test_words_of_names() -> None:
    assert words("ZeroPad2d") == words("zero_pad_2_d") == ("zero", "pad", "2", "d")
    assert words("RGBImage") == ("rgb", "image")


def test_a_class_that_writes_for_a_living() -> None:
    assert contracts().is_writer("Lion", ("torch.optim.Optimizer",))
    assert contracts().is_writer("SlowOptimizer", ())
    assert contracts().is_writer("Rotation", ("fvcore.transforms.transform.Transform",))
    assert not contracts().is_writer("Recorder", ("torch.nn.Module",))
