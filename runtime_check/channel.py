"""How a worker process speaks with its parent: one job comes in, answers go out as JSON lines."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from .results import Place
from .storage import Library, library

Send = Callable[[Mapping[str, Any]], None]


def serve(work: Callable[[Mapping[str, Any], Send], None]) -> int:
    """Read the job from standard input; answer on what was standard output."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what fixtures, libraries and compilers print must not mix with the answers

    def send(message: Mapping[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    work(json.loads(sys.stdin.readline()), send)
    return 0


def settled(name: str, device: str, backend: str, send: Send) -> Library | None:
    """The library of a job, after the parent was told where it runs; None where it was told what lacks."""
    lacking = [each for each in (name, backend) if each and importlib.util.find_spec(each) is None]
    if lacking:
        send({"missing": f"{lacking[0]} is not installed", "lacks": lacking[0]})
        return None
    try:
        asked = library(name)
    except ImportError as error:
        send({"missing": f"{name} is not installed ({error})"})
        return None
    except KeyError:
        send({"missing": f"{name} cannot be proved yet"})
        return None
    if device not in asked.devices():
        send({"missing": f"{name} finds no {device} device", "devices": asked.devices()})
        return None
    place = Place(
        name,
        asked.version(),
        device,
        asked.device_name(device),
        platform.python_version(),
        f"{backend} {library(backend).version()}" if backend else "",
    )
    send({"place": asdict(place), "devices": asked.devices()})
    return asked
