"""Which files a path on the command line stands for, as git and the user's own exclusions leave them."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr
from typing import TYPE_CHECKING

from tensorlint.config import ConfigError
from tensorlint.reading import read_file

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".pyi", ".ipynb")
DEEPEST = 100  # folders in one another
MOST_STARS, MOST_FOLDER_STARS = 3, 2  # `*` and `**/` in one pattern
_STARS = re.compile(r"(?<!\\)\*{2,}")
# Folders of other people's code, or of none: flake8 and ruff leave them out as well.
EXCLUDED = frozenset(
    ".bzr .direnv .eggs .git .hg .ipynb_checkpoints .mypy_cache .nox .pytest_cache .ruff_cache .svn .tox"
    " .venv CVS __pycache__ __pypackages__ buck-out node_modules site-packages venv".split()
)


@dataclass(frozen=True, slots=True)
class _Ignored:
    """The patterns of one folder, for what lies below it."""

    folder: Path
    patterns: GitIgnoreSpec

    def decides(self, path: Path, *, is_folder: bool) -> bool | None:
        """True: ignored, False: taken back by ``!``, None: these patterns say nothing of the path."""
        below = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path
        relative = below.as_posix().lstrip("/")
        return self.patterns.check_file(f"{relative}/" if is_folder else relative).include


class Discovery:
    """Finds the Python files of paths. ``exclude`` holds patterns of gitignore, read from ``folder``.

    What is named itself is taken, whatever it is called; ``force_exclude`` holds the patterns against it as
    well. ``unreadable`` has the folders that could not be looked into, and why.
    """

    def __init__(
        self,
        folder: Path,
        exclude: Sequence[str] = (),
        *,
        gitignore: bool = True,
        force_exclude: bool = False,
    ) -> None:
        self.unreadable: dict[Path, str] = {}
        self._folder = folder
        self._exclude = _chosen(folder, exclude) if exclude else None
        self._gitignore = gitignore
        self._force_exclude = force_exclude
        self._read: dict[Path, tuple[_Ignored, ...] | None] = {}

    def files(self, paths: Iterable[Path]) -> list[Path]:
        """The files, each once, in the order of their names; a path that leads nowhere is among them."""
        return sorted({file for path in paths for file in self._under(Path(os.path.abspath(path)))})

    def excludes(self, path: Path) -> bool:
        """Is a path that is named itself left out all the same?"""
        path = Path(os.path.abspath(path))
        return self._force_exclude and self._excludes_named(path, is_folder=path.is_dir())

    def _under(self, path: Path) -> Iterator[Path]:
        if self.excludes(path):
            return
        if not path.is_dir():
            yield path
            return
        for root, folders, files in os.walk(path, onerror=self._refuse):
            here = Path(root)
            if len(here.parts) > len(path.parts) + DEEPEST:
                self.unreadable[here] = f"more than {DEEPEST} folders deep"
                folders.clear()
                continue
            folders[:] = [name for name in folders if not self._is_ignored(here / name, here, is_folder=True)]
            for name in files:
                file = here / name
                # A pipe would wait for ever, and an editor's lock is a link that leads nowhere.
                if name.endswith(SUFFIXES) and file.is_file() and not self._is_ignored(file, here):
                    yield file

    def _refuse(self, error: OSError) -> None:
        self.unreadable[Path(error.filename)] = error.strerror or type(error).__name__

    def _excludes_named(self, path: Path, *, is_folder: bool) -> bool:
        """Is the path itself ignored, or a folder between it and that of the patterns?"""
        between = [above for above in path.parents if self._folder in above.parents]
        folders = any(self._is_ignored(above, above.parent, is_folder=True) for above in between)
        return folders or self._is_ignored(path, path.parent, is_folder=is_folder)

    def _is_ignored(self, path: Path, folder: Path, *, is_folder: bool = False) -> bool:
        if is_folder and path.name in EXCLUDED:
            return True
        if self._exclude is not None and self._exclude.decides(path, is_folder=is_folder):
            return True
        for patterns in reversed(self._above(folder) or ()):  # those nearest to the file count
            decided = patterns.decides(path, is_folder=is_folder)
            if decided is not None:
                return decided
        return False

    def _above(self, folder: Path) -> tuple[_Ignored, ...] | None:
        """What the repository of a folder ignores there, the outermost first; None outside of any."""
        if not self._gitignore:
            return None
        if folder not in self._read:
            outer: tuple[_Ignored, ...] | None = None
            if (folder / ".git").exists():
                outer = _of_file(folder, folder / ".git" / "info" / "exclude")
            elif folder.parent != folder:
                outer = self._above(folder.parent)
            own = _of_file(folder, folder / ".gitignore") if outer is not None else ()
            self._read[folder] = None if outer is None else (*outer, *own)
        return self._read[folder]


def matches(path: Path, pattern: str, folder: Path) -> bool:
    """Does a pattern of gitignore, read from a folder, match a file? Raises ConfigError where it is none."""
    return bool(_chosen(folder, [pattern]).decides(Path(os.path.abspath(path)), is_folder=False))


def _chosen(folder: Path, patterns: Iterable[str]) -> _Ignored:
    """The patterns that a user chose. Raises ConfigError for one that cannot be read."""
    try:
        return _Ignored(folder, _specification(patterns))
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _of_file(folder: Path, file: Path) -> tuple[_Ignored, ...]:
    """The patterns of a file; those that cannot be read are passed over, as git does it."""
    try:
        lines = read_file(file).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    return (_Ignored(folder, _specification(lines, strict=False)),)


def _specification(patterns: Iterable[str], *, strict: bool = True) -> GitIgnoreSpec:
    """Raises ValueError, if ``strict``, for a pattern that cannot be read."""
    from pathspec import GitIgnoreSpec

    read = []
    for pattern in patterns:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what Python thinks of the expression that is made of it
                read.append(GitIgnoreSpec.from_lines([_bounded(pattern)]))
        except (ValueError, re.error) as error:
            if strict:
                raise ValueError(f"{repr(pattern)} cannot be read as a pattern of gitignore") from error
    return GitIgnoreSpec([each for specification in read for each in specification.patterns])


def _bounded(pattern: str) -> str:
    """The pattern, with stars beside stars left out. Raises ValueError where there are too many others: each
    one multiplies the ways in which a long name may match.
    """
    parts = [part if part == "**" else _STARS.sub("*", part) for part in pattern.split("/")]
    folders, stars = parts[:-1].count("**"), sum(part.count("*") for part in parts if part != "**")
    if folders > MOST_FOLDER_STARS or stars > MOST_STARS:
        raise ValueError(pattern)
    return "/".join(parts)
