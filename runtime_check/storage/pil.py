"""Images of Pillow: leaves that can be looked at, but whose memory nobody is told the address of."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import PIL
from PIL import Image

from .extent import Extent

NAME = "PIL"


def version() -> str:
    return str(PIL.__version__)


def devices() -> tuple[str, ...]:
    return ("cpu",)


def device_name(device: str) -> str:
    return platform.machine()


def scope(device: str) -> AbstractContextManager[Any]:
    return nullcontext()


def seed() -> None:
    pass


def synchronize() -> None:
    pass


def is_tensor(value: object) -> bool:
    return isinstance(value, Image.Image)


def extents(tensor: Any) -> tuple[Extent, ...]:
    return ()


def content(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    return str(tensor.mode), tuple(tensor.size), tensor.tobytes()


def members(tensor: Any) -> Iterable[object]:
    return ()
