"""A library module of the audit whose entries behave as their names say."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from runtime_check.audit import Row, Verdict
from tensorlint.knowledge.catalog import Entry

NAMES = "confirmed dies fails hangs lacking refuted talks unproved".split()


def entries() -> list[Entry]:
    return [Entry(f"fake.{name}", f"(x) -> new; note {name}", "", "fake.Tensor") for name in NAMES]


def audit(entry: Entry) -> Row:
    match entry.name.removeprefix("fake."):
        case "confirmed":
            return Row(entry.name, entry.effect, Verdict.CONFIRMED, probes=3, seen=("new",))
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "fails":
            raise LookupError("an audit that raises breaks its promise")
        case "hangs":
            time.sleep(60)
        case "lacking":
            return Row(entry.name, entry.effect, Verdict.LACKING, "fake 2.0 has no such name")
        case "refuted":
            return Row(entry.name, entry.effect, Verdict.REFUTED, "case new: shares with x\nx: (2, 3)", 1)
        case "talks":
            print('{"row": {}}', flush=True)
            os.write(1, b"{\n")
            Path("talk.txt").write_text("and writes", encoding="utf-8")
            return Row(entry.name, entry.effect, Verdict.CONFIRMED, probes=1, seen=("new",))
    return Row(entry.name, entry.effect, Verdict.UNPROVED, "needs a file")
