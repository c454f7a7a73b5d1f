"""`tensorlint rule`: the page of a rule, from its docstring."""

from __future__ import annotations

from tensorlint.pages import instead, page
from tensorlint.rule import registry
from tests.cli.conftest import Tensorlint


def test_all_rules_on_a_line_each(tensorlint: Tensorlint) -> None:
    run = tensorlint("rule")
    assert run.status == 0
    rows = [line.split(maxsplit=2) for line in run.output.splitlines()]
    assert [row[:2] for row in rows] == [[rule.code, rule.name] for rule in registry()]
    assert all(row[2].endswith((".", ")")) for row in rows)


def test_the_page_of_a_rule(tensorlint: Tensorlint) -> None:
    run = tensorlint("rule", "TAL101")
    assert run.status == 0
    assert run.output.startswith(
        "# TAL101: write-through-view\n\nWriting through a view changes the tensor that it was taken from.\n"
    )
    assert "Instead: copy before writing (`x[1:3].copy()`" in run.output
    assert tensorlint("rule", "write-through-view").output == run.output


def test_all_pages(tensorlint: Tensorlint) -> None:
    pages = tensorlint("rule", "--all").output
    for rule in registry():
        assert f"# {rule.code}: {rule.name}\n" in pages


def test_an_unknown_rule(tensorlint: Tensorlint) -> None:
    run = tensorlint("rule", "TAL999")
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("tensorlint: no rule is called 'TAL999'; the rules are TAL101")


def test_every_rule_says_what_to_write_instead() -> None:
    for rule in registry():
        assert page(rule.code) == rule.doc.replace("``", "`")
        assert instead(rule.code), rule.code
        assert rule.headline.endswith("."), rule.code
        assert "\n" not in rule.headline + instead(rule.code)
