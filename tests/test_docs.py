"""The generated pages and the README's table are those that the rules and fixtures say."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_shows_an_example_and_a_way_out() -> None:
    from tensorlint.rule import registry

    for rule in registry():
        page = (ROOT / "docs" / "rules" / f"{rule.code}.md").read_text(encoding="utf-8")
        assert "example.py:" in page, rule.code
        assert re.search(r"```diff\n(.*\n)*?-.*\n(.*\n)*?\+", page), rule.code


def test_the_readme_fits_one_screen_before_its_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.partition("<!-- rules")[0].count("\n") <= 50


def test_links_of_the_readme_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name}: {target}"
