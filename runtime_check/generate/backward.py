"""Random PyTorch programs with a backward pass: does it raise, after what was written in place before it?

Few things are written in each of them, so that it is plain which write a backward pass refuses. A program is
one function ``program(case)``, or a module with ``forward`` and a function that trains it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import of_backward as forms
from .draft import Lines

CASES = 4  # what ``case`` counts to


@dataclass(frozen=True, slots=True)
class Hidden:
    """A write that PyTorch does not count: the text of one that it would, the tensor, and whether what is
    written has another gradient than what was there.
    """

    counted: str
    target: str
    scales: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """``tags`` maps a line to its construct; ``hidden`` has the writes that PyTorch does not count."""

    seed: str
    source: str
    tags: dict[int, str]
    hidden: dict[int, Hidden]


def generate(seed: int, index: int) -> Graph:
    """Program number ``index`` of the sequence that ``seed`` starts."""
    return _Writer(f"torch-backward:{seed}:{index}").graph()


@dataclass(slots=True)
class _Known:
    """The names at a point: whole tensors, whether each is likely to require grad; views of their parts."""

    whole: dict[str, bool] = field(default_factory=dict)
    cuts: list[str] = field(default_factory=list)

    def copy(self) -> _Known:
        return _Known(dict(self.whole), list(self.cuts))


class _Writer(Lines):
    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.hidden: dict[int, Hidden] = {}
        self.matrices: list[str] = []
        self.layers: list[str] = []  # of the module, each with its attribute's number
        self.owner = ""
        self.writes = 0
        self.known = _Known()

    def graph(self) -> Graph:
        in_module = self.chance(0.35)
        head = f"{forms.PRELUDE}\n\n"
        if in_module:
            self.owner, self.depth = "self.", 2
            self.known.whole["x"] = False
        else:
            self.leaves()
        self.writes = self.random.choice((1, 1, 1, 1, 2, 2, 3))
        for _ in range(self.random.randint(3, 9)):
            self.statement()
        while self.writes > 0 and self.chance(0.9):
            self.write()
        if self.chance(0.5):
            self.operation()
        head += self.module_head() if in_module else "def program(case):\n"
        self.end(in_module)
        start = head.count("\n") + 1
        return Graph(
            self.seed,
            head + "".join(f"{text}\n" for text, _ in self.lines),
            {start + at: tag for at, (_, tag) in enumerate(self.lines)},
            {start + at: text for at, text in self.hidden.items()},
        )

    def leaves(self) -> None:
        for _ in range(self.random.randint(1, 2)):
            self.bind("w", self.random.choice(forms.LEAVES), "leaf", True)
        if self.chance(0.5):
            self.bind("x", self.random.choice(forms.CONSTANTS), "constant", False)
        if self.chance(0.4):
            self.matrices.append(self.name("m"))
            self.line(f"{self.matrices[-1]} = {self.random.choice(forms.MATRICES)}", "leaf")

    def module_head(self) -> str:
        made = "".join(
            f"        self.layer{at} = {layer}\n" for at, layer in enumerate(self.layers, start=1)
        ) + "".join(f"        {name} = nn.Parameter(torch.ones(6, 6))\n" for name in self.matrices)
        return (
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"{made}        self.scale = nn.Parameter(torch.full((4, 6), 0.5))\n\n"
            f"    def forward(self, x, case):\n"
        )

    def end(self, in_module: bool) -> None:
        names = [name for name, grad in self.known.whole.items() if grad] or list(self.known.whole)
        chosen = self.random.sample(names, min(len(names), self.random.choice((1, 1, 2, 3))))
        if names[-1] not in chosen and self.chance(0.7):
            chosen[0] = names[-1]
        total = " + ".join(chosen)
        if in_module:
            self.line(f"return ({total}) {self.random.choice('*+')} self.scale", "return")
            self.lines += [("", ""), ("", "")]
            self.depth, self.owner = 0, ""
            self.line("def program(case):", "header")
            self.depth = 1
            self.line("net = Net()", "module made")
            self.line("net(torch.full((4, 6), 0.75), case).sum().backward()", "backward of a module")
            self.line("return []", "return")
            return
        leaves = [name for name in self.known.whole if name.startswith("w")]
        asked = self.random.sample(leaves, self.random.randint(1, len(leaves)))
        form = self.random.randrange(4)
        if form == 0:
            self.line(f"loss = ({total}).sum()", "loss")
            self.line("loss.backward()", "backward")
        elif form == 1:
            self.line(f"({total}).mean().backward()", "backward")
        elif form == 2:
            text = f"torch.autograd.grad(({total}).sum(), [{', '.join(asked)}], allow_unused=True)"
            self.line(f"grads = {text}", "autograd.grad")
            self.line("return list(grads)", "return")
            return
        else:
            self.line(f"loss = F.mse_loss({total}, torch.ones(4, 6))", "loss")
            self.line("loss.backward()", "backward")
        self.line("return []", "return")

    # Statements

    def statement(self) -> None:
        kinds: Sequence[tuple[Callable[[], None], int]] = (
            (self.operation, 12),
            (self.pair, 7),
            (self.product, 4),
            (self.layer, 5),
            (self.alias, 6),
            (self.cut, 3),
            (self.halves, 3),
            (self.write, 6 if self.writes > 0 else 0),
            (self.rows, 2 if self.writes > 0 else 0),
            (self.block, 3 if self.depth < 4 else 0),
            (self.update, 1 if self.writes > 0 and not self.owner else 0),
        )
        self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]()

    def operation(self) -> None:
        name = self.tensor()
        form = self.random.choice(forms.OPERATIONS)
        self.bind(self.target(name), form.format(a=name), form, self.known.whole[name])

    def pair(self) -> None:
        first = self.tensor()
        others = [each for each in self.known.whole if each != first] or [first]
        second = self.random.choice(others)
        if self.owner and self.chance(0.3):
            second = "self.scale"
        form = self.random.choice(forms.PAIRS)
        grad = self.known.whole[first] or self.known.whole.get(second, True)
        self.bind("h", form.format(a=first, b=second), form, grad)

    def product(self) -> None:
        if self.owner and not self.matrices and self.chance(0.6):
            self.matrices.append("self.matrix")
        if self.matrices:
            form = self.random.choice(forms.PRODUCTS)
            self.bind("h", form.format(a=self.tensor(), m=self.random.choice(self.matrices)), form, True)

    def layer(self) -> None:
        name, form = self.tensor(), self.random.choice(forms.LAYERS)
        grad = self.known.whole[name] or any(word in form for word in ("Linear", "Norm", "PReLU"))
        if self.owner:
            self.layers.append(form)
            self.bind(self.target(name), f"self.layer{len(self.layers)}({name})", form, grad)
        elif self.chance(0.5):
            self.bind(self.target(name), f"{form}({name})", form, grad)
        else:
            layer = self.name("layer")
            self.line(f"{layer} = {form}", "layer made")
            if self.chance(0.3):
                self.tell(layer)
            self.bind(self.target(name), f"{layer}({name})", form, grad)

    def tell(self, layer: str) -> None:
        """A layer, or the layers of a model, are told to work in place, or not to."""
        value = self.chance(0.6)
        if self.chance(0.5):
            self.line(f"{layer}.inplace = {value}", "layer told")
            return
        kind = self.random.choice(("nn.ReLU", "nn.SiLU", "nn.Dropout", "(nn.ReLU, nn.ELU)"))
        self.line(f"for each in {layer}.modules():", "header")
        self.line(f"    if isinstance(each, {kind}):", "header")
        self.line(f"        each.inplace = {value}", "layers told")

    def alias(self) -> None:
        name, form = self.tensor(), self.random.choice(forms.NAMES)
        grad = self.known.whole[name] and not any(word in form for word in ("detach", "data"))
        self.bind("t", form.format(a=name, b=self.tensor()), form, grad or "requires_grad_()" in form)

    def cut(self) -> None:
        name, form = self.tensor(), self.random.choice(forms.CUTS)
        view = self.name("v")
        self.line(f"{view} = {form.format(a=name)}", form)
        self.known.cuts.append(view)

    def halves(self) -> None:
        """Parts, of which one may be written, put together again."""
        name, form = self.tensor(), self.random.choice(forms.HALVES)
        first, second = self.name("p"), self.name("p")
        self.line(f"{first}, {second} = {form.format(a=name)}", form)
        if self.writes > 0 and self.chance(0.5):
            self.cut_write(self.random.choice((first, second)))
        if self.chance(0.3):
            second = f"{second}.exp()"
        self.bind("h", f"torch.cat([{first}, {second}])", "cat of parts", self.known.whole[name])

    def rows(self) -> None:
        name, row = self.tensor(), self.name("r")
        self.line(f"for {row} in {name}:", "rows")
        self.depth += 1
        self.cut_write(row)
        self.depth -= 1

    def write(self) -> None:
        """A write in place, of which a backward pass may need what was there."""
        if self.known.cuts and self.chance(0.3):
            self.cut_write(self.random.choice(self.known.cuts))
            return
        name = self.tensor()
        if name.startswith("w") and self.chance(0.7):
            name = self.tensor()  # all writes of leaves are alike
        other = self.random.choice([each for each in self.known.whole if each != name] or [name])
        hidden = self.chance(0.25)
        form = self.random.choice(forms.HIDDEN if hidden else forms.WRITES)
        text = form.format(a=name, b=other)
        result = "=" not in form and form.startswith(("F.", "torch.", "{a}.relu_"))
        if result and self.chance(0.5):
            target = self.target(name)
            self.bind(target, text, f"write {form}", self.known.whole[name])
            self.writes -= 1
        else:
            self.written(text, f"write {form}", text.replace(".data", "") if hidden else "")

    def cut_write(self, view: str) -> None:
        form = self.random.choice(forms.CUT_WRITES)
        self.written(form.format(r=view), f"write {form}")

    def written(self, text: str, tag: str, counted: str = "") -> None:
        self.writes -= 1
        if self.chance(0.25):
            self.line("with torch.no_grad():", "header")
            self.depth += 1
            self.noted(text, f"{tag} under no_grad", counted)
            self.depth -= 1
        else:
            self.noted(text, tag, counted)

    def noted(self, text: str, tag: str, counted: str) -> None:
        if counted:
            scales = not any(word in counted for word in ("add_", "+="))
            self.hidden[len(self.lines)] = Hidden(counted, text.partition(".data")[0], scales)
        self.line(text, tag)

    def block(self) -> None:
        """A branch, a loop, or a block without grad."""
        before, at = self.known, len(self.lines)
        self.known = before.copy()
        header = self.random.choice(
            ("if case % 2:", "if case > 1:", "for i in range(2):", "with torch.no_grad():", "if True:")
        )
        self.line(header, "header")
        self.depth += 1
        for _ in range(self.random.randint(1, 3)):
            self.statement()
        if len(self.lines) == at + 1:
            self.line("pass", "pass")
        self.depth -= 1
        if header.startswith("if case"):
            self.known = before

    def update(self) -> None:
        """A step of an optimizer, or of gradient descent, between a forward and a backward pass."""
        leaf = next((name for name in self.known.whole if name.startswith("w")), "")
        with_grad = [name for name, grad in self.known.whole.items() if grad]
        if not leaf or not with_grad or self.depth > 1:
            return
        self.writes -= 1
        self.line(
            f"({self.random.choice(with_grad)} + {leaf}).sum().backward(retain_graph=True)", "first backward"
        )
        if self.chance(0.5):
            optimizer = self.name("optimizer")
            self.line(f"{optimizer} = torch.optim.SGD([{leaf}], lr=0.1)", "optimizer made")
            self.line(f"{optimizer}.step()", "write optimizer step")
        else:
            self.line("with torch.no_grad():", "header")
            self.line(f"    {leaf} -= 0.1 * {leaf}.grad", "write gradient descent")

    # Drawing

    def bind(self, target: str, text: str, tag: str, grad: bool) -> None:
        name = target if target in self.known.whole else self.name(target)
        self.line(f"{name} = {text}", tag)
        self.known.whole.pop(name, None)
        self.known.whole[name] = grad  # the newest stands last

    def target(self, name: str) -> str:
        """A new name, or the operand's own again: ``h = h.exp()``."""
        return name if name.startswith(("h", "t")) and self.chance(0.25) else "h"

    def tensor(self) -> str:
        """A tensor; recent ones, and those that require grad, are likelier."""
        names = list(self.known.whole)
        weights = [(2 + at) * (3 if self.known.whole[name] else 1) for at, name in enumerate(names)]
        return self.random.choices(names, weights)[0]
