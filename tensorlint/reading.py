"""Read files that others wrote: regular ones of a size that a person or a tool of theirs may have written.

A pipe would keep the reader waiting for ever, and a device, or a file of holes, would fill the memory.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

LARGEST = 32 << 20  # bytes; Python itself takes ten seconds and gigabytes for so much source


def read_file(path: Path, most: int = LARGEST) -> bytes:
    """The bytes of a regular file. Raises OSError, also for what is no such file or larger than ``most``."""
    # Not opened for writing, and without waiting for somebody who does; looked at only once it is open, since
    # another file may stand there a moment later.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        about = os.fstat(handle)
        if stat.S_ISDIR(about.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(path))
        data = file.read(most + 1)
        if len(data) > most:
            raise OSError(errno.EFBIG, f"more than {most >> 20} MB", str(path))
        return data
