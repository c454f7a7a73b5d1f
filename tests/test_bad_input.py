"""Input that breaks linters: the right answer, a clear message or silence; never a crash or a hang."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Flake8, Lint

HEADER = "import numpy as np\n\n\ndef crop():\n"
BODY = """\
    image = np.arange(16.0).reshape(4, 4)
    patch = image[1:3, 1:3]
    patch -= patch.mean()
    return image, patch
"""
CROP = HEADER + BODY
PLACE = ("TAL101", 7, 4)


def with_line(line: str) -> str:
    """The bug below one more line of its function."""
    return f"{HEADER}    {line}\n{BODY}"


@pytest.mark.parametrize("source", ["", "\n", "   ", "\\\n", "# only a comment", "\ufeff", "\f\n", "\r"])
def test_nothing_to_check(lint: Lint, source: str) -> None:
    assert lint(source).places == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        pytest.param("import numpy as np\ndef f(:\n", "invalid syntax", id="syntax"),
        pytest.param("import numpy as np\nx = 'unterminated\n", "unterminated string", id="string"),
        pytest.param("import numpy as np\nif x:\n\ty\n        z\n", "inconsistent use of tabs", id="tabs"),
        pytest.param("import numpy as np\n\x00x = 1\n", "NUL", id="nul"),
        pytest.param(b"import numpy as np\nx = '\xff\xfe'\n", "cannot decode", id="undecodable"),
        pytest.param(b"# coding: no-such-codec\nimport numpy as np\n", "no-such-codec", id="codec"),
        pytest.param(CROP.encode("utf-16"), "cannot decode", id="utf-16"),
        pytest.param(f"# coding: hex\n{CROP}".encode(), "cannot decode", id="no-text"),
        pytest.param(f"# coding: undefined\n{CROP}".encode(), "cannot decode", id="undefined"),
        pytest.param(f"# coding: utf-16\n{CROP}\n".encode(), "utf-16", id="another-alphabet"),
    ],
)
def test_what_is_no_python_gets_a_clear_message(lint: Lint, source: str | bytes, error: str) -> None:
    linted = lint(source)
    assert linted.diagnostics == []
    assert error in (linted.error or "")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import numpy as np\ndef f(:\n", id="syntax"),
        pytest.param("import numpy as np\n\x00x = 1\n", id="nul"),
        pytest.param("import numpy as np\nprint 'x'\n", id="python-2"),
    ],
)
def test_flake8_reports_what_python_cannot_parse(flake8: Flake8, source: str) -> None:
    run = flake8("-", stdin=source.encode(), select="TAL,E9")
    assert {report.code for report in run.reports} <= {"E999", "E902", "TAL000"}
    assert {"E999", "E902"} & {report.code for report in run.reports}
    assert "Traceback" not in run.errors


def test_byte_order_mark(lint: Lint) -> None:
    assert lint(b"\xef\xbb\xbf" + CROP.encode()).places == [PLACE]


def test_byte_order_mark_before_the_reported_statement(lint: Lint) -> None:
    top_level = (
        "import numpy as np; image = np.arange(4.0); patch = image[1:3]; patch -= 1; print(image, patch)\n"
    )
    column = top_level.index("patch -= 1")
    assert lint(top_level).places == [("TAL101", 1, column)]
    assert lint(b"\xef\xbb\xbf" + top_level.encode()).places == [("TAL101", 1, column)]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings(lint: Lint, newline: str) -> None:
    assert lint(CROP.replace("\n", newline)).places == [PLACE]


def test_no_final_newline(lint: Lint) -> None:
    assert lint(CROP.rstrip("\n")).places == [PLACE]


def test_a_tab_is_one_column(lint: Lint) -> None:
    assert lint(CROP.replace("    ", "\t")).places == [("TAL101", 7, 1)]


@pytest.mark.parametrize(
    "character",
    ["\f", "\v", "\x1c", "\x85", "\u2028"],
    ids=["form-feed", "vertical-tab", "separator", "next-line", "line-separator"],
)
def test_characters_that_are_no_line_ends(lint: Lint, character: str) -> None:
    source = with_line(f'label = "a{character}b"  # c{character}d')
    assert lint(source).places == [("TAL101", 8, 4)]


def test_form_feed_between_functions(lint: Lint) -> None:
    assert lint(CROP.replace("\ndef", "\n\f\ndef")).places == [("TAL101", 8, 4)]
    assert lint(CROP.replace("\ndef", "\n\fdef")).places == [PLACE]


def test_form_feed_inside_a_function(lint: Lint) -> None:
    assert lint(CROP.replace("    patch = image", "\f\n    patch = image")).places == [("TAL101", 8, 4)]


def test_a_declared_encoding(lint: Lint) -> None:
    source = "# -*- coding: latin-1 -*-\n" + CROP.replace("    patch -=", '    s = "äöü"; patch -=')
    assert lint(source.encode("latin-1")).places == [("TAL101", 8, 15)]


def test_undecodable_bytes_reach_the_plugin_as_latin_1(flake8: Flake8, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_bytes(CROP.encode().replace(b"def crop", b"# \xff\xfe\ndef crop"))
    assert flake8("odd.py").places == [("TAL101", 8, 5)]


def test_libcst_is_not_imported_without_a_tensor_import(lint: Lint) -> None:
    linted = lint("import os\n\n\ndef f(xs):\n    ys = [xs] * 3\n    ys[0] += 1\n    return ys\n")
    assert linted.places == []
    assert linted.imported == []


def test_the_word_numpy_is_no_import(lint: Lint) -> None:
    assert lint('"""Not about numpy."""\nx = "import numpy"\n').imported == []


def test_no_tensor_library_is_imported(lint: Lint) -> None:
    linted = lint(CROP)
    assert linted.places == [PLACE]
    assert not {"numpy", "torch"} & set(linted.imported)


# Nothing here but the name `np` says that these are arrays.
PLAIN = """\
    image = np.arange(16)
    patch = image[1:3]
    patch += 1
    return image, patch
