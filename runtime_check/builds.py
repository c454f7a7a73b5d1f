"""Where fixtures' C++ extensions are built: once, and kept for the next run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sysconfig
import time
from pathlib import Path

_STALE = 900.0  # seconds; longer than any build may take


def lacking() -> str:
    """What this machine lacks to build an extension, in words; empty when it lacks nothing."""
    compilers = (os.environ.get("CXX"), "c++", "g++", "clang++")
    if not any(compiler and shutil.which(compiler) for compiler in compilers):
        return "no C++ compiler is installed"
    if importlib.util.find_spec("ninja") is None and shutil.which("ninja") is None:
        return "ninja, which builds extensions, is not installed"
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return "the headers of Python are not installed"
    return ""


def prepare() -> None:
    """Choose the folder of the builds, and remove the locks of killed ones, for which others would wait."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(
        os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(Path(caches) / "tensorlint" / "extensions"))
    )
    folder.mkdir(parents=True, exist_ok=True)
    for lock in folder.glob("**/lock"):
        if time.time() - lock.stat().st_mtime > _STALE:
            lock.unlink(missing_ok=True)
