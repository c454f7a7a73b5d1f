"""Where tensors lie and what they hold, asked of the libraries themselves.

A **leaf** is one tensor or array. Values are searched for leaves through containers, objects' attributes and
modules. Two leaves **overlap** when one byte belongs to an element of each: exact, by address, so parts of
one storage do not overlap. A **picture** is a value as plain data (structure, dtypes, shapes, bytes), taken
without a write or a version counter being touched: two pictures are equal when the values are bitwise equal,
NaN included.
"""

from .allocation import MEASURED, size_of, taking
from .extent import Extent, TooLarge, overlaps
from .picture import Picture, picture
from .registry import Library, library, loaded_libraries
from .walk import leaves, one_storage, values_overlap

__all__ = [
    "MEASURED",
    "Extent",
    "Library",
    "Picture",
    "TooLarge",
    "leaves",
    "library",
    "loaded_libraries",
    "one_storage",
    "overlaps",
    "picture",
    "size_of",
    "taking",
    "values_overlap",
]
