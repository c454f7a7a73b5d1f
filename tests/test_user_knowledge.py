"""What users say of their own libraries: found and kept silent by it, and told where it is wrong."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from tensorlint import Options, lint_text
from tensorlint.knowledge.catalog import Catalog, Entry
from tensorlint.knowledge.user import KnowledgeError, read_knowledge
from tests.conftest import ROOT, Flake8

CROP = """\
import mylib


def crop(image, box):
    patch = mylib.crop(image, box)
    patch -= patch.mean()
    return image, patch
"""
PLACE = ("TAL101", 6, 5)
VIEW = '"mylib.crop" = "(image, box) -> view(image) as numpy.ndarray"\n'
COPY = '"mylib.crop" = "(image, box) -> new as numpy.ndarray"\n'
PROJECT = '[project]\nname = "photos"\n\n[tool.tensorlint.knowledge]\n'


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


# Where it stands


def test_a_file_without_tensor_imports_is_linted_for_it(flake8: Flake8, tmp_path: Path) -> None:
    name = write(tmp_path, "crop.py", CROP)
    assert flake8(name).places == []
    write(tmp_path, "pyproject.toml", PROJECT + VIEW)
    assert flake8(name).places == [PLACE]
    write(tmp_path, "pyproject.toml", PROJECT + COPY)
    assert flake8(name).places == []


def test_the_nearest_project_above_counts(flake8: Flake8, tmp_path: Path) -> None:
    name = write(tmp_path, "crop.py", CROP)
    write(tmp_path.parent, "pyproject.toml", PROJECT + VIEW)
    try:
        assert flake8(name).places == [PLACE]
        write(tmp_path, "pyproject.toml", '[project]\nname = "mine"\n')
        assert flake8(name).places == []
    finally:
        (tmp_path.parent / "pyproject.toml").unlink()


def test_files_that_the_option_names_stand_in_for_the_project(flake8: Flake8, tmp_path: Path) -> None:
    name = write(tmp_path, "crop.py", CROP)
    write(tmp_path, "pyproject.toml", PROJECT + COPY)
    write(tmp_path, "views.toml", VIEW)
    assert flake8("--tensorlint-knowledge", "views.toml", name).places == [PLACE]
    assert (
        flake8("--tensorlint-knowledge", "views.toml,pyproject.toml", name).places == []
    )  # the later counts
    assert flake8("--tensorlint-knowledge", "pyproject.toml,views.toml", name).places == [PLACE]
    assert flake8("--tensorlint-knowledge", "", name).places == []


def test_a_file_that_flake8s_configuration_names(flake8: Flake8, tmp_path: Path) -> None:
    name = write(tmp_path, "crop.py", CROP)
    write(tmp_path, "views.toml", VIEW)
    write(tmp_path, ".flake8", "[flake8]\ntensorlint-knowledge = ./views.toml\n")
    assert flake8(name).places == [PLACE]


def test_every_process_knows_it(flake8: Flake8, tmp_path: Path) -> None:
    names = [write(tmp_path, f"crop{number}.py", CROP) for number in range(4)]
    write(tmp_path, "pyproject.toml", PROJECT + VIEW)
    assert flake8("-j", "2", *names).places == [PLACE] * 4


def test_a_broken_project_that_says_nothing_here_is_not_read(flake8: Flake8, tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[project\n")
    assert flake8(write(tmp_path, "crop.py", CROP)).status == 0


# What is wrong is told once, with its place


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[tool.tensorlint.knowledge]\nx = = 1\n", 2, "no TOML"),
        ('[tool.tensorlint]\nknowledge = "mylib"\n', 1, "expected a table [tool.tensorlint.knowledge]"),
        (PROJECT + VIEW + '"mylib.blur" = 3\n', 6, "mylib.blur: expected a line of text such as"),
        (PROJECT + '["mylib.blur"]\neffekt = "() -> new"\n', 5, '"(image, box) -> view(image)"'),
        (PROJECT + 'mylib.crop = "(x) -> x"\n', 5, "expected a dotted name in quotes"),
        (PROJECT + '"crop" = "(x) -> x"\n', 5, "'crop' is no qualified name"),
        (PROJECT + '# "mylib.crop"\n"mylib.crop" = "(x) - x"\n', 6, "column 5: unexpected '- x'"),
        (PROJECT + '"mylib.crop" = "(x) -> new(blnk)"\n', 5, "known: blank, contiguous"),
        (PROJECT + '"mylib.crop" = "(x) -> view(y)"\n', 5, "`y` is no parameter"),
        (PROJECT + '"mylib.crop" = "(x) -> x["\n', 5, "expected the end, found '['"),
        (PROJECT + '"mylib.crop" = "(x) -> new(ranked)"\n', 5, "`ranked` takes (number)"),
        (PROJECT + '"mylib.crop" = "(x) -> x; demands flat(x) raises"\n', 5, "unknown predicate 'flat'"),
        (PROJECT + '"mylib.crop" = "(x) -> new as mylib.Image"\n', 5, "no class 'mylib.Image' is known"),
        (PROJECT + '"mylib.crop" = "(x) -> new as numpy.ndarry"\n', 5, "no class 'numpy.ndarry' is known"),
        (PROJECT + '[[tool.tensorlint.knowledge.group]]\neffect = "() -> new"\n', 5, 'names = ["…"]'),
    ],
)
def test_a_wrong_line_of_the_project(
    flake8: Flake8, tmp_path: Path, text: str, line: int, expected: str
) -> None:
    if '["mylib.blur"]' in text:  # a table by itself has its full name in pyproject.toml
        text = text.replace('["mylib.blur"]', '[tool.tensorlint.knowledge."mylib.blur"]')
    write(tmp_path, "pyproject.toml", text)
    names = [write(tmp_path, f"crop{number}.py", CROP) for number in range(3)]
    run = flake8("-j", "2", *names)
    said = run.output + run.errors
    assert run.status == 1
    assert f"{tmp_path / 'pyproject.toml'}:{line}: " in said
    assert expected in said
    assert said.count("pyproject.toml:") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'"mylib.crop" = "(image) -> view(image)\n', "lines.toml:1: no TOML"),
        (b'\n"mylib.crop" = "(image) view(image)"\n', "lines.toml:2: mylib.crop: column 9: expected '->'"),
        (b'"mylib.crop" = "\xff"\n', "lines.toml:1: cannot be read: expected text in UTF-8"),
        (None, "lines.toml:1: cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_file(flake8: Flake8, tmp_path: Path, text: bytes | None, expected: str) -> None:
    if text is not None:
        (tmp_path / "lines.toml").write_bytes(text)
    run = flake8("--tensorlint-knowledge", "lines.toml", write(tmp_path, "crop.py", CROP))
    assert run.status == 1
    assert expected in run.output
    assert "Traceback" not in run.output + run.errors


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('"a.f" = "(x) -> y"\n"a.g" = 1\n["a.h"]\neffect = "() -> new as a.B"\n')
    second.write_text('"b.f" = "x"\n')
    with pytest.raises(KnowledgeError) as caught:
        read_knowledge([first, second])
    places = [line.split(": ")[:2] for line in str(caught.value).splitlines()]
    assert places == [
        [f"{first}:1", "a.f"],
        [f"{first}:2", "a.g"],
        [f"{first}:3", "a.h"],
        [f"{second}:1", "b.f"],
    ]


# What the page about it shows


def shown(language: str) -> list[str]:
    page = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_pages_example_is_found_as_shown(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", shown("toml")[0])
    options = Options(knowledge=read_knowledge([tmp_path / "pyproject.toml"]))
    [said] = lint_text(shown("python")[0], "portrait.py", options=options)
    lines = [f"portrait.py:{said.line}:{said.column + 1}: {said.code} {said.message}"]
    lines += [f"portrait.py:{note.line}:{note.column + 1}: {note.message}" for note in said.notes]
    assert shown("text")[0].splitlines() == lines
    assert lint_text(shown("python")[0]) == []


def test_the_pages_lines_can_be_read(tmp_path: Path) -> None:
    files = [tmp_path / write(tmp_path, f"{n}.toml", text) for n, text in enumerate(shown("toml"))]
    assert {entry.name for entry in read_knowledge(files)} >= {
        "mylib.blur", "mylib.ops.crop", "mylib.ops.erode", "mylib.Picture.rotate_"
    }  # fmt: skip


# What it says


def known(tmp_path: Path, lines: str) -> Options:
    path = tmp_path / "lines.toml"
    path.write_text(lines, encoding="utf-8")
    return Options(knowledge=read_knowledge([path]))


def codes(source: str, options: Options) -> list[tuple[str, int]]:
    return [(found.code, found.line) for found in lint_text(source, options=options)]


def test_the_three_forms_of_an_entry(tmp_path: Path) -> None:
    options = known(
        tmp_path,
        '"mylib.a" = "(x) -> x"\n'
        '["mylib.b"]\neffect = "(x) -> view(x)"\nsource = "https://example.org"\n'
        '[[group]]\neffect = "(x) -> new"\nnames = ["mylib.c", "other.d"]\n',
    )
    assert sorted(options.knowledge, key=lambda entry: entry.name) == [
        Entry("mylib.a", "(x) -> x", "", ""),
        Entry("mylib.b", "(x) -> view(x)", "https://example.org", ""),
        Entry("mylib.c", "(x) -> new", "", ""),
        Entry("other.d", "(x) -> new", "", ""),
    ]


def test_options_travel_between_processes(tmp_path: Path) -> None:
    options = known(tmp_path, VIEW)
    assert pickle.loads(pickle.dumps(options)) == options


def test_a_write_to_an_argument(tmp_path: Path) -> None:
    options = known(tmp_path, '"mylib.normalize_" = "(x, mean, std) -> x, x!"')
    source = """
