"""What is kept of other linters is about the bugs of today, and more is not called seen than was."""

from __future__ import annotations

import json

from bench.linters import RECORD, Bug, reported, seen, without_comments
from tensorlint import lint_text

BUGS = [Bug("crop", "", ""), Bug("mask", "", "")]


def test_only_what_the_mended_file_is_not_told_counts() -> None:
    output = """\
./crop_bad.py:3:1: E501 line too long (120)
./crop_bad.py:9:5: B007 loop variable not used
./crop_good.py:3:1: E501 line too long (121)
mask_bad.py:4: error[no-overload] none fits
mask_bad.py:5: error[no-overload] none fits
mask_good.py:4: error[no-overload] none fits
"""
    assert seen(BUGS, output) == {
        "crop": ["B007 loop variable not used"],
        "mask": ["error[no-overload] none fits"] * 2,
    }


def test_a_bug_is_told_by_no_comment() -> None:
    assert without_comments("x = '#'  # expect: TAL101\n# why\ny = 1\n") == "x = '#'\n\ny = 1\n"


def test_what_is_kept_is_what_tensorlint_says_today() -> None:
    found = json.loads(RECORD.read_text(encoding="utf-8"))
    bugs = list(reported())
    assert {result["bugs"] for result in found.values()} == {len(bugs)}
    today = {bug.name for bug in bugs if lint_text(bug.bad) and not lint_text(bug.good)}
    assert set(found["tensorlint"]["seen"]) == today
