"""What has changed since a revision, as git tells it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class RevisionError(ValueError):
    """Git cannot be asked, or knows no such revision; the message says which."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository around a folder."""

    root: Path
    commit: str

    @classmethod
    def find(cls, name: str, folder: Path) -> Revision:
        """The commit that a name stands for. Raises RevisionError."""
        root = _git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")
        try:
            commit = _git(
                folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            )
        except RevisionError as error:
            raise RevisionError(f"git knows no revision {name!r}") from error
        return cls(Path(os.fsdecode(root)), commit.decode().strip())

    def changed(self) -> dict[Path, str]:
        """Files that are not what they were: path -> their name at that time, empty for new ones."""
        said = _git(
            self.root, "diff", "--no-ext-diff", "--no-textconv", "--name-status", "-z", "--find-renames",
            self.commit, "--",
        )  # fmt: skip
        fields = iter(os.fsdecode(said).split("\0"))
        found = dict(self._entries(fields))
        new = _git(self.root, "ls-files", "--others", "--exclude-standard", "-z")
        return found | {self.root / name: "" for name in os.fsdecode(new).split("\0") if name}

    def _entries(self, fields: Iterator[str]) -> Iterator[tuple[Path, str]]:
        for status in fields:
            if not status:
                return
            before = next(fields)
            after = next(fields) if status[0] in "RC" else before
            yield self.root / after, "" if status[0] == "A" else before

    def read(self, name: str) -> bytes:
        """A file as it was. Raises RevisionError where it was none."""
        return _git(self.root, "show", f"{self.commit}:{name}")


# A repository that was not cloned may bring a configuration that names programs to run.
_NOTHING_RUN = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *_NOTHING_RUN, *arguments], cwd=folder, capture_output=True, check=False
        )
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RevisionError(said[0] if said else f"git {arguments[0]} failed")
    return done.stdout
