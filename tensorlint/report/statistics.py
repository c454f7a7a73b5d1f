"""How often each rule found something, the most frequent first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from tensorlint.checking import Checked


def write(found: Sequence[Checked], out: TextIO, *, as_json: bool = False) -> None:
    """A line or an object for each code that was found."""
    counts = Counter((each.code, each.name) for checked in found for each in checked.diagnostics)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    if as_json:
        json.dump([{"code": code, "name": name, "count": n} for (code, name), n in rows], out, indent=2)
        out.write("\n")
        return
    width = max((len(str(number)) for _, number in rows), default=0)
    for (code, name), number in rows:
        out.write(f"{number:>{width}}  {code}  {name}\n")
