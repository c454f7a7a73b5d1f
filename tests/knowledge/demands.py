"""What demands a layout of memory, called with memory that meets the demand and with memory that does not.

    python -m tests.knowledge.demands LIBRARY        every call that is not said to end the process
    python -m tests.knowledge.demands LIBRARY NAME   one entry's calls that are

Prints as JSON, by entry and layout, whether the call raised. Libraries do not mix in one process.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator

import numpy as np

from tensorlint.knowledge.catalog import Catalog
from tensorlint.knowledge.grammar import parse_demand

# An entry's call with `x`, the memory in question, where it is not simply `name(x)`.
CALLS = {
    "torch.frombuffer": "torch.frombuffer(x, dtype=torch.float32)",
    "torch.nn.utils.parameters_to_vector": "torch.nn.utils.parameters_to_vector([x])",
    "torch.Tensor.view": "x.view(24)",
    "torch.Tensor.view_as": "x.view_as(torch.empty(24))",
    "numpy.ndarray.view": "x.view('float16')",
    **{
        f"cv2.{name}": f"cv2.{name}(x, {arguments})"
        for name, arguments in {
            "arrowedLine": "(0, 0), (2, 2), 1.0",
            "circle": "(1, 1), 1, 1.0",
            "drawChessboardCorners": "(2, 2), np.zeros((4, 1, 2), np.float32), False",
            "drawContours": "[np.zeros((3, 1, 2), np.int32)], -1, 1.0",
            "drawFrameAxes": "np.eye(3), np.zeros(4), np.zeros(3), np.ones(3), 0.1",
            "drawMarker": "(1, 1), 1.0",
            "ellipse": "(1, 1), (1, 1), 0, 0, 90, 1.0",
            "fillConvexPoly": "np.zeros((3, 1, 2), np.int32), 1.0",
            "fillPoly": "[np.zeros((3, 1, 2), np.int32)], 1.0",
            "line": "(0, 0), (2, 2), 1.0",
            "polylines": "[np.zeros((3, 1, 2), np.int32)], True, 1.0",
            "putText": "'a', (0, 3), 0, 0.3, 1.0",
            "rectangle": "(0, 0), (2, 2), 1.0",
        }.items()
    },
    "builtins.memoryview.cast": "builtins.memoryview(x).cast('B')",
    "tensorflow.experimental.dlpack.from_dlpack": (
        "tensorflow.experimental.dlpack.from_dlpack(x.__dlpack__())"
    ),
}
GPU_ONLY = "torch.cuda."
AS_TENSOR = frozenset({"viewable", "paired"})  # demanded of tensors; the others of arrays

_24 = np.arange(24, dtype=np.float32)
_48 = np.arange(48, dtype=np.float32)
MEMORY = {
    "whole": _24.reshape(4, 6),
    "turned": _24.reshape(6, 4).T,
    "cropped": _48.reshape(4, 12)[:, 1:7],
    "every other column": _48.reshape(4, 12)[:, ::2],
    "every other row": _48.reshape(8, 6)[::2],
    "upside down": _24.reshape(4, 6)[::-1],
    "mirrored": _24.reshape(4, 6)[:, ::-1],
    "repeated": np.broadcast_to(_24[:6], (4, 6)),
    "pairs": _24.reshape(12, 2),
    "pairs, turned": _24.reshape(3, 4, 2).transpose(1, 0, 2),
    "pairs at even distances": _48.reshape(12, 4)[:, :2],
    "pairs at odd distances": _48[:36].reshape(12, 3)[:, :2],
    "pairs apart": _24.reshape(2, 12).T,
}
# By predicate: the layouts that meet it, and those that do not.
LAYOUTS = {
    "forward": (
        ("whole", "turned", "cropped", "every other column", "every other row", "repeated"),
        ("upside down", "mirrored"),  # an axis of length one is refused by some, and not by others
    ),
    "contiguous": (
        ("whole",),
        ("turned", "cropped", "every other column", "every other row", "upside down", "mirrored"),
    ),
    "dense": (
        ("whole", "turned", "pairs, turned"),
        ("cropped", "every other column", "every other row", "upside down", "mirrored"),
    ),
    "viewable": (  # as one axis
        ("whole", "every other column"),
        ("turned", "cropped", "every other row", "repeated"),
    ),
    "rowwise": (
        ("whole", "cropped", "every other row"),
        ("turned", "every other column", "upside down", "mirrored"),
    ),
    "retypable": (  # as elements half as long
        ("whole", "cropped", "every other row", "upside down", "repeated"),
        ("turned", "every other column", "mirrored"),
    ),
    "paired": (
        ("pairs", "pairs, turned", "pairs at even distances"),
        ("pairs at odd distances", "pairs apart"),
    ),
}


def demanding(library: str) -> Iterator[tuple[str, str, str]]:
    """The entries that demand a layout: name, predicate, and what happens where it does not hold."""
    for entry in Catalog().entries(library):
        clause = entry.signature.clause("demands")
        if clause is not None and not entry.name.startswith(GPU_ONLY):
            atom, failure = parse_demand(clause.text)
            if failure != "misreads":  # nothing to see in one process: fixtures show that
                yield entry.name, atom.relation, failure


def raises(name: str, layout: str, *, tensor: bool) -> bool:
    """Whether a call of the entry raises on memory of that layout."""
    library = name.partition(".")[0]
    module = importlib.import_module(library)
    memory = module.from_numpy(MEMORY[layout]) if tensor else MEMORY[layout]
    try:
        eval(CALLS.get(name, f"{name}(x)"), {library: module, "np": np, "x": memory})
    except Exception:
        return True
    return False


def main(library: str, only: str = "") -> None:
    found = {}
    for name, predicate, failure in demanding(library):
        met, violated = LAYOUTS[predicate]
        if only:
            layouts = violated if name == only else ()
        else:
            layouts = met + (violated if failure == "raises" else ())
        found[name] = {layout: raises(name, layout, tensor=predicate in AS_TENSOR) for layout in layouts}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