import numpy as np
from mylib import normalize_

def f(n):
    image = np.ones((n, n))
    rows = image[1:]
    rows = normalize_(rows, 0.5, 2)
    return image, rows
"""
    assert codes(source, options) == [("TAL101", 8)]
    assert codes(source, Options()) == []


def test_a_result_without_a_type_is_a_tensor_of_the_arguments_library(tmp_path: Path) -> None:
    options = known(tmp_path, '"mylib.crop" = "(image) -> view(image)"')
    source = """
import torch
import mylib

def f():
    image = torch.rand(3, 4)
    patch = mylib.crop(image)
    patch.add_(1)
    return image, patch
"""
    assert codes(source, options) == [("TAL101", 8)]


CLASS = """
[[group]]
effect = "class (data) -> new(holds(data))"
names = ["mylib.Picture"]

["mylib.Picture.region"]
effect = "(self, box) -> view(self) as numpy.ndarray"

["mylib.Picture.pixels"]
effect = "property (self) -> view(self) as numpy.ndarray"

["mylib.load"]
effect = "(path) -> new as mylib.Picture"

["mylib.Image"]
effect = "class (data) -> view(data) as numpy.ndarray"
"""


@pytest.mark.parametrize(
    "lines",
    [
        "    picture = mylib.Picture(data)\n    part = picture.region(3)",
        "    picture = mylib.load(data)\n    part = picture.region(3)",
        "    picture = mylib.load(data)\n    part = picture.pixels",
        "    picture: mylib.Picture = data\n    part = picture.region(3)",
    ],
)
def test_classes_and_methods(tmp_path: Path, lines: str) -> None:
    source = f"import mylib\n\ndef f(data):\n{lines}\n    part += 1\n    return picture, part\n"
    assert codes(source, known(tmp_path, CLASS)) == [("TAL104", 6)]  # mylib's picture, NumPy's array
    assert codes(source, known(tmp_path, CLASS.replace("view(self)", "new"))) == []


def test_a_class_inherits_the_methods_of_a_tensor(tmp_path: Path) -> None:
    options = known(tmp_path, '"mylib.Tensor" = "class (data) -> new as torch.Tensor"')
    source = """
import mylib

def f(data):
    x = mylib.Tensor(data)
    y = x.t()
    y.add_(1)
    return x, y
"""
    assert codes(source, options) == [("TAL101", 7)]


def test_the_user_wins_over_a_built_in_table(tmp_path: Path) -> None:
    source = """
import numpy as np

def f(n):
    image = np.ones((n, n))
    rows = np.swapaxes(image, 0, 1)
    rows += 1
    return image, rows
"""
    assert codes(source, Options()) == [("TAL101", 7)]
    assert codes(source, known(tmp_path, '"numpy.swapaxes" = "(a, axis1, axis2) -> new"')) == []


def test_another_spelling_of_a_name_means_the_same_entry(tmp_path: Path) -> None:
    options = known(tmp_path, '"tensorflow.keras.ops.relu" = "(x) -> x"')
    catalog = Catalog(own=options.knowledge)
    entry = catalog.lookup("keras.ops.relu")
    assert entry is not None
    assert entry.effect == "(x) -> x"
    assert catalog.lookup("keras.ops.exp") == Catalog().lookup("keras.ops.exp")
    assert catalog.lookup("numpy.exp") == Catalog().lookup("numpy.exp")
