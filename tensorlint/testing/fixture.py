"""A fixture: a file of bad and good cases whose markers say what happens when it runs."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .markers import BACKENDS, Claim, Expectation, Kind, MarkerError, Markers, Miss, parse_markers

# In this order the first library that a fixture imports gives its name to the fixture's row: a fixture that
# hands NumPy arrays to PyTorch is a PyTorch fixture.
LIBRARIES = ("keras", "tensorflow", "jax", "torch", "cupy", "numpy")

# Other folders hold something else: `demo` shows ordinary code, without claims.
_GROUP = re.compile(r"TAL\d{3}|alias|folklore|reports")
_PREFIXES = ("bad", "good", "case")
# A line of the docstring: where the fixture was reduced from, and of a change what it was called.
_REPORT = re.compile(r"^(?:Source|Commit): (?P<url>https://\S+)(?: \((?P<title>.+)\))?$", re.MULTILINE)
# What takes host addresses or compiles for the host cannot run on another device.
_HOST_ONLY = frozenset({"ctypes", "numba", "compiler"})
_GPU_ONLY = "cupy"  # its arrays lie on a GPU, wherever they are made


class FixtureError(ValueError):
    """A fixture that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Case:
    """A top-level function ``bad_x``, ``good_x`` or ``case_x`` that can be called without arguments."""

    name: str
    line: int

    @property
    def kind(self) -> str:
        return self.name.partition("_")[0]

    @property
    def stem(self) -> str:
        return self.name.partition("_")[2]


@dataclass(frozen=True, slots=True)
class Report:
    """The public report that a fixture is reduced from; ``title`` is that of the change that mended it."""

    url: str
    title: str = ""

    @property
    def label(self) -> str:
        """``owner/name#12``, or ``owner/name@abcdef1`` for a commit."""
        owner, name, kind, number = self.url.split("/")[3:7]
        return f"{owner}/{name}@{number[:7]}" if kind == "commit" else f"{owner}/{name}#{number}"


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file below ``fixtures/GROUP``, read."""

    path: Path
    group: str
    text: str
    tree: ast.Module
    markers: Markers
    libraries: tuple[str, ...]
    needs: tuple[str, ...]
    cases: tuple[Case, ...]

    @property
    def name(self) -> str:
        """``GROUP/NAME``: how a person calls the fixture."""
        return f"{self.group}/{self.path.stem}"

    @property
    def library(self) -> str:
        """The library whose row the fixture belongs to."""
        return self.libraries[0]

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def report(self) -> Report | None:
        """What the docstring's line ``Source: URL``, or ``Commit: URL (TITLE)``, names."""
        found = _REPORT.search(self.docstring)
        return Report(found["url"], found["title"] or "") if found else None

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        return self.markers.expectations

    @property
    def misses(self) -> tuple[Miss, ...]:
        return self.markers.misses

    @property
    def claims(self) -> tuple[Claim, ...]:
        return self.markers.claims

    @property
    def alias_claims(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.kind is Kind.ALIAS)

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that the fixture may run on; empty for all."""
        if self.markers.devices:
            return self.markers.devices
        if _GPU_ONLY in self.libraries:
            return ("cuda",)
        return ("cpu",) if _HOST_ONLY.intersection(self.needs) else ()

    def runs_on(self, device: str) -> bool:
        """Whether the fixture may run there: on any device, where it names none."""
        return not self.devices or device in self.devices

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends of Keras that the fixture may run on; empty for the fixture of another library.

        A fixture that imports TensorFlow beside Keras speaks of Keras on TensorFlow.
        """
        if self.library != "keras":
            return ()
        imported = tuple(name for name in BACKENDS if name in self.libraries)
        return self.markers.backends or imported or BACKENDS

    @property
    def hash(self) -> str:
        """A digest of the code and its claims; prose, layout and the Python version do not matter."""
        digest = hashlib.sha256(_canonical(self.tree).encode())
        markers = [*(expected.code for expected in self.expectations), *(miss.code for miss in self.misses)]
        for marker in (*markers, *map(str, self.claims)):
            digest.update(f"\n{marker}".encode())
        return digest.hexdigest()[:16]


