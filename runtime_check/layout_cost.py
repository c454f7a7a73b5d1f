"""What a layout costs on a GPU: an operation's time on a strided tensor, over that on a contiguous one.

    python -m runtime_check.layout_cost

prints one JSON object. It needs a CUDA device: on a CPU nothing is measured, and nothing is claimed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "layout-cuda.json"
SIDE = 4096  # of a square of float32: 64 MiB, more than the caches of most devices
SLOW = 2.0  # "much slower" is at least twice the time
_ROUNDS, _CALLS = 7, 20


@dataclass(frozen=True, slots=True)
class Cost:
    """Ratios of times by operation, and where they were measured."""

    device_name: str
    version: str
    ratios: Mapping[str, float]

    def slow(self, operation: str) -> bool:
        return self.ratios[operation] >= SLOW


def measure() -> Cost:
    """Measure every operation. Raises RuntimeError where there is no CUDA device."""
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("there is no CUDA device to measure on")
    ratios = {}
    for name, (operation, dense, strided) in _operations(torch).items():
        assert dense.is_contiguous() and not strided.is_contiguous() and dense.shape == strided.shape
        ratios[name] = round(_seconds(torch, operation, strided) / _seconds(torch, operation, dense), 3)
    return Cost(str(torch.cuda.get_device_name()), str(torch.__version__), ratios)


def _operations(torch: Any) -> dict[str, tuple[Callable[[Any], object], Any, Any]]:
    """For each name: the operation, a contiguous tensor, and one of the same shape that is not."""
    square = torch.rand(SIDE, SIDE, device="cuda")
    columns = torch.rand(SIDE, 2 * SIDE, device="cuda")[:, ::2]
    kept = torch.empty_like(square)
    return {
        "x + 1, x transposed": (lambda x: x + 1, square, square.t()),
        "x + 1, every second column": (lambda x: x + 1, square, columns),
        "x + y, x transposed": (lambda x: x + kept, square, square.t()),
        "copy into a contiguous tensor, x transposed": (kept.copy_, square, square.t()),
        "sum over the last axis, x transposed": (lambda x: x.sum(-1), square, square.t()),
        "softmax over the last axis, x transposed": (lambda x: x.softmax(-1), square, square.t()),
        "x @ y, x transposed": (lambda x: x @ kept, square, square.t()),
    }


def _seconds(torch: Any, operation: Callable[[Any], object], tensor: Any) -> float:
    """The median time of one call, taken by the device's own clock after a warm-up."""
    rounds = []
    for number in range(_ROUNDS + 1):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(_CALLS):
            operation(tensor)
        end.record()
        torch.cuda.synchronize()
        if number:  # the first round compiles and fills caches
            rounds.append(float(begin.elapsed_time(end)) / _CALLS / 1000)
    return statistics.median(rounds)


def measured_in_a_process(limit: float = 300.0) -> Cost:
    """Measure in a process of its own. Raises RuntimeError with its last words when it fails."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "runtime_check.layout_cost"],
            cwd=Path(__file__).resolve().parents[1],
            capture_output=True,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took longer than {limit:g} s") from None
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "no message").splitlines()[-1])
    return Cost(**json.loads(done.stdout))


def read(folder: Path) -> Cost | None:
    """What was measured before, where the evidence is kept."""
    path = folder / FILE
    return Cost(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write(cost: Cost, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(json.dumps(asdict(cost), indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    try:
        print(json.dumps(asdict(measure())))
    except RuntimeError as error:
        sys.exit(str(error))
