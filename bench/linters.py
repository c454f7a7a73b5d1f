"""What other linters say of the bugs that people reported.

    python -m bench.linters [NAME …] [--record]

Each linter runs in an environment of its own, made with pip below ``build/linters``, with every check that it
has switched on, on the bad and on the good twin of each case of ``fixtures/reports``: two files, free of
comments. A bug counts as seen where a linter says something of the first that it does not say of the second,
*whatever* it is; what it says is kept, so that a reader can tell luck from knowledge. ``--record`` keeps the
result in ``bench/linters.json``, of which ``make docs`` writes a page.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from bench.environments import NotInstalled, install, interpreter
from tensorlint.testing import alone, load_fixtures
from tensorlint.toml import read_toml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "linters"
TABLE = Path(__file__).with_name("linters.toml")
RECORD = Path(__file__).with_name("linters.json")
SECONDS = 1800
_SAID = re.compile(r"(?P<file>[\w./-]+\.py):(?P<line>\d+)[\d:-]*\s*(?P<message>.*)")
_CODE = re.compile(r"\b[A-Z]+\d+\b|\[[\w-]+\]|^[\w-]+(?=:)")


@dataclass(frozen=True, slots=True)
class Linter:
    """One linter of ``linters.toml``."""

    name: str
    package: str
    command: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A reported bug as a file of its own, and the same mended."""

    name: str
    bad: str
    good: str


def reported() -> Iterator[Bug]:
    """The bugs of ``fixtures/reports``."""
    for fixture in load_fixtures(ROOT / "fixtures"):
        cases = {case.name: case for case in fixture.cases}
        for case in fixture.cases if fixture.group == "reports" else ():
            twin = cases.get(f"good_{case.stem}")
            if case.kind == "bad" and twin is not None:
                bad, good = (without_comments(alone(fixture, each)) for each in (case, twin))
                yield Bug(f"{fixture.path.stem}_{case.stem}", bad, good)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.linters", description=__doc__.partition("\n")[0])
    known = {name: Linter(name, **row) for name, row in read_toml(TABLE.read_bytes()).items()}
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; default: all")
    parser.add_argument("--record", action="store_true", help=f"keep the result in bench/{RECORD.name}")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(known):
        parser.error(f"no linter is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    bugs = list(reported())
    folder = written(bugs)
    found = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for linter in track([known[name] for name in options.names or known], "linters", transient=True):
        try:
            version, output = run(linter, folder)
        except NotInstalled as error:
            parser.exit(2, f"{linter.name} cannot be installed: {error}\n")
        says = seen(bugs, output)
        found[linter.name] = {"version": version, "bugs": len(bugs), "seen": says}
        print(f"{linter.name} {version}: {len(says)} of {len(bugs)}", flush=True)
        for name, messages in says.items():
            print(f"    {name}: {'; '.join(messages)}")
        if options.record:
            RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def written(bugs: Sequence[Bug]) -> Path:
    """The folder with the twins of every bug: ``NAME_bad.py``, ``NAME_good.py``."""
    folder = BUILD / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for bug in bugs:
        for kind, text in (("bad", bug.bad), ("good", bug.good)):
            (folder / f"{bug.name}_{kind}.py").write_text(text, encoding="utf-8")
    return folder


def without_comments(text: str) -> str:
    """The text without what says where the bug is."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines) + "\n"


def run(linter: Linter, folder: Path) -> tuple[str, str]:
    """The version of a linter and what it prints of a folder; it is installed where it is not yet."""
    home = BUILD / linter.name
    python = interpreter(home)
    install(python, linter.package, at=ROOT)
    command = [part.replace("{python}", sys.executable) for part in linter.command.split()]
    command[0] = str(python.with_name(command[0]))
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if not done.stdout.strip() and done.returncode not in (0, 1):
        raise SystemExit(f"{linter.name} failed: {done.stderr.strip() or done.returncode}")
    show = [str(python), "-c", f"from importlib.metadata import version; print(version({linter.name!r}))"]
    version = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    return version, done.stdout


def seen(bugs: Sequence[Bug], output: str) -> dict[str, list[str]]:
    """The bugs of which the output says more than of their mended twins, by codes: name -> what it says."""
    said = defaultdict(list)
    for match in _SAID.finditer(output):
        said[Path(match["file"]).stem].append(match["message"])
    found = {}
    for bug in bugs:
        mended = Counter(map(code, said[f"{bug.name}_good"]))
        buggy = Counter(map(code, said[f"{bug.name}_bad"]))
        more = {each for each, count in buggy.items() if count > mended[each]}
        if messages := [message for message in said[f"{bug.name}_bad"] if code(message) in more]:
            found[bug.name] = messages
    return found


def code(message: str) -> str:
    """The code, or the name, of the check that a message comes from."""
    named = _CODE.search(message)
    return named[0] if named else message


if __name__ == "__main__":
    sys.exit(main())
