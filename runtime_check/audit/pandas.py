"""pandas' entries, called on tables of one dtype, of several, and on single columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from runtime_check.audit import by_name
from runtime_check.audit.by_name import ArrayOutcome, Vocabulary
from runtime_check.audit.row import Row, entries_of
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import Atom


def table() -> Any:
    """One block of numbers, one of them missing."""
    found = np.arange(12.0).reshape(4, 3)
    found[1, 1] = np.nan
    return pd.DataFrame(found, columns=list("abc"))


def mixed() -> Any:
    return pd.DataFrame({"a": [3, 1, 1], "b": [0.5, np.nan, np.nan], "c": ["x", "y", "y"]})


def column() -> Any:
    return pd.Series([3.0, 1.0, np.nan])


def words() -> Any:
    return pd.Series(["x", "y"])


class Outcome(ArrayOutcome):
    """What a call did to tables."""

    __slots__ = ()

    def _positive(self, atom: Atom) -> bool | None:
        if atom.relation != "uniform":
            return ArrayOutcome._positive(self, atom)
        found = self.value(atom.arguments[0])
        dtypes = {found.dtype} if isinstance(found, pd.Series) else set(found.dtypes)
        return len(dtypes) == 1 and isinstance(dtypes.pop(), np.dtype)

    def matches(self, value: Any, wanted: list[Any]) -> bool | None:
        dtypes = {value.dtype} if isinstance(value, pd.Series) else set(value.dtypes)
        return wanted[0] is None or dtypes == {np.dtype(wanted[0])}


VALUES: Mapping[str, tuple[str, ...]] = {
    "DataFrame.self": ("table()", "mixed()"),
    "Series.self": ("column()", "words()"),
    "inplace": ("False", "True"),
    "copy": ("False", "True"),
    "deep": ("True", "False"),
    "data": ("None", "np.arange(6.0).reshape(3, 2)", "table()"),
    "dtype": ("None", "np.float64", "np.float32"),
    "na_value": ("0.0",),
    "read_csv.arguments": ("(io.StringIO('a,b\\n1,2'),)",),
    "read_json.arguments": ("(io.StringIO('{\"a\": [1]}'),)",),
    "objs": ("[table(), table()]",),
    "left": ("table()",),
    "right": ("table()",),
    "get_dummies.data": ("mixed()",),
    "Series.data": ("None", "np.arange(3.0)", "column()"),
    "astype.dtype": ("float", "'float32'"),
    "DataFrame.astype.self": ("table()",),
    "Series.astype.self": ("column()",),
    "Series.round.self": ("column()",),
    "drop.columns": ("['a']",),
    "explode.column": ("'a'",),
    "DataFrame.filter.items": ("['a']",),
    "join.other": ("table().rename(columns=str.upper)",),
    "DataFrame.merge.right": ("table()",),
    "nlargest.n": ("2",),
    "nlargest.columns": ("'a'",),
    "reindex.index": ("[0, 1]",),
    "set_axis.labels": ("[0, 1, 2, 3]",),
    "Series.map.func": ("lambda x: x",),
    "Series.map.arg": ("lambda x: x",),
    "fillna.value": ("7",),
    "replace.to_replace": ("1",),
    "replace.value": ("8",),
    "clip.lower": ("2",),
    "DataFrame.clip.self": ("table()",),
    "mask.cond": ("table() > 2",),
    "mask.other": ("1.0",),
    "mask.self": ("table()",),
    "where.cond": ("table() > 2",),
    "where.other": ("1.0",),
    "where.self": ("table()",),
    "interpolate.self": ("table()",),
    "sort_values.by": ("'b'",),
    "sort_values.ascending": ("False",),
    "rename.columns": ("{'a': 'z'}",),
    "insert.loc": ("0",),
    "insert.column": ("'new'",),
    "insert.value": ("1.0",),
    "update.other": ("table() * 2",),
    "update.self": ("table()",),
}
WORDS = Vocabulary({**globals(), "io": io}, VALUES, Outcome)


def entries() -> list[Entry]:
    return entries_of("pandas")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
