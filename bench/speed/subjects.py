"""What is linted: sources that everybody has after `make test`, found without importing them."""

from __future__ import annotations

import importlib.util
import sysconfig
from dataclasses import dataclass
from pathlib import Path

CONTROL = "standard library"
SMALL = "torch.optim"  # for linters that are so slow that they run once
_PARTS = {
    "torch": ("optim", "nn/modules"),
    "keras": ("src/layers/core", "src/layers/convolutional", "src/layers/preprocessing", "src/layers/rnn"),
    "jax": ("_src/nn", "_src/scipy", "_src/image"),
    "numpy": ("lib", "linalg"),
}
_STANDARD = "asyncio concurrent email html http importlib json logging unittest urllib xml".split()
_TESTS = {"test", "tests"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Sources under one name."""

    name: str
    files: tuple[str, ...]

    @property
    def has_tensors(self) -> bool:
        return self.name != CONTROL

    def size(self) -> tuple[int, int]:
        """Lines and bytes."""
        read = [Path(file).read_bytes() for file in self.files]
        return sum(data.count(b"\n") for data in read), sum(map(len, read))


def subjects() -> list[Subject]:
    """All of them, the control last. Raises ModuleNotFoundError where a library is not installed."""
    found = [Subject(library, _files(_root(library), parts)) for library, parts in _PARTS.items()]
    standard = Path(sysconfig.get_path("stdlib"))
    return [*found, Subject(CONTROL, _files(standard, tuple(_STANDARD)))]


def small() -> Subject:
    """The part of the sources for linters that are slow."""
    return Subject(SMALL, _files(_root("torch"), ("optim",)))


def _root(library: str) -> Path:
    spec = importlib.util.find_spec(library)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{library} is not installed: `make test` installs what is measured here")
    return Path(spec.submodule_search_locations[0])


def _files(root: Path, parts: tuple[str, ...]) -> tuple[str, ...]:
    found = {path for part in parts for path in (root / part).rglob("*.py")}
    return tuple(str(path) for path in sorted(found) if _TESTS.isdisjoint(path.relative_to(root).parts))
