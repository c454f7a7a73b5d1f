"""The page of what the linter says about public code: how much, how much of it is right, and what is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from bench.checkouts import chosen_by_hash, read_lines
from bench.found.__main__ import defects
from bench.readers import ANSWERS, READERS, agreement
from bench.verdicts import Record, findings_by_repository, line_of, path_of, per_10_000
from bench.views import FOUND as VIEWS_FOUND
from bench.views import UNCOPIED
from tensorlint.config import CONFIDENCES
from tensorlint.rule import registry

INTRODUCTION = """\
# Public code, linted and read

What the linter says about public repositories with its default rules, at the revisions that are linked, tests
included. Readers judge every finding in its code, none with a look at what another one said: is the effect
*real*, does the write reach what the message says? And is it *worth telling*, would the author want to know?
The records stand in `bench/verdicts/`; `python -m bench.verdicts` and `python -m bench.readers` make them.
Rates are per 10,000 lines of the files that import a tensor library."""
CHOSEN = """\
Repositories with a † were picked by nobody: of `bench/candidates.txt` they are those whose name has the
smallest SHA-256, and nobody had looked at them before they were chosen."""
CONFIDENT = """\
`--confidence high` reports only what the file shows in full: not what hangs on a condition, nor what callers
outside of the file would notice."""
FOUND = """\
Defects that the linter found by itself and that are still there in a release, each reproduced by a script
that stands alone: `python -m bench.found` runs those whose packages are installed."""
VIEWS = """\
Every `.view(…)` whose tensor was permuted, transposed or expanded before it in the same function, in a chain
or through names, found by a reading that knows nothing of the linter: {views} in {repositories} repositories,
{copied} of them with a copy between. Each is run with what it needs of its function, on lengths that are
drawn, none of them one, and held against [TAL501](rules/TAL501.md). *Legal* and *raises* mean that it was so
in every draw; where it depends, lengths decide that the function does not tell; *not run* are those that no
draw fitted, each with its reason in `bench/views/found.jsonl`. `python -m bench.views` runs them again."""
WITHOUT = """\
A linter that never speaks would be as silent about these. So each `.contiguous()` that their authors wrote
was taken away by itself (`python -m bench.views --uncopied`): {views} views in {repositories} repositories
then follow a permutation without a copy. Where it depends, a quotient of lengths may be one, which makes the
view legal."""
QUESTIONS = {"effect": "real", "telling": "worth telling"}
HEAD = "findings | per 10,000 | real | worth telling |"

Linted = Sequence[tuple[Record, Sequence[Record]]]


known_findings = cache(findings_by_repository)  # every rule's page asks for them


def page() -> str:
    known = known_findings()
    linted = [(extent, [record for record in records if record["reported"]]) for extent, records in known]
    reported = [record for _, records in linted for record in records]
    gone = [record for _, records in known for record in records if not record["reported"]]
    parts = [
        INTRODUCTION,
        "\n".join(f"- {row}" for row in (*total(linted), no_longer(gone))),
        f"## By rule\n\n{by_rule(reported, tensor_lines(linted))}",
        f"## By confidence\n\n{CONFIDENT}\n\n{by_confidence(reported, tensor_lines(linted))}",
        f"## By repository\n\n{CHOSEN}\n\n{by_repository(linted)}",
        f"## Not real, or not worth telling\n\n{rejected(reported)}",
        f"## In released packages\n\n{FOUND}\n\n{in_releases()}",
    ]
    parts.append(f"## Views of what was permuted\n\n{views(read_lines(VIEWS_FOUND))}")
    parts.append(uncopied(read_lines(UNCOPIED)))
    return "\n\n".join(parts) + "\n"


def of_rule(code: str) -> str:
    """What came of one rule in public code, in one sentence."""
    known = known_findings()
    found = [record for _, records in known for record in records if record["reported"]]
    mine = [record for record in found if record["rule"] == code]
    where = f"In {len(known)} [public repositories](../verdicts.md) it"
    if not mine:
        return f"{where} reported nothing."
    said = "; ".join(f"{asked}: {answered(mine, question)}" for question, asked in QUESTIONS.items())
    number = "one finding" if len(mine) == 1 else f"{len(mine)} findings"
    return f"{where} reported {number}; {said}."


def tensor_lines(linted: Linted) -> int:
    return sum(extent["tensor_lines"] for extent, _ in linted)


def total(linted: Linted) -> Iterator[str]:
    """What was linted and what came of it; the repositories that nobody picked also alone."""
    chosen = set(chosen_by_hash())
    hashed = [(extent, records) for extent, records in linted if extent["repository"] in chosen]
    for those, which in ((linted, ""), (hashed, " chosen by hash")):
        found = [record for _, records in those for record in records]
        lines, inside = sum(extent["lines"] for extent, _ in those), tensor_lines(those)
        rate = per_10_000(len(found), inside)
        yield (
            f"**{len(those)} repositories{which}**: {lines:,} lines, {inside:,} in files with tensors; "
            f"{len(found)} findings, {rate:.2f} per 10,000 lines"
        )
        for question, asked in QUESTIONS.items():
            yield f"{asked}{which}: {answered(found, question)}; agreement {agreement(found, question)}"


def no_longer(gone: Sequence[Record]) -> str:
    """Findings that were judged before a rule was mended."""
    chosen = set(chosen_by_hash())
    hashed = sum(repository_of(record) in chosen for record in gone)
    said = "; ".join(f"{asked}: {answered(gone, question)}" for question, asked in QUESTIONS.items())
    return (
        f"judged and no longer reported, since a rule was mended: {len(gone)}, of which {hashed} in "
        f"repositories chosen by hash; {said}"
    )


def answered(records: Sequence[Record], question: str) -> str:
    """How many of the findings that a reader has judged are as they should be, for each reader."""
    good = ANSWERS[question][0]
    parts = []
    for reader in READERS:
        said = [record["verdicts"][reader][question] for record in records if reader in record["verdicts"]]
        if said:
            share = 100 * said.count(good) / len(said)
            parts.append(f"{said.count(good)} of {len(said)} ({share:.0f} %, reader {reader})")
    return ", ".join(parts) or "not read"


def by_rule(records: Sequence[Record], lines: int) -> str:
    rules: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        rules[record["rule"]].append(record)
    rows = [f"| rule | {HEAD}", "|---|---:|---:|---|---|"]
    for code, found in sorted(rules.items()):
        rows.append(f"| [{code}](rules/{code}.md) | {cells(found, lines)}")
    silent = sorted(rule.code for rule in registry() if rule.default_on and rule.code not in rules)
    return "\n".join(rows) + f"\n\nNo finding: {', '.join(silent)}."


def by_confidence(records: Sequence[Record], lines: int) -> str:
    """What `--confidence high` would have left out, and how much of that the readers would miss."""
    rows = [f"| confidence | {HEAD}", "|---|---:|---:|---|---|"]
    for confidence in CONFIDENCES:
        found = [record for record in records if record["confidence"] == confidence]
        rows.append(f"| `{confidence}` | {cells(found, lines)}")
    return "\n".join(rows)


def by_repository(linted: Linted) -> str:
    chosen = set(chosen_by_hash())
    rows = [f"| repository | lines | {HEAD}", "|---|---:|---:|---:|---|---|"]
    for extent, found in linted:
        name, revision = extent["repository"], extent["revision"]
        mark = " †" if name in chosen else ""
        link = f"[{name}](https://github.com/{name}/tree/{revision}){mark}"
        rows.append(f"| {link} | {extent['lines']:,} | {cells(found, extent['tensor_lines'])}")
    return "\n".join(rows)


def cells(found: Sequence[Record], lines: int) -> str:
    said = " | ".join(answered(found, question) if found else "" for question in QUESTIONS)
    return f"{len(found)} | {per_10_000(len(found), lines):.2f} | {said} |"


def rejected(records: Iterable[Record]) -> str:
    """What a reader would not have told, with the reason."""
    rows = ["| finding | rule | reader | verdict | why |", "|---|---|---|---|---|"]
    for record in records:
        for reader, verdict in record["verdicts"].items():
            if (verdict["effect"], verdict["telling"]) != ("real", "yes"):
                said = "not real" if verdict["effect"] == "not" else "not worth telling"
                why = verdict["reason"].replace("|", "\\|")
                rows.append(f"| {linked(record)} | {record['rule']} | {reader} | {said} | {why} |")
    return "\n".join(rows)


def repository_of(record: Record) -> str:
    return str(record["place"]).partition("@")[0]


def in_releases() -> str:
    rows = ["| defect | release | rule | script |", "|---|---|---|---|"]
    for defect in defects():
        title, script = defect.title.partition(": ")[2], defect.script.name
        release = f"{defect.package} {defect.version}"
        links = f"[{defect.code}](rules/{defect.code}.md) | [{script}](../bench/found/{script})"
        rows.append(f"| {title[0].upper()}{title[1:]} | {release} | {links} |")
    return "\n".join(rows)


def views(records: Sequence[Record]) -> str:
    """What became of the views that follow a permutation, and those that a reader had to look at."""
    numbers = {
        "views": len(records),
        "repositories": len({repository_of(record) for record in records}),
        "copied": sum(record["copied"] for record in records),
    }
    return "\n\n".join([VIEWS.format(**numbers), outcomes(records), *readings(records)])


def uncopied(records: Sequence[Record]) -> str:
    """What became of the views whose copy was taken away."""
    told = WITHOUT.format(views=len(records), repositories=len({repository_of(record) for record in records}))
    return "\n\n".join([told, outcomes(records), *readings(records)])


def readings(records: Sequence[Record]) -> list[str]:
    """A table of what a reader says of single views, if there is any."""
    rows = ["| view | when run | why |", "|---|---|---|"]
    for record in records:
        if "read" in record:
            place = record["place"].rpartition(":")[0]
            said = f"{record['outcome']}, {record['raised']} of {record['fits']} draws raise"
            rows.append(f"| {linked(record | {'place': place})} | {said} | {record['read']} |")
    return ["\n".join(rows)] if len(rows) > 2 else []


def outcomes(records: Sequence[Record]) -> str:
    """A table of what running views shows, and of what the linter says of them."""
    found = Counter((record["outcome"], record["reported"]) for record in records)
    rows = ["| when run | reported | silent |", "|---|---:|---:|"]
    for outcome in ("legal", "depends", "raises", "not run"):
        rows.append(f"| {outcome} | {found[outcome, True]} | {found[outcome, False]} |")
    return "\n".join(rows)


def linked(record: Record) -> str:
    """The place of a finding, as a link to its line."""
    repository, revision = repository_of(record), record["place"].partition(":")[0].partition("@")[2]
    path, line = path_of(record), line_of(record)
    return f"[{repository}: {path}:{line}](https://github.com/{repository}/blob/{revision}/{path}#L{line})"
