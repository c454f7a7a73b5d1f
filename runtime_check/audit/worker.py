"""The process in which one library's entries are called; it speaks JSON lines with its parent.

It says where it runs, names all entries, and answers with a row for each that the job did not exclude.
"""

from __future__ import annotations

import importlib
import importlib.util
import platform
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from runtime_check.channel import Send, serve, settled
from runtime_check.results import Place
from runtime_check.storage.registry import NAMES


def main() -> int:
    return serve(work)


def work(job: Mapping[str, Any], send: Send) -> None:
    name, device = job["library"], job["device"]
    if name in NAMES:
        asked = settled(name, device, job["backend"], send)
        if asked is None:
            return
        scope = asked.scope(device)
    elif _settled_on_cpu(name, send):
        scope = nullcontext()
    else:
        return
    with scope:
        module = _imported(job["module"], send)
        if module is None:
            return
        entries = {entry.name: entry for entry in module.entries()}
        send({"entries": {name: entry.effect for name, entry in entries.items()}})
        done = frozenset(job["done"])
        for name, entry in entries.items():
            if name not in done:
                send({"begin": name})
                send({"row": module.audit(entry).as_json()})


def _imported(name: str, send: Send) -> Any:
    """What calls the entries; None where it needs what is not installed, and the parent was told so."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        lacks = str(error.name)
        if lacks.partition(".")[0] in ("runtime_check", "tensorlint"):
            raise
        send({"missing": f"{lacks} is not installed", "lacks": lacks})
        return None


def _settled_on_cpu(name: str, send: Send) -> bool:
    """Tell the parent where a library without tensors of its own runs, or Python; whether it is there."""
    if name != "python" and importlib.util.find_spec(name) is None:
        send({"missing": f"{name} is not installed", "lacks": name})
        return False
    python = platform.python_version()
    version = python if name == "python" else str(importlib.import_module(name).__version__)
    send({"place": asdict(Place(name, version, "cpu", platform.machine(), python)), "devices": ["cpu"]})
    return True


if __name__ == "__main__":
    sys.exit(main())