def default_root() -> Path:
    """The project's fixtures: inside ``runtime_check`` once it is installed, else beside the packages."""
    home = Path(__file__).resolve().parents[2]
    installed = home / "runtime_check" / "fixtures"  # first: an installed package may be called `fixtures`
    return installed if installed.is_dir() else home / "fixtures"


def load_fixtures(root: Path | str | None = None) -> tuple[Fixture, ...]:
    """All fixtures below ``root``, sorted; the goldens of ``--fix`` (``NAME.fixed.py``) are none."""
    base = Path(root) if root is not None else default_root()
    paths = sorted(path for path in base.glob("*/*.py") if _GROUP.fullmatch(path.parent.name))
    return tuple(load_fixture(path) for path in paths if not path.name.endswith(".fixed.py"))


def select_fixtures(fixtures: Sequence[Fixture], wanted: str) -> tuple[Fixture, ...]:
    """The fixtures of a group (``TAL101``, ``alias``), or the one called ``GROUP/NAME``, or none."""
    return tuple(fixture for fixture in fixtures if wanted in (fixture.group, fixture.name))


def load_fixture(path: Path | str) -> Fixture:
    """Read one fixture. Raises FixtureError for what cannot be read or cannot be run."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(text, str(path))
        markers = parse_markers(text, str(path))
    except SyntaxError as error:
        raise FixtureError(f"{path}:{error.lineno}: {error.msg}") from None
    except MarkerError as error:
        raise FixtureError(str(error)) from None
    imported = tuple(_imported(tree.body))
    roots = {name.partition(".")[0] for name in imported}
    libraries = tuple(library for library in LIBRARIES if library in roots)
    if not libraries:
        raise FixtureError(f"{path}:1: imports none of {', '.join(LIBRARIES)}")
    if markers.backends and libraries[0] != "keras":
        raise FixtureError(f"{path}:1: `backends` are those of Keras, which is not imported")
    cases = tuple(_cases(tree, path))
    if not cases:
        raise FixtureError(f"{path}:1: has no function bad_*, good_* or case_*")
    needs = {name for name in roots - set(LIBRARIES) - {"__future__"} if name not in sys.stdlib_module_names}
    if "ctypes" in roots:
        needs.add("ctypes")
    if any(name.startswith("torch.utils.cpp_extension") for name in imported):
        needs.add("compiler")
    return Fixture(path, path.parent.name, text, tree, markers, libraries, tuple(sorted(needs)), cases)


def _imported(body: Sequence[ast.stmt]) -> Iterator[str]:
    """What the file cannot do without: an import inside ``try`` is meant to be optional."""
    for statement in body:
        for node in ast.walk(statement) if not isinstance(statement, ast.Try) else ():
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _cases(tree: ast.Module, path: Path) -> Iterator[Case]:
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.name.partition("_")[0] not in _PREFIXES or "_" not in node.name:
            continue
        arguments = node.args
        required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        if required or None in arguments.kw_defaults or isinstance(node, ast.AsyncFunctionDef):
            raise FixtureError(f"{path}:{node.lineno}: `{node.name}` must be callable without arguments")
        yield Case(node.name, node.lineno)


def _canonical(node: object) -> str:
    """A dump that is the same for every Python version: positions and empty fields are left out."""
    if isinstance(node, ast.AST):
        fields = (
            (name, value) for name, value in ast.iter_fields(node) if name not in ("kind", "type_comment")
        )
        inner = ",".join(f"{name}={_canonical(value)}" for name, value in fields if value not in (None, []))
        return f"{type(node).__name__}({inner})"
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    return repr(node)
