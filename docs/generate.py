"""Write what can be generated: the README's rule table, a page per rule and library, those of the folklore,
of public reports and of public code, and the vocabulary on the page about knowledge.

    python docs/generate.py           write them
    python docs/generate.py --check   exit 1 and name the files that are out of date

A page is the rule's docstring, and for each library a fixture: the case as the linter sees it, what it says,
and the difference to the twin that `runtime_check` executes and finds free of the harm.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import io
import json
import keyword
import re
import sys
import textwrap
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import reference
import verdicts
from reference import TITLES as LIBRARIES

from runtime_check import claims, record
from runtime_check.claims_table import reasons
from runtime_check.layout_cost import read as measured
from tensorlint import lint_text
from tensorlint.config import Options
from tensorlint.knowledge import effects
from tensorlint.rule import RuleInfo, registry
from tensorlint.testing import Case, Fixture, Kind, load_fixtures

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
REPORTS = """\
# Reports, reduced

Bugs that people reported or mended in public, each reduced to a fixture below `fixtures/reports/`: code in
the form in which they wrote it, beside a twin with the cure. `make prove ARGS=reports` runs both. What the
linter does not see is a known limit, and stands here as well."""
_KEYWORDS = sorted({kind.value for kind in Kind} | {"expect", "misses", "devices", "backends"})
_MARKER = re.compile(rf"#\s*({'|'.join(_KEYWORDS)})\b.*:")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when something is out of date"
    )
    check = parser.parse_args(arguments).check
    wanted = generated()
    pages = [*(ROOT / "docs" / "rules").glob("TAL*.md"), *(ROOT / "docs" / "reference").glob("*.md")]
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
    files = {ROOT / "docs" / "rules" / f"{rule.code}.md": page(rule, fixtures) for rule in rules}
    files[ROOT / "docs" / "folklore.md"] = folklore(claims.load(), fixtures)
    files[ROOT / "docs" / "reports.md"] = reports(fixtures)
    files[ROOT / "docs" / "verdicts.md"] = verdicts.page()
    files |= {ROOT / "docs" / "reference" / name: text for name, text in reference.pages().items()}
    files[ROOT / "README.md"] = filled(ROOT / "README.md", {"rules": table(rules)})
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


def table(rules: Sequence[RuleInfo]) -> str:
    rows = [
        f"| [{rule.code}](docs/rules/{rule.code}.md) | {rule.name} | {rule.headline} |\n" for rule in rules
    ]
    return "| code | name | what it says |\n|---|---|---|\n" + "".join(rows)


def prose(rule: RuleInfo) -> str:
    """The rule's docstring after its first sentence, as Markdown."""
    return rule.doc.replace("``", "`").strip().partition("\n\n")[2].strip()


def page(rule: RuleInfo, fixtures: Sequence[Fixture]) -> str:
    parts = [f"# {rule.code}: {rule.name}", rule.headline, prose(rule)]
    if not rule.default_on:
        parts.append(f"Off by default. Enable it with `--tensorlint-enable {rule.code}`.")
    for library, title in LIBRARIES.items():
        mine = [fixture for fixture in fixtures if fixture.group == rule.code and fixture.library == library]
        if found := [shown for fixture in mine for shown in examples(rule, fixture)]:
            shortest = min(found, key=len)  # it says it best
            parts += [f"## {title}", shortest, proofs(mine)]
    return "\n\n".join(part for part in parts if part) + "\n"


def proofs(fixtures: Sequence[Fixture]) -> str:
    """Where the fixtures were proved, by the evidence files; what is older than a fixture does not count."""
    counts: Counter[str] = Counter()
    for path in sorted((ROOT / "runtime_check" / "evidence").glob("*.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        for fixture in fixtures:
            entry = entries.get(fixture.name)
            if entry and entry["hash"] == fixture.hash and entry["status"] == "proved":
                place = entry["place"]
                backend = f" with {place['backend']}" if place["backend"] else ""
                library = f"{place['library']} {place['version']}{backend}"
                counts[f"{library} on {place['device']} ({place['device_name']})"] += 1
    proved = [f"{count} of {len(fixtures)} fixtures with {place}" for place, count in sorted(counts.items())]
    return f"Proved: {'; '.join(proved) or 'not yet recorded'}."


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


def report_row(fixture: Fixture) -> str:
    assert fixture.report is not None, f"{fixture.path} names no report"
    said = [f"[{code}](rules/{code}.md)" for code in dict.fromkeys(e.code for e in fixture.expectations)]
    missed = [f"known limit of [{code}](rules/{code}.md)" for code in {miss.code for miss in fixture.misses}]
    label = f"[{fixture.report.label}]({fixture.report.url})"
    mended = f"<br>“{fixture.report.title}”" if fixture.report.title else ""
    went_wrong = " ".join(story(fixture).split())
    return f"| {label}{mended} | {went_wrong} | {', '.join([*said, *sorted(missed)])} |\n"


def examples(rule: RuleInfo, fixture: Fixture) -> Iterator[str]:
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
        lines = [f"example.py:{said.line}:{said.column + 1}: {said.code} {said.message}"]
        lines += [f"example.py:{note.line}:{note.column + 1}: {note.message}" for note in said.notes]
        blocks = {"python": bad, "text": "\n".join(lines) + "\n", "diff": mended(bad, good)}
        shown = [f"```{language}\n{text}```" for language, text in blocks.items()]
        source = f"From `fixtures/{fixture.name}.py`, which `make prove` executes: {story(fixture)}"
        yield "\n\n".join([*shown, source])


def story(fixture: Fixture) -> str:
    return fixture.docstring.partition("\n\n")[0]


def alone(fixture: Fixture, kept: Case) -> str:
    """One case of the fixture with what it uses, under a plain name and without markers."""
    lines = fixture.text.splitlines(keepends=True)
    for row, column in marker_places(fixture.text):
        lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    needed = used_by(fixture.tree, kept.name)
    for node in fixture.tree.body:
        if not binds(node) & needed:
            first = min(
                [node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))]
            )
            last = node.end_lineno or first
            lines[first - 1 : last] = [""] * (last - first + 1)
    text = re.sub(r"\n{4,}", "\n\n\n", "".join(lines)).strip() + "\n"
    plain = f"{kept.stem}_" if keyword.iskeyword(kept.stem) else kept.stem
    return re.sub(rf"\b{kept.name}\b", plain, text)


def used_by(tree: ast.Module, name: str) -> set[str]:
    """The top-level names that `name` needs, directly or through others."""
    needed, waiting = set(), {name}
    while waiting:
        needed |= waiting
        users = [node for node in tree.body if binds(node) & waiting]
        mentioned = {inner.id for node in users for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        waiting = mentioned - needed
    return needed


def binds(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def marker_places(text: str) -> Iterator[tuple[int, int]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and _MARKER.match(token.string):
            yield token.start


def mended(bad: str, good: str) -> str:
    """The lines that differ, with the sign that says which is which and two lines around them."""
    changes = difflib.unified_diff(bad.splitlines(), good.splitlines(), n=2, lineterm="")
    return "".join(f"{line}\n" for line in list(changes)[2:] if not line.startswith("@@"))


if __name__ == "__main__":
    sys.exit(main())
