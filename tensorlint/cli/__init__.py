"""The command line. Exit status: 0 nothing found, 1 findings, 2 wrong use or something not checked."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from tensorlint.cli.arguments import parser
from tensorlint.config import ConfigError

OK, FINDINGS, ERROR = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command with ``sys.argv``, or with other arguments; the result is the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what an encoding lacks must not end a report
            stream.reconfigure(errors="backslashreplace")
    chosen = parser().parse_args(arguments)
    command = importlib.import_module(f"tensorlint.cli.{chosen.command}")
    try:
        status: int = command.run(chosen)
        sys.stdout.flush()
    except ConfigError as error:
        from tensorlint.report.visible import visible

        lines = map(visible, str(error).split("\n"))  # names of files and keys are among them
        print("tensorlint: " + "\n".join(lines), file=sys.stderr)
        return ERROR
    except BrokenPipeError:  # `tensorlint check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except KeyboardInterrupt:
        print("tensorlint: interrupted", file=sys.stderr)
        return ERROR
    except Exception:  # Python would end with the status that says that something was found
        traceback.print_exc()
        return ERROR
    return status
