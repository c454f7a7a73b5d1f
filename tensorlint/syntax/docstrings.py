"""What a docstring says of parameters' types: numpydoc, Google and Sphinx sections, as hints.

The sections are read by ``docstring_parser``; what their type descriptions mean is decided here, cautiously:
any word that is not understood makes the whole description say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tensorlint.ir import Hint
from tensorlint.syntax.annotations import NOTHING, Annotations

_SECTIONS = (
    "Parameters", "Attributes", "Returns", "Args:", "Arguments:", "Params:", ":param", ":type", ":rtype",
)  # fmt: skip
_ARRAY = Hint(("numpy.ndarray",))
# A tensor of whichever library the file imports: which one, the engine decides.
TENSOR = Hint(("tensor",))
_WORDS = {
    **dict.fromkeys(
        ("ndarray", "ndarrays", "np.ndarray", "numpy.ndarray", "np.array", "numpy.array", "numpy array",
         "numpy arrays", "numpy ndarray", "nd-array", "nd array"), _ARRAY,
    ),
    **dict.fromkeys(("torch.tensor", "torch tensor", "pytorch tensor", "torch.floattensor",
                     "torch.longtensor", "torch.booltensor"), Hint(("torch.Tensor",))),
    **dict.fromkeys(("tf.tensor", "tensorflow tensor"), Hint(("tensorflow.Tensor",))),
    **dict.fromkeys(("jnp.ndarray", "jax.array", "jnp.array", "jax array"), Hint(("jax.Array",))),
    **dict.fromkeys(("tensor", "tensors", "array", "arrays", "floattensor", "longtensor"), TENSOR),
    **dict.fromkeys(("int", "integer", "ints"), Hint(("builtins.int",))),
    **dict.fromkeys(("float", "floats", "number", "scalar"), Hint(("builtins.float",))),
    **dict.fromkeys(("bool", "boolean"), Hint(("builtins.bool",))),
    **dict.fromkeys(("str", "string", "path"), Hint(("builtins.str",))),
    **dict.fromkeys(("list", "lists"), Hint(("builtins.list",))),
    **dict.fromkeys(("tuple", "tuples"), Hint(("builtins.tuple",))),
    **dict.fromkeys(("dict", "dictionary"), Hint(("builtins.dict",))),
    "none": Hint(("None",)),
}  # fmt: skip
_SHAPE = re.compile(
    r"\s*(?:,\s*)?\b(?:of|with)?\s*(?:shape|size|length|dtype|dims?|dimensions?)\b\s*[=:]?\s*.*$", re.I
)
_BRACKETS = re.compile(r"\([^()]*\)")  # `(n, 3)`: a shape
_ROLE = re.compile(r":[\w:]+:`~?([^`]+)`")
_DROPPED = re.compile(r"(?<![\w\[])(?:optional|required|default\b.*|keyword-only)(?!\[)")
_CONTAINED = re.compile(
    r"(?P<outer>list|lists|sequence|tuple|tuples|set|iterable)\s+of\s+(?P<inner>.+)", re.I
)
_NUMBER_OF_AXES = re.compile(r"^(?:\d-?[dD]|\d-dimensional|float\d*|bool|boolean|int\d*)\s+(?=\w)")
_SPLIT = re.compile(r"\s+or\s+|\s*\|\s*|\s*,\s*|\s*/\s*")
# Names that docstrings use whatever the file imports.
_SPOKEN = {
    **{
        name: (f"typing.{name}",)
        for name in ("Optional", "Union", "List", "Dict", "Tuple", "Sequence", "Iterable")
    },
    **{name: (name,) for name in ("numpy", "torch", "tensorflow", "jax")},
    "np": ("numpy",),
    "tf": ("tensorflow",),
    "jnp": ("jax.numpy",),
}
_OUTER = {"tuple": "builtins.tuple", "tuples": "builtins.tuple", "set": "builtins.set"}


def documented(docstring: str, annotations: Annotations) -> dict[str, Hint]:
    """Parameter -> what the docstring states of its type, where it states one that is understood.

    What it says of one unnamed result stands under ``return``, which is no name of a parameter.
    """
    if not any(section in docstring for section in _SECTIONS):
        return {}
    import docstring_parser  # only for files whose functions are lowered, and whose docstrings have sections

    try:
        parsed = docstring_parser.parse(docstring)
    except (docstring_parser.ParseError, ValueError, IndexError, KeyError, RecursionError):
        return {}
    file_names = annotations.resolve
    annotations = replace(annotations, resolve=lambda name: file_names(name) or _SPOKEN.get(name, ()))
    found: dict[str, Hint] = {}
    for parameter in parsed.params:
        hint = _described(parameter.type_name, annotations) if parameter.type_name else NOTHING
        for name in parameter.arg_name.split(","):
            if hint.names and name.strip("* `\\"):
                found[name.strip("* `\\")] = hint
    if len(parsed.many_returns) == 1 and (described := parsed.many_returns[0].type_name):
        found["return"] = _described(described, annotations)
    return found


def _described(text: str, annotations: Annotations) -> Hint:
    """The hint of a type description such as ``ndarray of shape (n, 3), optional``."""
    text = _ROLE.sub(r"\1", text)
    text = _DROPPED.sub("", text.strip().strip("`")).strip(" ,;.")
    exact = annotations.parse(text)
    if exact.names and not any(part == NOTHING for part in exact.parts):
        return exact
    text = _SHAPE.sub("", _BRACKETS.sub("", text)).strip(" ,;.")
    if text.startswith("{"):
        text = text.strip("{}")
    options = tuple(_options(text, annotations))
    if len(options) == 1:
        return options[0]
    return Hint(("|",), options) if options else NOTHING


def _options(text: str, annotations: Annotations) -> Iterator[Hint]:
    for option in filter(None, _SPLIT.split(text)):
        option = option.strip(" `.:~")
        contained = _CONTAINED.fullmatch(option)
        if contained is not None:
            outer = _OUTER.get(contained["outer"].lower(), "builtins.list")
            yield Hint((outer,), (_word(contained["inner"], annotations),))
        elif option:
            yield _word(option, annotations)


def _word(text: str, annotations: Annotations) -> Hint:
    plain = _NUMBER_OF_AXES.sub("", text.strip(" `.:~"))
    known = _WORDS.get(plain.lower())
    return known if known is not None else annotations.parse(plain)
