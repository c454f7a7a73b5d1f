"""OpenCV's entries, called: drawing writes what it is given, `dst` is written where it fits, else new."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import cv2
import numpy as np

from runtime_check.audit import by_name
from runtime_check.audit.by_name import Vocabulary
from runtime_check.audit.cv2_values import VALUES
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import Entry

FOLDER = tempfile.TemporaryDirectory()


def image() -> Any:
    """Three channels of bytes, with edges in them."""
    return (np.arange(16 * 16 * 3).reshape(16, 16, 3) * 7 % 251).astype(np.uint8)


def gray() -> Any:
    """One channel: a bright square on a dark ground."""
    found: Any = np.zeros((16, 16), np.uint8)
    found[4:12, 4:12] = 200
    return found


def part() -> Any:
    """A view into a larger image: its rows are apart in memory."""
    return np.pad(image(), ((2, 2), (2, 2), (0, 0)))[2:-2, 2:-2]


def real() -> Any:
    return np.linspace(0.5, 2.0, 64, dtype=np.float32).reshape(8, 8)


def square() -> Any:
    return np.array([[4, 1, 0.5], [1, 5, 2], [0.5, 2, 6]])


def points() -> Any:
    """Corners of a shape, as a contour holds them."""
    return np.array([[[1, 1]], [[9, 2]], [[10, 9]], [[2, 11]], [[5, 6]]], np.int32)


def places() -> Any:
    """Points with fractions, one a row and in no special position to one another."""
    return np.array(
        [[[1.5, 1]], [[9, 2.5]], [[10, 9]], [[2, 11]], [[5, 6]], [[7, 3]], [[3, 8]], [[8, 8]]], np.float32
    )


def solid() -> Any:
    """The same in space."""
    return np.column_stack([places()[:, 0], np.arange(8, dtype=np.float32) % 3])


def camera() -> Any:
    return np.array([[50.0, 0, 8], [0, 50, 8], [0, 0, 1]])


def file(suffix: str) -> str:
    """A place in a folder that is removed when this process ends."""
    return os.path.join(FOLDER.name, f"file.{suffix}")


def saved() -> str:
    """An image on disk."""
    cv2.imwrite(file("png"), image())
    return file("png")


def movie() -> Any:
    """A movie of three frames on disk, opened."""
    writer = cv2.VideoWriter(file("avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (16, 16))
    for _ in range(3):
        writer.write(image())
    writer.release()
    return cv2.VideoCapture(file("avi"))


WORDS = Vocabulary(
    globals(),
    VALUES,
    unproved={
        "opens a window": frozenset(
            {"cv2.imshow", "cv2.waitKey", "cv2.destroyAllWindows", "cv2.namedWindow"}
        ),
    },
)


def entries() -> list[Entry]:
    return entries_of("cv2")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