"""


@pytest.mark.parametrize(
    ("header", "shadow"),
    [
        pytest.param("import numpy as np\n\n\ndef crop(np):\n", "", id="parameter"),
        pytest.param(HEADER, "    np = Shop()\n", id="local"),
        pytest.param(HEADER, "    import shop as np\n", id="local-import"),
        pytest.param(HEADER, "    for np in shops:\n        break\n", id="loop"),
        pytest.param("import numpy\nimport shop as np\n\n\ndef crop():\n", "", id="other-module"),
        pytest.param("import numpy\n\n\nclass np:\n    pass\n\n\ndef crop():\n", "", id="class"),
    ],
)
def test_a_name_that_shadows_a_module_is_not_the_module(lint: Lint, header: str, shadow: str) -> None:
    assert lint(HEADER + PLAIN).places == [("TAL101", 7, 4)]
    assert lint(header + shadow + PLAIN).places == []


def test_a_module_imported_over_another_is_a_candidate(lint: Lint) -> None:
    """Nobody can say which of them `np` is without running the file: at most what NumPy would get."""
    source = "import numpy as np\nimport shop as np\n\ndef crop():\n" + PLAIN
    assert lint(source).places in ([], [("TAL101", 7, 4)])


def test_star_imports(lint: Lint) -> None:
    source = CROP.replace("import numpy as np", "from numpy import *").replace("np.arange", "arange")
    assert lint(source).places == [PLACE]


def test_star_imports_do_not_cover_builtins_and_own_names(lint: Lint) -> None:
    source = (
        "from numpy import *\n\n\ndef arange(n):\n    return Shop(n)\n\n\n"
        "def crop():\n    image = arange(16)\n    patch = image[1:3]\n    patch += 1\n"
        "    return image, patch\n"
    )
    assert lint(source).places == []


TRY = "try:\n    import numpy as np\nexcept ImportError:\n    import {other} as np\n\n\ndef crop():\n" + BODY


def test_imports_in_try_and_except(lint: Lint) -> None:
    outcomes = {
        tuple(lint(TRY.format(other="cupy"), hash_seed=seed).diagnostics) for seed in ("0", "1", "2", "3")
    }
    assert len(outcomes) == 1


def test_a_method_that_takes_nothing(lint: Lint) -> None:
    """Python only complains of it when it is called on an object."""
    method = "class Crop:\n    def crop():\n        image = np.arange(4.0)\n        image[1:] += image[:-1]\n"
    calls = "        return image\n\n    def call(self):\n        image = Crop.crop()\n        image += 1\n"
    assert lint(f"import numpy as np\n\n\n{method}{calls}        return image\n\n\n{CROP}").places == [
        ("TAL101", 22, 4)
    ]


def test_a_function_of_five_thousand_lines(lint: Lint) -> None:
    """Plain statements: checked or skipped, and the bug in the function below it is found."""
    long = (
        "def long(x):\n" + "".join(f"    a{n} = x[{n}] + {n}\n" for n in range(5000)) + "    return x\n\n\n"
    )
    source = CROP.replace("def crop", long + "def crop")
    assert lint(source, seconds=120).places == [("TAL101", 7 + 5004, 4)]


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("[" + ", ".join(map(str, range(10_000))) + "]", id="list"),
        pytest.param("{" + ", ".join(f'"{n}": {n}' for n in range(10_000)) + "}", id="dict"),
        pytest.param("(" + ", ".join(f"({n}, {n})" for n in range(10_000)) + ")", id="pairs"),
        pytest.param(" + ".join(["image"] * 1_000), id="sum"),
        pytest.param(" and ".join(["image"] * 1_000), id="and"),
        pytest.param(" < ".join(["image"] * 1_000), id="comparison"),
        pytest.param("image" + "[0]" * 90, id="subscripts"),
        pytest.param("image" + ".T" * 500, id="attributes"),
        pytest.param("image" + ".sum()" * 300, id="calls"),
        pytest.param("-" * 500 + "1", id="minus"),
        pytest.param("[" * 90 + "]" * 90, id="nested-lists"),
        pytest.param("(" * 90 + "image" + ")" * 90, id="parentheses"),
        pytest.param("lambda: " * 90 + "image", id="lambdas"),
        pytest.param(" ".join(["'a'"] * 10_000), id="strings"),
        pytest.param("(" + " if image else ".join(["1"] * 200) + ")", id="conditions"),
        pytest.param("f'{image}'" * 500, id="f-strings"),
        pytest.param(repr("x" * 1_000_000), id="long-string"),
        pytest.param("1" * 4_000, id="long-number"),
    ],
)
def test_an_expression_that_is_too_much(lint: Lint, expression: str) -> None:
    """The function that holds it is checked or skipped; the bug in the next function is found."""
    source = f"import numpy as np\n\n\ndef big(image):\n    return {expression}\n\n\ndef crop():\n{BODY}"
    assert lint(source).places == [("TAL101", 11, 4)]


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("[" + ", ".join(map(str, range(10_000))) + "]", id="list"),
        pytest.param(" + ".join(["1"] * 1_000), id="sum"),
        pytest.param("[" * 90 + "]" * 90, id="nested-lists"),
        pytest.param(" ".join(["'a'"] * 10_000), id="strings"),
    ],
)
def test_the_same_in_the_function_with_the_bug(lint: Lint, expression: str) -> None:
    """Silence is allowed here, a crash or a hang is not."""
    places = lint(with_line(f"data = {expression}")).places
    assert places in ([], [("TAL101", 8, 4)])


@pytest.mark.parametrize(
    "opening",
    ["if image:", "for _ in image:", "while image:", "with image:", "try:"],
    ids=["if", "for", "while", "with", "try"],
)
def test_deeply_nested_statements(lint: Lint, opening: str) -> None:
    """Python allows 20 nested blocks for some statements and 100 levels of indentation."""
    depth = 18
    lines = [f"{' ' * (level + 1)}{opening}" for level in range(depth)] + [" " * (depth + 1) + "image[0] = 1"]
    if opening == "try:":
        lines += [
            f"{' ' * (level + 1)}finally:\n{' ' * (level + 2)}image[1] = 2"
            for level in reversed(range(depth))
        ]
    source = "import numpy as np\n\n\ndef deep(image):\n" + "\n".join(lines) + f"\n\n\ndef crop():\n{BODY}"
    line = source[: source.index("patch -=")].count("\n") + 1
    assert lint(source, seconds=120).places == [("TAL101", line, 4)]


def test_a_long_chain_of_elif(lint: Lint) -> None:
    branches = "".join(f"    elif n == {n}:\n        image[{n}] = 1\n" for n in range(150))
    big = f"def big(image, n):\n    if n < 0:\n        pass\n{branches}"
    source = f"import numpy as np\n\n\n{big}\n\ndef crop():\n{BODY}"
    line = source[: source.index("patch -=")].count("\n") + 1
    assert lint(source).places == [("TAL101", line, 4)]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "import torch\n\n\ndef collect(labels: torch.Tensor, n):\n"
            "    labels = labels.detach()\n    return [labels for _ in range(n)]\n",
            id="shown",
        ),
        pytest.param(
            "import tensorflow as tf\n\n\nclass Keep(tf.keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, layer):\n"
            "        layer = layer[0]\n        self.kept.append(layer.kernel)\n",
            id="found in what was handed in",
        ),
    ],
)
def test_a_name_that_is_given_again_by_itself(lint: Lint, source: str) -> None:
    """What made it is asked for, and not asked for ever."""
    assert lint(source).places == []
