"""Where something was found, as people write it; in a notebook by the cell and the line in it."""

from __future__ import annotations

from tensorlint.checking import Checked
from tensorlint.finding import Diagnostic, Related
from tensorlint.notebooks import in_cell


def place(checked: Checked, at: Diagnostic | Related) -> str:
    """``file:line:column``, or ``notebook:cell_number:line:column``."""
    return f"{checked.name}:{row(checked, at.line)}:{at.column + 1}"


def row(checked: Checked, line: int) -> str:
    """A line, or a cell and its line."""
    if not checked.cells:
        return str(line)
    return "cell_{}:{}".format(*in_cell(checked.cells, line))


def one_line(checked: Checked, each: Diagnostic) -> str:
    """The message with its other places."""
    return each.told(lambda line: f"{'' if checked.cells else 'line '}{row(checked, line)}")


def message(checked: Checked, at: Diagnostic | Related, text: str) -> str:
    """A message for what knows no cells: there it begins with the place in the notebook."""
    return f"{row(checked, at.line)}:{at.column + 1}: {text}" if checked.cells else text
