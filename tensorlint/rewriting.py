"""Write a file as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def rewrite(path: Path, data: bytes) -> None:
    """Put new bytes in the place of a file, with its permissions; a link stays one. Raises OSError."""
    target = path.resolve()
    with target.open("r+b"):
        pass  # what may not be written is not replaced
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        shutil.copymode(target, name)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
