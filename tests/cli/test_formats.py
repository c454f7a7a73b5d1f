"""Every output format: what it says, and that nothing in a file or its name can disturb it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tensorlint.baseline import fingerprints
from tensorlint.checking import Checked
from tensorlint.config import FORMATS
from tensorlint.finding import Diagnostic, Related
from tensorlint.report.frame import frame
from tensorlint.report.visible import visible
from tests.cli.conftest import Process, Tensorlint, write
from tests.conftest import CROP, ROOT

BAD = b"import numpy\nprint(\xff)\n"


@pytest.fixture
def said(tensorlint: Tensorlint, tmp_path: Path):
    """What a format says of a file with a finding and one that cannot be read."""
    write(tmp_path, "photos/crop.py", CROP)
    write(tmp_path, "bad.py", BAD)

    def run(output_format: str) -> str:
        done = tensorlint("check", "--output-format", output_format)
        assert (done.status, done.errors) == (2, "")
        return done.output

    return run


TEXT = """\
bad.py:2:1: TAL000 cannot decode source as utf-8: invalid start byte

photos/crop.py:7:5: TAL101 in-place write to `patch` also changes `image`, which it is a view of
    |
  6 |     patch = image[1:3, 1:3]
    |             --------------- the view is taken here
  7 |     patch -= patch.mean()
    |     ^^^^^^^^^^^^^^^^^^^^^
  8 |     return image, patch
    |     ------------------- `image` is read again here
    |
     = instead: copy before writing (`x[1:3].copy()`, `x[1:3].clone()`), or write to the base by its
                name if that is meant.
     = fix: write `image[1:3, 1:3].copy()` (--fix --unsafe-fixes)

