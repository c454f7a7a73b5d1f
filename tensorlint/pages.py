"""What the page of a rule says, read from where it is written: a report needs no engine for that."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

_RULES = Path(__file__).parent / "rules"


@cache
def page(code: str) -> str:
    """The text of the rule's page: the docstring of its module. Empty where there is no such rule."""
    for file in _RULES.glob(f"{code.lower()}_*.py"):
        return (ast.get_docstring(ast.parse(file.read_bytes())) or "").replace("``", "`")
    return ""


def instead(code: str) -> str:
    """What to write instead, on one line; empty where the page does not say."""
    said = next((text for text in page(code).split("\n\n") if text.startswith("Instead:")), "")
    return " ".join(said.removeprefix("Instead:").split())
