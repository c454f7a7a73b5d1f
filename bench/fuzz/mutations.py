"""Ways in which the text of a file comes to harm: by hand, by an editor, by a merge, by a wrong encoding.

Every mutation takes the text and a source of chance, and gives the text or the bytes that are left. Many
leave valid Python behind, since what cannot be parsed never gets far.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from random import Random

_TOKENS = re.compile(r"\w+|'[^'\n]*'|\"[^\"\n]*\"|[^\S\n]+|[-+*/%&|^<>=!@]=|.", re.DOTALL)
_ODD = "\f \v \x1c \x85 \u2028 \ufeff \u202e é 日 😀 \u0301 \x1b[31m \\ # \x00 \ud800".split(" ")
_COOKIES = (
    "utf-8",
    "latin-1",
    "cp1252",
    "utf-16",
    "ascii",
    "utf-8-sig",
    "utf-7",
    "rot13",
    "hex",
    "no-such",
    "",
)
_ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-32", "cp1252", "cp037")
_OPERATORS = (
    "+ - * / % & | ^ @ ** // << >> += -= *= = := == < > , ; : . -> ~ and or in is not if else".split()
)
_MANY = 300  # a part that is repeated: about what Python itself still parses

Mutation = Callable[[str, Random], str | bytes]


def mutated(text: str, random: Random) -> tuple[bytes, str]:
    """The bytes of a text after one to three mutations, and the names of these."""
    done: list[str] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        [name] = random.choices(_NAMES, _WEIGHTS)
        done.append(name)
        changed = MUTATIONS[name](text, random)
        if isinstance(changed, bytes):
            return changed, "+".join(done)
        text = changed
    return text.encode("utf-8", "surrogatepass"), "+".join(done)


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)


def _places(tokens: list[str], fits: Callable[[str], bool]) -> list[int]:
    return [place for place, token in enumerate(tokens) if fits(token)]


def _is_name(token: str) -> bool:
    return token.isidentifier() and not keyword.iskeyword(token)


def _is_solid(token: str) -> bool:
    return not token.isspace()


def _is_operator(token: str) -> bool:
    return token in _OPERATORS


# Tokens


def _on_tokens(
    fits: Callable[[str], bool], change: Callable[[list[str], int, int, Random], None]
) -> Mutation:
    """A mutation of two tokens that fit, which may be the same one."""

    def mutation(text: str, random: Random) -> str:
        tokens = _tokens(text)
        places = _places(tokens, fits)
        if places:
            change(tokens, random.choice(places), random.choice(places), random)
        return "".join(tokens)

    return mutation


def _drop(tokens: list[str], first: int, second: int, random: Random) -> None:
    tokens[first] = ""


def _duplicate(tokens: list[str], first: int, second: int, random: Random) -> None:
    tokens[first] *= 2


def _repeat(tokens: list[str], first: int, second: int, random: Random) -> None:
    last = first + random.randint(1, 6)
    tokens[first:last] = tokens[first:last] * random.randint(2, _MANY)


def _swap(tokens: list[str], first: int, second: int, random: Random) -> None:
    tokens[first], tokens[second] = tokens[second], tokens[first]


def _replace(tokens: list[str], first: int, second: int, random: Random) -> None:
    tokens[first] = tokens[second]


def _drop_part(tokens: list[str], first: int, second: int, random: Random) -> None:
    del tokens[min(first, second) : max(first, second)]


def _nest(tokens: list[str], first: int, second: int, random: Random) -> None:
    opening, closing = random.choice(("()", "[]", "{}", ("f(", ")"), ("-", ""), ("", ".T"), ("", "[0]")))
    depth = random.choice((1, 2, 3, 60, 150))
    tokens[first] = opening * depth + tokens[first] + closing * depth


def _other_operator(tokens: list[str], first: int, second: int, random: Random) -> None:
    tokens[first] = f" {random.choice(_OPERATORS)} "


# Lines


def _on_lines(change: Callable[[list[str], int, int, Random], None]) -> Mutation:
    """A mutation of the lines between two of them, the first one included."""

    def mutation(text: str, random: Random) -> str:
        lines = text.splitlines(keepends=True)
        if lines:
            first = random.randrange(len(lines))
            change(lines, first, min(len(lines), first + random.choice((1, 1, 2, 5, 20))), random)
        return "".join(lines)

    return mutation


def _drop_lines(lines: list[str], first: int, last: int, random: Random) -> None:
    del lines[first:last]


def _duplicate_lines(lines: list[str], first: int, last: int, random: Random) -> None:
    lines[first:last] *= random.choice((2, 2, 3, 50))


def _move_lines(lines: list[str], first: int, last: int, random: Random) -> None:
    part = lines[first:last]
    del lines[first:last]
    place = random.randint(0, len(lines))
    lines[place:place] = part


def _reindent(lines: list[str], first: int, last: int, random: Random) -> None:
    before = random.choice((" ", "    ", "\t", "\f", "        \t", ""))
    lines[first:last] = [before + line.lstrip(random.choice((" \t", ""))) for line in lines[first:last]]


def _join(lines: list[str], first: int, last: int, random: Random) -> None:
    between = random.choice((" ", "; ", "", " \\\n", ", "))
    lines[first : last + 1] = [between.join(line.rstrip("\r\n") for line in lines[first : last + 1]) + "\n"]


def _wrap(lines: list[str], first: int, last: int, random: Random) -> None:
    """Put lines below a header of their own."""
    line = lines[first]
    indent = line[: len(line) - len(line.lstrip())]
    header = random.choice(("if True:", "for _ in x:", "while x:", "with x as y:", "def f(x):", "class C:"))
    lines[first:last] = [f"{indent}{header}\n", *(f"    {line}" for line in lines[first:last])]


# The whole text


def _truncate(text: str, random: Random) -> str:
    return text[: random.randint(0, len(text))]


def _tabs(text: str, random: Random) -> str:
    return text.replace("    ", random.choice(("\t", "  ", "        ", " ")))


def _other_line_ends(text: str, random: Random) -> str:
    return re.sub("\n", lambda _: random.choice(("\n", "\r\n", "\r")), text)


def _insert(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(_ODD) + text[place:]


def _other_encoding(text: str, random: Random) -> bytes:
    cookie = random.choice(_COOKIES)
    head = f"# -*- coding: {cookie} -*-\n" if cookie else ""
    return (head + text).encode(random.choice(_ENCODINGS), "replace")


def _other_bytes(text: str, random: Random) -> bytes:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(random.randint(1, 4)):
        place = random.randint(0, len(data))
        data[place : place + random.randint(0, 1)] = random.randbytes(random.randint(1, 3))
    return bytes(data)


MUTATIONS: dict[str, Mutation] = {
    "token dropped": _on_tokens(_is_solid, _drop),
    "token duplicated": _on_tokens(_is_solid, _duplicate),
    "tokens repeated": _on_tokens(_is_solid, _repeat),
    "tokens swapped": _on_tokens(_is_solid, _swap),
    "names swapped": _on_tokens(_is_name, _swap),
    "name replaced": _on_tokens(_is_name, _replace),
    "name nested": _on_tokens(_is_name, _nest),
    "operator replaced": _on_tokens(_is_operator, _other_operator),
    "part dropped": _on_tokens(_is_solid, _drop_part),
    "lines dropped": _on_lines(_drop_lines),
    "lines duplicated": _on_lines(_duplicate_lines),
    "lines moved": _on_lines(_move_lines),
    "lines joined": _on_lines(_join),
    "lines below a header": _on_lines(_wrap),
    "re-indented": _on_lines(_reindent),
    "truncated": _truncate,
    "tabs": _tabs,
    "line ends": _other_line_ends,
    "odd character": _insert,
    "encoding": _other_encoding,
    "bytes": _other_bytes,
}
# What mostly leaves valid Python behind comes more often.
_OFTEN = ("names swapped", "name replaced", "name nested", "lines moved", "lines duplicated", "lines dropped")
_NAMES = tuple(MUTATIONS)
_WEIGHTS = tuple(4 if name in _OFTEN else 1 for name in _NAMES)
