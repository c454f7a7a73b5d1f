"""A page for each rule: what it says, and for each library a case as a person meets it in a terminal."""

from __future__ import annotations

import difflib
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import verdicts
from reference import TITLES as LIBRARIES

from runtime_check import record
from tensorlint import lint_text
from tensorlint.checking import Checked
from tensorlint.config import Options
from tensorlint.finding import Diagnostic
from tensorlint.mending import mend
from tensorlint.report import text as report
from tensorlint.rule import RuleInfo
from tensorlint.testing import Fixture, alone


class Example(NamedTuple):
    """A case as a page shows it; ``by_hand`` where no fix writes what cures it, ``waiting`` for a GPU."""

    text: str
    by_hand: bool
    waiting: bool


def prose(rule: RuleInfo) -> str:
    """The rule's docstring after its first sentence, as Markdown."""
    return rule.doc.replace("``", "`").strip().partition("\n\n")[2].strip()


def page(rule: RuleInfo, fixtures: Sequence[Fixture]) -> str:
    parts = [f"# {rule.code}: {rule.name}", rule.headline, prose(rule)]
    if rule.default_on:
        parts.append(f"On by default. {verdicts.of_rule(rule.code)}")
    else:
        parts.append(f"Off by default. Enable it with `--tensorlint-enable {rule.code}`.")
    for library, title in LIBRARIES.items():
        mine = [fixture for fixture in fixtures if fixture.group == rule.code and fixture.library == library]
        if found := [example for fixture in mine for example in examples(rule, fixture)]:
            best = min(found, key=lambda each: (each.waiting, each.by_hand, len(each.text)))
            parts += [f"## {title}", best.text, proofs(mine)]
    return "\n\n".join(part for part in parts if part) + "\n"


@cache
def evidence() -> tuple[dict[str, Any], ...]:
    """What each evidence file says, by the names of fixtures; every page asks for it."""
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted(record.HOME.glob("*.json")))


def proofs(fixtures: Sequence[Fixture]) -> str:
    """Where the fixtures were proved, by the evidence files; what is older than a fixture does not count."""
    counts: Counter[str] = Counter()
    waiting = {fixture.name for fixture in fixtures if record.runs_on(fixture, "cuda")}
    for entries in evidence():
        for fixture in fixtures:
            entry = entries.get(fixture.name)
            if entry and entry["hash"] == fixture.hash and entry["status"] == "proved":
                place = entry["place"]
                waiting -= {fixture.name} if place["device"] == "cuda" else set()
                backend = f" with {place['backend']}" if place["backend"] else ""
                library = f"{place['library']} {place['version']}{backend}"
                counts[f"{library} on {place['device']} ({place['device_name']})"] += 1
    proved = [f"{count} of {len(fixtures)} fixtures with {place}" for place, count in sorted(counts.items())]
    said = [f"Proved: {'; '.join(proved)}."] if proved else []
    said += [f"Not yet proved on cuda: {len(waiting)} of {len(fixtures)}."] if waiting else []
    return " ".join(said) or "Proved: not yet recorded."


def examples(rule: RuleInfo, fixture: Fixture) -> Iterator[Example]:
    """Each bad case of the fixture that the rule reports, what it says, and the way out."""
    cases = {case.name: case for case in fixture.cases}
    enabled = Options(enable=frozenset({rule.code}))
    for case in fixture.cases:
        twin = cases.get(f"good_{case.stem}")
        if case.kind != "bad" or twin is None:
            continue
        bad, good = alone(fixture, case), alone(fixture, twin)
        reported = lint_text(bad, "example.py", options=enabled)
        said = next((said for said in reported if said.code == rule.code), None)
        if said is None:
            continue
        blocks = {"python": bad, "text": shown(said, bad), "diff": difference(bad, good)}
        parts = [f"```{language}\n{text}```" for language, text in blocks.items()]
        made = said.repair and mend(bad, "example.py", unsafe=True, options=enabled).text == good
        if said.repair and made:
            options = "--fix" if said.repair.safe else "--fix --unsafe-fixes"
            parts.append(f"`tensorlint check {options}` writes it so.")
        executed = "`make prove` executes" if fixture.runs_on("cpu") else "a machine with a GPU executes"
        parts.append(f"From `fixtures/{fixture.name}.py`, which {executed}: {story(fixture)}")
        yield Example("\n\n".join(parts), by_hand=not made, waiting=not fixture.runs_on("cpu"))


def shown(said: Diagnostic, text: str) -> str:
    """What a terminal shows of a finding."""
    out = io.StringIO()
    report.write([Checked("example.py", (said,), tuple(text.splitlines()))], out)
    return out.getvalue().partition("\n\n1 finding")[0].rstrip() + "\n"


def difference(bad: str, good: str) -> str:
    """The lines that differ, with the sign that says which is which and two lines around them."""
    changes = difflib.unified_diff(bad.splitlines(), good.splitlines(), n=2, lineterm="")
    return "".join(f"{line}\n" for line in list(changes)[2:] if not line.startswith("@@"))


def story(fixture: Fixture) -> str:
    return fixture.docstring.partition("\n\n")[0]
