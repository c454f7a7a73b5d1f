"""``python -m bench.found [NAME …]``: reproduce the defects in the packages that are installed here.

Each script runs in a process of its own, and the linter is asked whether it reports the line. Ends with 1
where a defect of the release that the script names does not show, or is not reported.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tensorlint import lint_path

HERE = Path(__file__).parent
SECONDS = 300
_SAID = re.compile(
    r"^package: (?P<package>\S+) (?P<version>\S+)\n"
    r"place: (?P<file>\S+): (?P<line>.+)\n"
    r"finding: (?P<code>TAL\d+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Defect:
    """What the docstring of one script says; ``line`` is how the reported line begins."""

    script: Path
    title: str
    package: str
    version: str
    file: str
    line: str
    code: str

    @classmethod
    def read(cls, script: Path) -> Defect:
        """The defect of one script. Raises ValueError where its docstring does not say what it has to."""
        text = ast.get_docstring(ast.parse(script.read_text("utf-8"))) or ""
        said = _SAID.search(text)
        if said is None:
            raise ValueError(f"{script}: expected lines `package:`, `place:` and `finding:` in the docstring")
        return cls(script, text.partition("\n")[0], **said.groupdict())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one defect here; ``installed`` is the release that was looked at."""

    defect: Defect
    installed: str
    shows: bool
    reported: bool
    said: str

    @property
    def agrees(self) -> bool:
        return self.installed != self.defect.version or (self.shows and self.reported)


def defects(names: list[str] | None = None) -> Iterator[Defect]:
    for script in sorted(HERE.glob("[!_]*.py")):
        if not names or script.stem in names:
            yield Defect.read(script)


def reproduce(defect: Defect) -> Outcome | None:
    """Run one script and lint the file it speaks of; None where the package is not installed."""
    try:
        distribution = metadata.distribution(defect.package)
    except metadata.PackageNotFoundError:
        return None
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(defect.script)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    file = Path(str(distribution.locate_file(defect.file)))
    said = (run.stdout if run.returncode == 0 else run.stderr).strip().splitlines()
    shows, reported = run.returncode == 0, _is_reported(file, defect)
    return Outcome(defect, distribution.version, shows, reported, said[-1] if said else "")


def _is_reported(file: Path, defect: Defect) -> bool:
    lines = file.read_text("utf-8").splitlines()
    reported = (found for found in lint_path(file) if found.code == defect.code)
    return any(lines[found.line - 1].strip().startswith(defect.line) for found in reported)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.found", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these scripts")
    wrong = 0
    for defect in defects(parser.parse_args().names):
        print(f"{defect.title}", flush=True)
        outcome = reproduce(defect)
        if outcome is None:
            print(f"    skipped: {defect.package} is not installed")
            continue
        wrong += not outcome.agrees
        shows = "reproduced" if outcome.shows else "NOT reproduced"
        reported = "reported" if outcome.reported else "NOT reported"
        print(f"    {defect.package} {outcome.installed}: {shows}, {defect.code} {reported}: {outcome.said}")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