1 finding in 1 file of 1. 1 file could not be checked.
"""


def test_text(said) -> None:
    assert said("text") == TEXT


def test_concise(said) -> None:
    assert said("concise") == (
        "bad.py:2:1: TAL000 cannot decode source as utf-8: invalid start byte\n"
        "photos/crop.py:7:5: TAL101 in-place write to `patch` also changes `image`, which it is a view of"
        " (line 6: the view is taken here; line 8: `image` is read again here)\n"
    )


def test_json(said) -> None:
    bad, crop = json.loads(said("json"))
    assert (bad["path"], bad["code"], bad["line"], bad["column"]) == ("bad.py", "TAL000", 2, 1)
    assert crop["path"] == "photos/crop.py"
    assert (crop["code"], crop["name"]) == ("TAL101", "write-through-view")
    assert [crop[key] for key in ("line", "column", "end_line", "end_column")] == [7, 5, 7, 26]
    assert crop["notes"][0] == {
        "message": "the view is taken here",
        "line": 6,
        "column": 13,
        "end_line": 6,
        "end_column": 28,
    }


def test_github(said) -> None:
    bad, crop = said("github").splitlines()
    assert bad.startswith(
        "::error title=TAL000 (not-checked),file=bad.py,line=2,endLine=2,col=1,endColumn=1::"
    )
    assert crop.startswith(
        "::warning title=TAL101 (write-through-view),file=photos/crop.py,line=7,endLine=7,col=5,endColumn=26"
        "::photos/crop.py:7:5: TAL101 in-place write to `patch` also changes `image`"
    )


def test_gitlab(said) -> None:
    bad, crop = json.loads(said("gitlab"))
    assert (bad["severity"], crop["severity"]) == ("critical", "major")
    assert (crop["check_name"], crop["categories"]) == ("TAL101", ["Bug Risk"])
    assert crop["location"] == {"path": "photos/crop.py", "lines": {"begin": 7, "end": 7}}
    assert crop["description"].startswith("TAL101 in-place write to `patch`")
    assert bad["fingerprint"] != crop["fingerprint"]


def test_rdjson(tensorlint: Tensorlint, tmp_path: Path) -> None:
    write(tmp_path, "crop.py", CROP.replace("    patch -=", '    label = "größe"; patch -='))
    report = json.loads(tensorlint("check", "--output-format", "rdjson").output)
    assert report["source"] == {"name": "tensorlint"}
    [crop] = report["diagnostics"]
    assert (crop["severity"], crop["code"]) == ("WARNING", {"value": "TAL101"})
    # Bytes of UTF-8: two of the letters have two.
    start, end = {"line": 7, "column": 24}, {"line": 7, "column": 45}
    assert crop["location"] == {"path": "crop.py", "range": {"start": start, "end": end}}
    assert crop["relatedLocations"][0]["location"]["range"]["start"] == {"line": 6, "column": 13}


# SARIF


def sarif(text: str) -> dict[str, Any]:
    """The one run of a report, which is held against the published schema."""
    report: dict[str, Any] = json.loads(text)
    schema = json.loads((ROOT / "tests" / "schemas" / "sarif-schema-2.1.0.json").read_bytes())
    assert report["$schema"] == schema["id"]
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(report)
    [run] = report["runs"]
    return run


def test_sarif(said) -> None:
    run = sarif(said("sarif"))
    [result] = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "TAL101"
    assert rule["name"] == "write-through-view"
    assert (
        rule["shortDescription"]["text"]
        == "Writing through a view changes the tensor that it was taken from."
    )
    assert "Instead: copy before writing (`x[1:3].copy()`" in rule["help"]["markdown"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "photos/crop.py"}
    assert place["region"] == {"startLine": 7, "startColumn": 5, "endLine": 7, "endColumn": 26}
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_tells_the_alias_path(said) -> None:
    [result] = sarif(said("sarif"))["results"]
    [flow] = result["codeFlows"]
    [thread] = flow["threadFlows"]
    steps = [
        (step["executionOrder"], step["location"]["physicalLocation"]["region"]["startLine"])
        for step in thread["locations"]
    ]
    assert steps == [(1, 6), (2, 7), (3, 8)]
    said_there = [step["location"]["message"]["text"] for step in thread["locations"]]
    assert said_there[0] == "the view is taken here"
    assert said_there[1] == result["message"]["text"]
    assert said_there[2] == "`image` is read again here"
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2]


def test_a_read_in_the_next_turn_comes_after_the_write() -> None:
    notes = Related(1, 0, "the view is taken here"), Related(2, 0, "`x` is read again here")
    loop = Diagnostic("TAL101", "n", "write", 3, 0, 3, 1, notes)
    assert [step.line for step in loop.story] == [1, 3, 2]


def test_sarif_tells_what_was_not_checked(said) -> None:
    [invocation] = sarif(said("sarif"))["invocations"]
    assert invocation["executionSuccessful"] is False
    [told] = invocation["toolExecutionNotifications"]
    assert told["descriptor"] == {"id": "TAL000"}
    assert told["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "bad.py"}


def test_sarif_of_the_fixtures(tensorlint: Tensorlint) -> None:
    """Findings of every rule, with all their places, are what the schema allows."""
    shown = {
        path.parent: path for path in (ROOT / "fixtures").glob("TAL*/*.py") if "expect: " in path.read_text()
    }
    files = sorted(shown.values())
    run = tensorlint("check", "--isolated", "--output-format", "sarif", *files)
    results = sarif(run.output)["results"]
    assert len({result["ruleId"] for result in results}) > 20
    marks = [json.dumps([r["partialFingerprints"], r["locations"]]) for r in results]
    assert len({result["partialFingerprints"]["tensorlint/v1"] for result in results}) == len(marks)


@pytest.mark.parametrize("output_format", ["json", "gitlab", "rdjson", "sarif"])
def test_nothing_found_is_a_report_as_well(tensorlint: Tensorlint, output_format: str) -> None:
    run = tensorlint("check", "--output-format", output_format)
    report = json.loads(run.output)
    assert run.status == 0
    if output_format == "sarif":
        [invocation] = sarif(run.output)["invocations"]
        assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}
    else:
        assert (report["diagnostics"] if output_format == "rdjson" else report) == []


# What would disturb


HOSTILE_NAMES = [
    "\x1b[2J\x1b[31mred.py",
    "two\nlines.py",
    "carriage\rreturn.py",
    "a\u202eyp.evil.py",
    "%0A::error::x.py",
    "a,line=1::b.py",
    "[bold]x[/bold].py",
    "quote\"<&'.py",
    "leerzeichen und größe.py",
    "日本.py",
    os.fsdecode(b"byte\xff.py"),
    "-dash.py",
    "tab\there.py",
]
HOSTILE = CROP.replace(
    "    patch -=", '    label = "\x1b[31m \x07 \u202e\u2066 \x85 \u2028 [red]x[/red] ::error::"; patch -='
).replace("image", "größe")


@pytest.mark.parametrize("output_format", FORMATS)
def test_names_and_contents_disturb_nothing(
    tensorlint: Tensorlint, tmp_path: Path, output_format: str
) -> None:
    for name in HOSTILE_NAMES:
        write(tmp_path, name, HOSTILE)
    run = tensorlint("check", "--output-format", output_format)
    assert (run.status, run.errors) == (1, "")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", run.output)
    count = len(HOSTILE_NAMES)
    if output_format == "sarif":
        results = sarif(run.output)["results"]
        uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
        assert len(uris) == count
        assert "byte%FF.py" in uris
        assert "two%0Alines.py" in uris
    elif output_format in ("json", "gitlab"):
        assert len(json.loads(run.output)) == count
    elif output_format == "rdjson":
        assert len(json.loads(run.output)["diagnostics"]) == count
    elif output_format == "github":
        lines = run.output.splitlines()
        assert len(lines) == count
        assert all(re.fullmatch(r"::warning [^:]*::.*", line) for line in lines)
        assert "file=a%2Cline=1%3A%3Ab.py," in run.output
    elif output_format == "concise":
        assert len(run.output.splitlines()) == count
        assert "byte\\xff.py:7:" in run.output
        assert "[bold]x[/bold].py:7:" in run.output
    else:
        assert run.output.count(": TAL101 ") == count
        assert "\\x1b[31m \\x07 \\u202e\\u2066 \\x85 \\u2028 [red]x[/red]" in run.output


@pytest.mark.parametrize("output_format", FORMATS)
def test_an_encoding_that_lacks_letters(process: Process, tmp_path: Path, output_format: str) -> None:
    write(tmp_path, "größe.py", HOSTILE)
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    run = process("check", "--output-format", output_format, env=plain)
    assert (run.status, run.errors) == (1, "")
    assert "TAL101" in run.output
    assert run.output.isascii()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("größe 日本 😀", "größe 日本 😀"),
        ("a\tb", "a    b"),
        ("\x00\x1b\r\n", "\\x00\\x1b\\r\\n"),
        ("\u202e\u2066\ufeff", "\\u202e\\u2066\\ufeff"),
        ("\udcff\ud800", "\\xff\\ud800"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


# Source frames


def rows(diagnostic: Diagnostic, text: str) -> str:
    return "\n".join(row.plain for row in frame(diagnostic, text.split("\n")))


def finding(line: int, column: int, end_line: int, end_column: int, *notes: Related) -> Diagnostic:
    return Diagnostic("TAL101", "name", "message", line, column, end_line, end_column, notes)


def test_marks_stand_below_wide_letters_and_tabs() -> None:
    text = '\tx = "日本"; y = 1\n'
    assert rows(finding(1, 11, 1, 16), text) == (
        "    |\n"
        '  1 |     x = "日本"; y = 1\n'
        "    |                 ^^^^^\n"
        "    |"
    )  # fmt: skip


def test_lines_between_are_shown_where_they_are_few() -> None:
    text = "\n".join(f"line{number}" for number in range(1, 1200))
    near = finding(4, 0, 4, 5, Related(1, 0, "taken", 1, 5))
    assert [row[:9] for row in rows(near, text).splitlines()] == [
        "    |", "  1 | lin", "    | ---", "  2 | lin", "  3 | lin", "  4 | lin", "    | ^^^", "    |"
    ]  # fmt: skip
    far = finding(1100, 0, 1100, 5, Related(1, 0, "taken", 1, 5))
    assert rows(far, text) == (
        "     |\n"
        "   1 | line1\n"
        "     | ----- taken\n"
        "  ...\n"
        "1100 | line1100\n"
        "     | ^^^^^\n"
        "     |"
    )  # fmt: skip


def test_two_marks_on_one_line_and_one_place_twice() -> None:
    text = "y = x[1:]; y += 1"
    both = finding(1, 11, 1, 17, Related(1, 4, "taken", 1, 9), Related(1, 4, "taken", 1, 9))
    assert rows(both, text) == (
        "    |\n"
        "  1 | y = x[1:]; y += 1\n"
        "    |     ----- taken\n"
        "    |            ^^^^^^\n"
        "    |"
    )  # fmt: skip


def test_a_place_that_goes_on_is_marked_to_the_end_of_its_line() -> None:
    text = "x = f(\n    1,\n)\n"
    assert rows(finding(1, 4, 3, 1), text).splitlines()[2] == "    |     ^^"


def test_of_a_very_long_line_a_part_is_shown() -> None:
    text = "x" * 5000 + "HERE" + "y" * 5000
    _, line, mark, _ = rows(finding(1, 5000, 1, 5004), text).splitlines()
    assert len(line) < 200
    assert line[mark.index("^") : mark.rindex("^") + 1] == "HERE"


def test_a_place_that_is_not_there_is_not_drawn() -> None:
    assert rows(finding(1, 0, 1, 1, Related(9, 0, "gone", 9, 1)), "x").count("\n") == 3


# Fingerprints


def test_fingerprints_survive_other_changes() -> None:
    def marks(text: str) -> list[str]:
        lines = text.split("\n")
        found = [finding(n, 0, n, 1) for n, line in enumerate(lines, 1) if "write" in line]
        return fingerprints(Checked("a.py", tuple(found), tuple(lines)))

    before = marks("write(a)\nwrite(b)\nwrite(a)")
    assert len(set(before)) == 3
    assert marks("\n# new\n    write(a)\nwrite(b)\n\nwrite(a)  ") == before
    assert marks("write(b)\nwrite(a)") == [before[1], before[0]]
