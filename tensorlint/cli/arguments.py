"""What the commands take. Nothing here is slow to import: it stands before every run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorlint.config import CONFIDENCES, FORMATS, PROFILES

CHECK_EPILOG = """\
exit status: 0 nothing found, 1 findings, 2 wrong use, or something could not be checked"""


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    main = argparse.ArgumentParser(
        prog="tensorlint", description="Finds unsafe aliasing of tensors and arrays: two names, one memory."
    )
    main.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Without abbreviations: a new option must not change what an old command line means.
    check = commands.add_parser(
        "check", help="check files and folders", epilog=CHECK_EPILOG, allow_abbrev=False
    )
    _check(check)
    _rule(commands.add_parser("rule", help="the page of a rule; without a code, all rules"))
    _explain(commands.add_parser("explain", help="what is known at a line: names, shared memory, writes"))
    commands.add_parser("server", help="serve an editor over standard input and output (extra lsp)")
    return main


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders to check (default: the current folder); - reads standard input",
    )
    command.add_argument("--stdin-filename", metavar="NAME", help="the name of what - reads")

    rules = command.add_argument_group("rules (codes or prefixes, comma-separated)")
    rules.add_argument("--select", action=_Codes, metavar="CODES", help="report these rules only")
    rules.add_argument("--ignore", action=_Codes, metavar="CODES", help="do not report these rules")
    rules.add_argument("--enable", action=_Codes, metavar="CODES", help="opt-in rules to run as well")
    rules.add_argument("--disable", action=_Codes, metavar="CODES", help="rules not to run at all")
    profiles = "; ".join(f"{name}: {meaning}" for name, meaning in PROFILES.items())
    rules.add_argument("--profile", choices=PROFILES, help=profiles)
    confidences = "; ".join(f"{name}: {meaning}" for name, meaning in CONFIDENCES.items())
    rules.add_argument("--confidence", choices=CONFIDENCES, help=f"what is reported at least; {confidences}")
    rules.add_argument("--ignore-noqa", action="store_true", help="report what `# noqa` silences, too")

    files = command.add_argument_group("files")
    files.add_argument(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help="leave out, as a pattern of .gitignore (repeatable)",
    )
    files.add_argument(
        "--force-exclude",
        action="store_true",
        help="leave out what is excluded even where it is named itself",
    )
    files.add_argument(
        "--no-respect-gitignore", dest="gitignore", action="store_false", help="check what git ignores, too"
    )

    known = command.add_argument_group("what is known already")
    known.add_argument(
        "--baseline", type=Path, metavar="FILE", help="report what is not in there, wherever its line is now"
    )
    known.add_argument(
        "--new-from-rev",
        metavar="REV",
        help="report what the files of this git revision did not have; others are not checked",
    )
    instead = known.add_mutually_exclusive_group()
    instead.add_argument(
        "--write-baseline", action="store_true", help="write what is found to the baseline, report nothing"
    )
    instead.add_argument(
        "--add-noqa", action="store_true", help="write `# noqa: CODE` to every line that is reported"
    )

    fixes = command.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="mend what has a safe fix, in the files")
    fixes.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also where behaviour changes"
    )
    fixes.add_argument("--diff", action="store_true", help="show what --fix would change, and write nothing")

    output = command.add_argument_group("output")
    output.add_argument("--output-format", choices=FORMATS, help="(default: text)")
    output.add_argument(
        "--output-file", type=Path, metavar="FILE", help="write there, not to standard output"
    )
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule instead")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0 even if something is found")

    running = command.add_argument_group("running")
    running.add_argument(
        "-j", "--jobs", type=_count, metavar="N", help="processes (default: one per processor)"
    )
    running.add_argument(
        "--cache-dir",
        type=Path,
        metavar="FOLDER",
        help="where to keep what was found in files that do not change (default: .tensorlint_cache)",
    )
    running.add_argument(
        "--no-cache", dest="cache", action="store_false", help="lint every file, and keep nothing"
    )
    _configuration(command)


def _rule(command: argparse.ArgumentParser) -> None:
    command.add_argument("code", nargs="?", metavar="CODE", help="a code or a name, such as TAL101")
    command.add_argument("--all", action="store_true", help="the pages of all rules")


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("place", metavar="FILE:LINE", help="such as model.py:12")
    _configuration(command)


def _configuration(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("configuration")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="read [tool.tensorlint] there, not in the nearest pyproject.toml",
    )
    where.add_argument("--isolated", action="store_true", help="read no configuration")
    group.add_argument(
        "--knowledge",
        action="append",
        type=Path,
        metavar="FILE",
        help="TOML file that says what your own libraries do, instead of [tool.tensorlint.knowledge]",
    )


class _Codes(argparse.Action):
    """Comma-separated codes; the option may be given several times."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        codes = [code.strip() for code in str(values).split(",") if code.strip()]
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), *codes])


class _Version(argparse.Action):
    """The version is looked up only where it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        print(f"tensorlint {metadata.version('tensorlint')}")
        parser.exit()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return number
