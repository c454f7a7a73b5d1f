"""Statements with calls out of the knowledge tables."""

from __future__ import annotations

from .draft import Draft, Scope
from .forms import Form, same
from .known import calls, entries

DRAWS = 5  # entries, of which some do not work on the tensor at hand


class Entries(Draft):
    """Any entry of the library's tables that works on a tensor at hand."""

    def from_tables(self, scope: Scope) -> bool:
        kind = self.random.choice([each.word for each in self.dialect.kinds if scope.of(each.word)])
        name = self.tensor(scope, kind=kind)
        if name is None:
            return False
        library, shape = self.dialect.library, scope.of(kind)[name]
        drawn = (self.random.choice(entries(library)) for _ in range(DRAWS))
        found = next(filter(None, (calls(library, entry, kind, len(shape)) for entry in drawn)), ())
        call = self.random.choice(found) if found else None
        shapes = call.shapes(shape) if call is not None else None
        if call is None or shapes is None:
            return False
        text, tag = self.fill(Form(call.text, same, of=kind), scope, name), f"table {call.entry}"
        if call.gives == "tensor":
            return self.assign(scope, text, shapes[0], tag, kind=call.kind, sure=False)
        if call.gives == "nothing":
            self.line(text, tag, sure=False)
            return True
        target = self.name("parts" if call.gives == "several" else "o")
        self.line(f"{target} = {text}", tag, sure=False)
        if call.gives == "several":
            scope.tuples[target] = shapes
        return True
