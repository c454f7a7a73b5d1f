"""Write what can be generated: the README's rule table, a page per rule and library, those of the folklore,
of public reports and of public code, and the vocabulary on the page about knowledge.

    python docs/generate.py           write them
    python docs/generate.py --check   exit 1 and name the files that are out of date

"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import reference
import rule_pages
import verdicts
from reference import TITLES as LIBRARIES
from rich.console import Console
from rich.text import Text
from rule_pages import proofs, story

from runtime_check import claims, record
from runtime_check.claims_table import reasons
from runtime_check.layout_cost import read as measured
from tensorlint.knowledge import effects
from tensorlint.rule import RuleInfo, registry
from tensorlint.testing import Fixture, load_fixtures

ROOT = Path(__file__).resolve().parent.parent
VERDICTS = {
    claims.TRUE: "True",
    claims.FALSE: "False",
    claims.HALF: "Half true",
    claims.UNMEASURED: "Not yet proved on cuda",
}
FOLKLORE = """\
# Folklore, tested

What people say about copies of tensors, and what happens when it is run. Several widely repeated statements
are false, and the linter does not believe them. Each is decided by fixtures: `for` and `against` name the
case, and what was seen when it ran. `python -m runtime_check claims` decides all of them again, on the
installed versions."""
RULES = """\
# Rules

One page each: the harm, what to write instead, and for each library a case, what the linter says of it, and
the difference to the twin that `runtime_check` executes and finds free of the harm.

"""
LINTERS = """\
# Other linters

Linters and type checkers, each with every check that it has switched on, on {bugs} [bugs that people
reported](reports.md): each bug as a file of its own, without a comment that tells it, beside the same file
mended. A bug counts as seen where a tool says something of the first file that it does not say of the second
one, whatever it is. tensorlint was developed with these bugs in view, so that its own number says nothing of
others. `python -m bench.linters` runs them all again.

| linter | version | bugs seen |
|---|---|---|
"""
COMPARED = ROOT / "bench" / "linters.json"
TERMINAL = 104  # columns
REPORTS = """\
# Reports, reduced

Bugs that people reported or mended in public, each reduced to a fixture below `fixtures/reports/`: code in
the form in which they wrote it, beside a twin with the cure. `make prove ARGS=reports` runs both. What the
linter does not see is a known limit, and stands here as well."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when something is out of date"
    )
    check = parser.parse_args(arguments).check
    wanted = generated()
    pages = [*(ROOT / "docs" / "rules").glob("*.md"), *(ROOT / "docs" / "reference").glob("*.md")]
    stale = [path for path in pages if path not in wanted]
    stale += [
        path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'out of date, run `make docs`' if check else 'written'}")
        if check:
            continue
        if path in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return int(check and bool(stale))


def generated() -> dict[Path, str]:
    """Every generated file with the text that it should have."""
    rules = sorted(registry(), key=lambda rule: rule.code)
    fixtures = load_fixtures(ROOT / "fixtures")
    files = {ROOT / "docs" / "rules" / f"{rule.code}.md": rule_pages.page(rule, fixtures) for rule in rules}
    files[ROOT / "docs" / "rules" / "README.md"] = RULES + table(rules, "")
    files[ROOT / "docs" / "terminal.svg"] = picture("check", "--exit-zero", "fixtures/demo/crop.py")
    files[ROOT / "docs" / "folklore.md"] = folklore(claims.load(), fixtures)
    files[ROOT / "docs" / "reports.md"] = reports(fixtures)
    files[ROOT / "docs" / "linters.md"] = linters(json.loads(COMPARED.read_text(encoding="utf-8")))
    files[ROOT / "docs" / "verdicts.md"] = verdicts.page()
    files |= {ROOT / "docs" / "reference" / name: text for name, text in reference.pages().items()}
    files[ROOT / "README.md"] = filled(ROOT / "README.md", {"rules": table(rules, "docs/rules/")})
    blocks = {"grammar": grammar(), "vocabulary": vocabulary()}
    files[ROOT / "docs" / "knowledge.md"] = filled(ROOT / "docs" / "knowledge.md", blocks)
    return files


def filled(page: Path, blocks: Mapping[str, str]) -> str:
    """A page that is written by hand, with the generated blocks between their marks."""
    text = page.read_text(encoding="utf-8")
    for name, block in blocks.items():
        begin, end = f"<!-- {name}: begin (make docs) -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{block}{end}{rest.partition(end)[2]}"
    return text


def grammar() -> str:
    """The notation of an effect, and what goes without saying in it."""
    block = (effects.__doc__ or "").partition("::\n")[2]
    return f"```text\n{textwrap.dedent(block.partition('Within ``')[0]).strip()}\n```\n"


