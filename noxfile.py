"""The linter on every Python that it supports, with the lowest and the newest versions of what it needs.

``nox`` runs all sessions; ``nox -s "core-3.12(lowest)" -- tests/cli`` runs some tests of one. An interpreter
that is not installed is shown as skipped; ``nox --error-on-missing-interpreters`` is for a machine that must
have all of them. No tensor library is installed: what needs one is tested by ``make test``.
"""

from __future__ import annotations

import re

import nox

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
CORE = (
    "alias syntax cli test_bad_input.py test_callers.py test_classes.py test_fixtures.py test_flake8_door.py"
    " test_layers.py test_markers.py test_silence.py test_user_knowledge.py"
).split()
APART = "--ignore=tests/alias/test_layout.py"  # compares layouts with those of NumPy and PyTorch
TESTING = ("pytest>=8", "pytest-xdist>=3.5", "hypothesis>=6.100", "jsonschema>=4.20")

nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"


@nox.session(python=PYTHONS)
@nox.parametrize("versions", [nox.param(each, id=each) for each in ("lowest", "newest")])
def core(session: nox.Session, versions: str) -> None:
    """The tests of the linter itself."""
    session.install(*TESTING)
    session.install(".", *(lowest() if versions == "lowest" else ("--upgrade", *needed())))
    session.run("python", "-m", "pip", "list", "--format", "freeze", silent=False)
    session.run(
        "python", "-m", "pytest", "-q", APART, *(session.posargs or [f"tests/{name}" for name in CORE])
    )


def needed() -> list[str]:
    """What the package depends on, as `pyproject.toml` says it."""
    return nox.project.load_toml("pyproject.toml")["project"]["dependencies"]


def lowest() -> list[str]:
    """The lowest versions that it allows; what has no lower bound is left to the installer."""
    return [line.replace(">=", "==", 1) for line in needed() if re.search(r">=\d", line)]