def vocabulary() -> str:
    """The words of the notation, as tables."""
    parts = []
    for title, words in {
        "Sharing: a tensor over the elements of another": effects.SHARING,
        "Qualities of what is `new`": effects.QUALITIES,
        "Measures: numbers, without a look at the elements": effects.MEASURES,
        "Predicates: what a condition may ask": effects.PREDICATES,
        "Clauses: what else is to be said, after a semicolon": effects.CLAUSES,
        "Failures: what happens where a demand is not met": effects.FAILURES,
    }.items():
        rows = [f"| `{word}` | {meaning.format('x', 'y')} |\n" for word, meaning in words.items()]
        parts.append(f"### {title}\n\n| word | meaning |\n|---|---|\n{''.join(rows)}")
    return "\n".join(parts)


def table(rules: Sequence[RuleInfo], folder: str) -> str:
    rows = [f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name} | {rule.headline} |\n" for rule in rules]
    return "| code | name | what it says |\n|---|---|---|\n" + "".join(rows)


def picture(*arguments: str) -> str:
    """A run of the command line as a terminal shows it, as SVG."""
    command = [sys.executable, "-m", "tensorlint", *arguments]
    colours = {**os.environ, "FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "xterm-256color"}
    run = subprocess.run(command, cwd=ROOT, env=colours, capture_output=True, text=True, check=True)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=TERMINAL, file=nowhere)
        console.print(Text.from_ansi(f"$ tensorlint check {arguments[-1]}\n{run.stdout}"))
        return console.export_svg(title="tensorlint", unique_id="tensorlint")


def folklore(sayings: Sequence[claims.Saying], fixtures: Sequence[Fixture]) -> str:
    """What people say about copies, the verdicts, and what was seen, as far as the evidence files hold it."""
    evidence = list(claims.recorded(fixtures, record.HOME))
    cost = measured(record.HOME)
    parts = [FOLKLORE]
    topic = ""
    for saying in sayings:
        if saying.topic != topic:
            topic = saying.topic
            parts.append(f"## {topic[0].upper()}{topic[1:]}")
        wanted = {part.fixture for part in saying.parts}
        mine = [(result, place) for result, place in evidence if result.name in wanted]
        decision = claims.decide(saying, fixtures, [result for result, _ in mine], cost)
        complete = decision.answers and decision.verdict != claims.UNDECIDED
        found = VERDICTS[decision.verdict if complete else saying.verdict]
        parts.append(f"### {saying.number}. {saying.statement}\n\n**{found}.** {saying.note}")
        parts.append("\n".join(f"- {reason}" for reason in reasons(decision)))
        where = {
            f"{LIBRARIES[place.library]} {place.version}{f' with {place.backend}' if place.backend else ''}"
            f" on {place.device} ({place.device_name})"
            for _, place in mine
        }
        if wanted:
            parts.append(f"Seen: {', '.join(sorted(where))}." if complete else "Seen: not yet recorded.")
    return "\n\n".join(part for part in parts if part) + "\n"


def reports(fixtures: Sequence[Fixture]) -> str:
    """The public reports by library: what went wrong, and what the linter says of it."""
    mine = [fixture for fixture in fixtures if fixture.group == "reports"]
    seen = [fixture for fixture in mine if fixture.expectations]
    mended = [fixture for fixture in seen if fixture.report and fixture.report.title]
    counted = f"{len(seen)} of {len(mine)} are flagged; {len(mended)} of them come from a change that mended"
    parts = [REPORTS, f"{counted} the code: flagged before it, silent after it."]
    for library, title in LIBRARIES.items():
        found = [fixture for fixture in mine if fixture.library == library]
        if found:
            rows = sorted(map(report_row, found), key=str.casefold)
            head = "| report | what went wrong | the linter |\n|---|---|---|\n"
            parts += [f"## {title}", head + "".join(rows).rstrip("\n"), proofs(found)]
    return "\n\n".join(parts) + "\n"


def linters(found: Mapping[str, Mapping[str, Any]]) -> str:
    """What each linter saw of the public reports; what the others said is quoted, for the reader to judge."""
    (bugs,) = {result["bugs"] for result in found.values()}
    rows = [
        f"| {name} | {each['version']} | {len(each['seen'])} of {bugs} |\n" for name, each in found.items()
    ]
    said = [
        f"- {name}, of `{bug}`: {' '.join(message.split())}\n"
        for name, result in found.items()
        if name != "tensorlint"
        for bug, messages in result["seen"].items()
        for message in messages
    ]
    return f"{LINTERS.format(bugs=bugs)}{''.join(rows)}\n## What the others say\n\n{''.join(said)}"


def report_row(fixture: Fixture) -> str:
    assert fixture.report is not None, f"{fixture.path} names no report"
    said = [f"[{code}](rules/{code}.md)" for code in dict.fromkeys(e.code for e in fixture.expectations)]
    missed = [f"known limit of [{code}](rules/{code}.md)" for code in {miss.code for miss in fixture.misses}]
    label = f"[{fixture.report.label}]({fixture.report.url})"
    mended = f"<br>“{fixture.report.title}”" if fixture.report.title else ""
    went_wrong = " ".join(story(fixture).split())
    return f"| {label}{mended} | {went_wrong} | {', '.join([*said, *sorted(missed)])} |\n"


if __name__ == "__main__":
    sys.exit(main())
