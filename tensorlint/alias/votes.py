"""What the uses of a name say of it: one pass over the instructions of a function, counted by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from tensorlint import ir
from tensorlint.alias.kinds import made_type
from tensorlint.knowledge.catalog import TENSOR_LIBRARIES, Catalog
from tensorlint.knowledge.contracts import is_marked

# Members that arrays of several libraries have, and few other objects.
ARRAY_MEMBERS = frozenset(
    "shape ndim T reshape transpose squeeze flatten ravel mean std sum max min argmax argsort dtype view"
    " clip swapaxes diagonal cumsum prod nonzero fill sort var argmin cumprod".split()
)
# Members of what is no array although it may be indexed like one: containers, text, tables, images, files.
FOREIGN_MEMBERS = frozenset(
    "append extend insert items keys setdefault popitem update pop appendleft popleft discard join"
    " strip lower upper startswith endswith encode decode iloc loc iat columns groupby merge dropna"
    " fillna iterrows itertuples reset_index set_index value_counts convert crop thumbnail getpixel"
    " putpixel tocsr tocsc tocoo toarray todense nnz indptr read write close readline".split()
)
# What the array API standard calls the library of an array, and functions of it that no array has as methods.
NAMESPACES = frozenset({"xp", "xpx"})
OF_NAMESPACES = frozenset(
    "asarray zeros ones empty full arange linspace eye zeros_like ones_like full_like empty_like concat"
    " permute_dims isdtype finfo iinfo result_type".split()
)
# Members of optimizers, which have states and gradients as modules do.
OF_OPTIMIZERS = frozenset({"step", "param_groups"})
# Parts of complex numbers, and of arrays of them.
COMPLEX_PARTS = frozenset({"real", "imag"})
# Members that nothing but arrays has.
UNMISTAKABLE = frozenset({"T", "shape", "ndim", "dtype"})
# Members that give one number for all elements, or one for each row.
REDUCING = frozenset("mean std var sum max min".split())
# Methods of tensors, modules and batches alike, which give the like.
CONVERTING = frozenset("to cpu cuda float double half bfloat16 type".split())
# Methods of arrays that give another array of the same elements.
RESHAPING = frozenset("reshape view ravel squeeze transpose swapaxes".split())
# Functions of PyTorch that take a list of tensors, and of nothing else.
STACKING = frozenset("stack cat concat hstack vstack dstack".split())
# Functions of einops that take an array, or a list of arrays.
ARRANGING = frozenset({"rearrange", "reduce", "repeat"})
# Options of methods that arrays have, and tables of pandas.
ALONG = frozenset({"axis", "dim", "keepdims", "keepdim"})
# What a source of random numbers is called where nothing else tells of it.
GENERATORS = frozenset({"rng", "random_state", "generator"})
# Of lists, bytes and text, no slices can be computed so.
COMPUTES = frozenset({"-", "/", "//", "**", "@", "&", "|", "^", "<<", ">>"})
SCALING = frozenset({"/", "//", "**", "@"})  # of sets, no quotients can be computed either
SUBTRACTING = SCALING | {"-"}  # neither of lists nor of dictionaries
# Functions and methods that give a mask, or indices along an axis, for whatever array they are given.
SELECTING = frozenset(
    "isnan isinf isfinite isin isclose logical_and logical_or logical_not logical_xor flatnonzero argwhere"
    " argsort lexsort arange permutation randperm".split()
)
BY_AXIS = frozenset("nonzero where ix_ triu_indices tril_indices diag_indices".split())  # a tuple of them
# Methods that give a dataset of a file: any index reads a copy of what is there.
FILING = frozenset({"create_dataset", "require_dataset", "create_array", "create_carray", "create_earray"})
MODULES_TOO = frozenset({"requires_grad_", "share_memory_", "apply_"})  # in-place methods of modules as well


@dataclass(slots=True)
class Votes:
    """What the uses of one place say."""

    types: set[str] = field(default_factory=set)  # classes that alone have a member which is used
    takers: set[str] = field(default_factory=set)  # libraries whose functions take it
    members: set[str] = field(default_factory=set)  # of arrays, in several libraries
    sliced: bool = False  # indexed by a mask, or by a tuple with a slice or `...`: nothing but arrays can be
    reversed: bool = False  # by a slice that runs backwards
    shown: bool = False  # by an axis that a method was told, or by what becomes of a part or a conversion
    augmented: bool = False  # by numbers: `x -= y`
    scaled: bool = False  # in a way that no set is: `x /= y`, `x -= a * b`
    sized: bool = False  # asked for its length
    reduced: bool = False  # by a function: `np.mean(x)`
    multiplied: bool = False  # `a @ x`: an array, a sparse matrix, an operator
    filled: bool = False  # `x[:] = y`: an array, a list
    stored: bool = False  # something was stored there
    subtracted: bool = False  # or divided, or negated: numbers and arrays can be
    copied: bool = False  # by a method `copy`
    indexed: bool = False  # by a tuple: a dict can be, too
    subscripted: bool = False
    layered: bool = False  # handed by the `forward` of a module to what that holds
    arranged: bool = False  # handed to einops: an array, or a list of arrays
    keyed: bool = False  # by text: a dict, a table of columns
    optimizes: bool = False  # it is asked to make a step: no module
    foreign: bool = False
    axes: int = 0  # as many as an index spoke of

    def take(self, other: Votes) -> None:
        """Count what is said of another name of the same object."""
        self.types |= other.types
        self.takers |= other.takers
        self.members |= other.members
        for name in FLAGS:
            setattr(self, name, getattr(self, name) or getattr(other, name))

    @property
    def is_plain(self) -> bool:
        """Whether nothing but an array, of whatever library, is used so."""
        if self.sliced or len(self.members) > 1 or (self.arranged and self.members):
            return True
        if (self.augmented and (self.reduced or self.members & REDUCING)) or (self.scaled and self.sized):
            return True
        if self.stored and (self.scaled or self.subtracted) and not self.keyed:
            return True
        if (self.filled and self.multiplied) or (self.indexed and self.stored and self.members):
            return True
        return not self.keyed and (self.shown or not UNMISTAKABLE.isdisjoint(self.members))


FLAGS = tuple(each.name for each in fields(Votes) if each.type == "bool")


class Reader:
    """Reads the instructions of one function into votes."""

    def __init__(
        self, votes: defaultdict[ir.Place, Votes], catalog: Catalog, libraries: tuple[str, ...]
    ) -> None:
        self.votes = votes
        self.catalog = catalog
        self.libraries = libraries
        self.names: dict[ir.Place, tuple[str, ...]] = {}
        self.selecting: set[ir.Operand] = set()  # masks and arrays of indices, where they index
        # Results of `==`, which are masks as well, or truth, and what is compared.
        self.matched: dict[ir.Operand, tuple[ir.Operand, ...]] = {}
        self.module: ir.Place = ""  # `self`, where a module is run
        self.by_axis: set[ir.Operand] = set()  # tuples of such arrays
        self.flattened: dict[ir.Operand, ir.Place] = {}  # result of `flatten` -> what was asked for it
        self.parts: dict[ir.Place, ir.Place] = {}  # `x.real` -> what it is the part of
        self.slices: dict[ir.Operand, ir.Place] = {}  # result -> what a single slice was taken of
        self.appended: defaultdict[ir.Operand, list[ir.Place]] = defaultdict(list)  # list -> what it gets
        self.stacked: set[ir.Operand] = set()  # lists of tensors
        self.listed: dict[ir.Operand, tuple[ir.Operand, ...]] = {}  # display, or `[x] * n` -> what it holds
        self.sums: dict[ir.Operand, tuple[ir.Operand, ...]] = {}  # result of `+` -> what was added
        self.lengths: set[ir.Operand] = set()  # what is computed, or taken out of a shape
        self.made: set[ir.Operand] = set()  # arrays that a known function makes

    def read(self, function: ir.Function) -> None:
        runs = function.name == "forward" and function.class_name and function.parameters
        if runs and self.catalog.is_kind_of(f".{function.class_name}", "torch.nn.Module"):
            self.module = function.parameters[0].name
        self.read_all(ir.instructions(function))
        for part, number in self.parts.items():
            self.votes[number].shown |= self.votes[part].sliced  # but one number cannot be indexed
        for whole in self.stacked:
            for place in (*self.appended[self.slices.get(whole, whole)], *self.listed.get(whole, ())):
                if isinstance(place, str):
                    self.votes[place].types.add("torch.Tensor")

    def read_all(self, instructions: Iterable[ir.Instr]) -> None:
        for instr in instructions:
            if isinstance(instr, ir.Reference):
                self.names[instr.target] = instr.names
            elif isinstance(instr, ir.Operate) and instr.operator in ("<", ">", "<=", ">=", "~", "&", "|"):
                self.selecting.add(instr.target)
            elif isinstance(instr, ir.Operate) and instr.operator in ("==", "!="):
                self.matched[instr.target] = instr.operands
            elif isinstance(instr, (ir.Operate, ir.Augment)) and instr.operator in COMPUTES:
                self.computed(instr)
            elif isinstance(instr, ir.Operate) and instr.operator == "*":
                self.scaled_sum(instr)
                self.lengths.add(instr.target)
                held = [each for operand in instr.operands for each in self.listed.get(operand, ())]
                self.listed[instr.target] = tuple(held)
            elif isinstance(instr, ir.Build):
                self.listed[instr.target] = tuple(element.value for element in instr.elements)
            elif isinstance(instr, ir.Bind) and instr.source in self.listed:
                self.listed.setdefault(instr.target, self.listed[instr.source])
            elif isinstance(instr, ir.Operate) and instr.operator == "+":
                self.sums[instr.target] = instr.operands
            elif isinstance(instr, ir.Augment):  # `x *= y`: of lists, no mean is asked
                self.augmented(instr)
            elif isinstance(instr, ir.CallMethod) and isinstance(instr.receiver, str):
                self.method(instr.receiver, instr)
            elif isinstance(instr, ir.GetAttribute):
                self.attribute(instr)
            elif isinstance(instr, ir.Unpack):
                self.selecting |= set(instr.targets) if instr.source in self.by_axis else set()
                self.lengths |= set(instr.targets) if instr.source in self.lengths else set()
            elif isinstance(instr, (ir.GetItem, ir.SetItem)) and isinstance(instr.base, str):
                self.index(instr.base, instr.index)
                self.item(instr, instr.base)
            elif isinstance(instr, ir.Next) and isinstance(instr.iterable, str):
                self.votes[instr.iterable].subscripted = True
            elif isinstance(instr, ir.Call) and isinstance(instr.function, str):
                self.call(instr)

    def method(self, place: ir.Place, instr: ir.CallMethod) -> None:
        name = instr.name
        if place in NAMESPACES or name in OF_NAMESPACES:
            self.votes[place].foreign = True
            return
        self.selects(instr, name)
        if "numpy" in self.libraries and name == "view" and not instr.arguments:
            self.votes[place].types.add("numpy.ndarray")
        if "torch" in self.libraries:
            if name == "view" and self._are_lengths(instr.arguments):
                self.votes[place].types.add("torch.Tensor")
            if is_marked(name) and name not in MODULES_TOO:
                if self.catalog.lookup(f"torch.Tensor.{name}") is not None:
                    self.votes[place].types.add("torch.Tensor")
                    if place.startswith("%") and place in self.slices:  # `x[1:].zero_()`: no list has slices
                        self.votes[self.slices[place]].types.add("torch.Tensor")  # that can be written so
            if any(each.keyword == "dim" and _is_number(each.value) for each in instr.arguments):
                if self.catalog.lookup(f"torch.Tensor.{name}") is not None:  # tables have names there
                    self.votes[place].types.add("torch.Tensor")
            if name == "register_buffer" and len(instr.arguments) > 1 and instr.arguments[1].keyword is None:
                if isinstance(instr.arguments[1].value, str):
                    self.votes[instr.arguments[1].value].types.add("torch.Tensor")
        if name in ("shuffle", "permutation", "permuted") and place in GENERATORS:
            if "numpy" in self.libraries:
                self.votes[place].types.add("numpy.random.Generator")
        if name == "append" and instr.arguments and isinstance(instr.arguments[0].value, str):
            self.appended[place].append(instr.arguments[0].value)
        if name in ARRAY_MEMBERS and any(argument.keyword in ALONG for argument in instr.arguments):
            self.votes[place].shown = True
        self.votes[place].copied |= name == "copy" and not instr.arguments
        if name == "flatten":
            self.flattened[instr.target] = place
        if name in FILING:
            self.votes[instr.target].foreign = True
        if place == self.module and instr.arguments and isinstance(instr.arguments[0].value, str):
            self.votes[instr.arguments[0].value].layered = True
        self.member(place, name, called=True)
        self.votes[place].foreign |= name == "fill" and len(instr.arguments) > 1  # a polygon, say

    def _are_lengths(self, arguments: tuple[ir.Argument, ...]) -> bool:
        """Whether `view` is asked for lengths, as a tensor's is, and not for a type, as an array's is."""
        values = [argument.value for argument in arguments]
        literal = any(isinstance(value, ir.Literal) and isinstance(value.value, int) for value in values)
        return literal or len(values) > 2 or not self.lengths.isdisjoint(values)

    def attribute(self, instr: ir.GetAttribute) -> None:
        """A member that is not called: objects of many kinds have a ``size`` that is no method."""
        if instr.name == "shape":
            self.lengths.add(instr.target)
        elif instr.name in COMPLEX_PARTS:
            self.parts[instr.target] = instr.base
        told = {*self.catalog.told_by(instr.name, self.libraries)}
        if not any(self._is_method(each, instr.name) for each in told):
            self.member(instr.base, instr.name, called=False)

    def _is_method(self, name: str, member: str) -> bool:
        entry = self.catalog.method(name, member)
        return entry is not None and entry.signature.construct != "property"

    def member(self, place: ir.Place, name: str, *, called: bool) -> None:
        told = set(self.catalog.told_by(name, self.libraries))
        self.votes[place].optimizes |= name in OF_OPTIMIZERS
        if told and self._others_have(name, told, called):
            self.votes[place].members.add(name)
            self.votes[place].shown = True  # an array, and it is open of which library
        elif told:
            self.votes[place].types |= told
        elif name in ARRAY_MEMBERS:
            self.votes[place].members.add(name)
        elif name in FOREIGN_MEMBERS:
            self.votes[place].foreign = True

    def _others_have(self, member: str, told: set[str], called: bool) -> bool:
        """Whether tensors of another library of this file have a member that tells tensors of one, and are
        asked for it so: both NumPy's and JAX's have ``astype``.
        """
        tensors = {self.catalog.tensor_type(library) for library in self.libraries} - told - {""}
        entries = (self.catalog.method(each, member) for each in tensors)
        return all(map(self.catalog.is_tensor, told)) and any(
            (entry.signature.construct != "property") is called for entry in entries if entry is not None
        )

    def selects(self, instr: ir.Call | ir.CallMethod, name: str) -> None:
        """``np.isnan(x)``, ``np.where(x > 0)``, but not ``np.where(x > 0, x, 0)``; ``(x > 0).any(axis=1)``"""
        of_mask = isinstance(instr, ir.CallMethod) and instr.receiver in self.selecting
        if of_mask and name in ("any", "all") and any(each.keyword in ALONG for each in instr.arguments):
            self.selecting.add(instr.target)
        if name in SELECTING:
            self.selecting.add(instr.target)
        elif name in BY_AXIS and (name != "where" or len(instr.arguments) == 1):
            self.selecting.add(instr.target)
            self.by_axis.add(instr.target)

    def computed(self, instr: ir.Operate | ir.Augment) -> None:
        """``x[1:] - x[:-1]``, ``x -= y``, ``a @ x``"""
        if isinstance(instr, ir.Augment):
            self.augmented(instr)
            self.votes[instr.target].scaled |= instr.operator in SCALING or instr.value in self.lengths
        elif instr.operator == "@":
            for operand in instr.operands:
                if isinstance(operand, str):
                    self.votes[operand].multiplied = True
        for operand in instr.operands if isinstance(instr, ir.Operate) else (instr.target,):
            if isinstance(operand, str) and instr.operator in SUBTRACTING:
                self.votes[operand].subtracted = True
            if operand in self.slices:
                self.votes[self.slices[operand]].sliced = True

    def augmented(self, instr: ir.Augment) -> None:
        self.votes[instr.target].augmented = True
        if instr.value in self.made and instr.target in self.slices:  # `x[:n] *= np.hanning(n)`
            self.votes[self.slices[instr.target]].sliced = True

    def scaled_sum(self, product: ir.Operate) -> None:
        """``0.5 * (x[:-2] + x[2:])``: of lists there are sums of slices, but no fractions of them."""
        if any(isinstance(each, ir.Literal) and type(each.value) is float for each in product.operands):
            for operand in product.operands:
                for part in (operand, *self.sums.get(operand, ())):
                    if part in self.slices:
                        self.votes[self.slices[part]].sliced = True

    def item(self, instr: ir.GetItem | ir.SetItem, place: ir.Place) -> None:
        """``x[1:]``, ``x[1:] = y``"""
        cut = len(instr.index) == 1 and isinstance(instr.index[0], ir.Cut)
        if isinstance(instr, ir.SetItem):
            self.votes[place].stored = True
            self.votes[place].filled |= cut
            if place.startswith("%") and place in self.flattened:  # `x.flatten()[0] = y`
                self.votes[self.flattened[place]].shown = True
        elif cut:
            self.slices[instr.target] = place
            if place in self.selecting:
                self.selecting.add(instr.target)

    def index(self, place: ir.Place, selectors: ir.Index) -> None:
        votes = self.votes[place]
        votes.subscripted = True
        votes.axes = max(votes.axes, sum(map(self._is_axis, selectors)))
        marked = any(
            isinstance(s, ir.Pick) and s.value in (ir.Literal(None), ir.Literal(...)) for s in selectors
        )
        masked = any(
            isinstance(s, ir.Pick) and (s.value in self.selecting or place in self.matched.get(s.value, ()))
            for s in selectors  # `x[x == 0]`: nobody asks a list or a dict for that
        )
        if len(selectors) > 1 or marked:
            votes.indexed = True
            votes.reversed |= any(isinstance(s, ir.Cut) and _is_negative(s.step) for s in selectors)
        votes.keyed |= any(isinstance(s, ir.Pick) and _is_text(s.value) for s in selectors)
        if masked or (len(selectors) > 1 and (marked or any(isinstance(s, ir.Cut) for s in selectors))):
            votes.sliced = True

    def _is_axis(self, selector: ir.Selector) -> bool:
        """Whether a selector speaks of at least one axis: not ``None``, ``...`` or the name of a field."""
        if isinstance(selector, ir.Cut):
            return True
        if isinstance(selector.value, ir.Literal):
            return type(selector.value.value) is int
        return not any(name.endswith("newaxis") for name in self.names.get(selector.value, ()))

    def call(self, instr: ir.Call) -> None:
        for name in self.names.get(str(instr.function), ()):
            name = self.catalog.canonical(name)
            library, _, rest = name.partition(".")
            if name == "builtins.len" and instr.arguments and isinstance(instr.arguments[0].value, str):
                self.votes[instr.arguments[0].value].sized = True
            if library == "cv2" and instr.arguments and isinstance(instr.arguments[0].value, str):
                if self._takes_image(name):
                    self.votes[instr.arguments[0].value].types.add("numpy.ndarray")
            if library in TENSOR_LIBRARIES:
                self.selects(instr, rest.rpartition(".")[2])
            if library == "einops" and instr.arguments and isinstance(instr.arguments[0].value, str):
                self.votes[instr.arguments[0].value].arranged |= rest in ARRANGING
            if library == "torch" and rest in STACKING and instr.arguments:
                self.stacked.add(instr.arguments[0].value)
            if library in ("numpy", "torch"):
                self.written(name, instr.arguments, library)
            if made_type(ir.Made(instr.origin, (name,)), self.catalog):
                self.made.add(instr.target)
            if name == "torch.from_numpy" and instr.arguments and isinstance(instr.arguments[0].value, str):
                self.votes[instr.arguments[0].value].types.add("numpy.ndarray")
            if library in TENSOR_LIBRARIES and _takes_tensors(library, rest):
                behind = bool(instr.arguments) and _is_text(instr.arguments[0].value)  # an equation
                for argument in instr.arguments[behind : behind + 1]:
                    if isinstance(argument.value, str) and not argument.stars:
                        taken = self.votes[argument.value]
                        taken.takers.add("tensorflow" if library == "keras" else library)
                        taken.reduced |= rest.rpartition(".")[2] in REDUCING | {"norm"}

    def written(self, name: str, arguments: tuple[ir.Argument, ...], library: str) -> None:
        """``np.exp(x, out=x)``, ``np.exp(x, x)``: nothing but an array takes what a function computes."""
        entry = self.catalog.lookup(name)
        parameters = [each.name for each in entry.signature.parameters] if entry is not None else []
        for position, argument in enumerate(arguments):
            if argument.stars:
                return
            called = argument.keyword or (parameters[position] if position < len(parameters) else "")
            if called == "out" and isinstance(argument.value, str):
                self.votes[argument.value].takers.add(library)
                self.votes[argument.value].shown = True

    def _takes_image(self, name: str) -> bool:
        """Whether the first argument of a function of OpenCV is an image."""
        entry = self.catalog.lookup(name)
        parameters = entry.signature.parameters if entry is not None else ()
        return bool(parameters) and parameters[0].name in ("img", "image", "src", "src1")


def _is_text(operand: ir.Operand) -> bool:
    return isinstance(operand, ir.Literal) and isinstance(operand.value, str)


def _is_number(operand: ir.Operand) -> bool:
    return isinstance(operand, ir.Literal) and type(operand.value) is int


def _is_negative(step: ir.Operand) -> bool:
    return isinstance(step, ir.Literal) and isinstance(step.value, int) and step.value < 0


def _takes_tensors(library: str, name: str) -> bool:
    if library == "torch":
        plain = name.isidentifier() and not name.startswith("_")  # `_foreach_add_` takes lists
        writes = plain and name.endswith("_")
        return writes or name.startswith(("nn.functional.", "fft.")) or name in TORCH_TAKES
    return name.removeprefix("numpy.").removeprefix("ops.") in NUMPY_TAKES


NUMPY_TAKES = frozenset(
    "linalg.norm mean std sum max min argmax argsort sort clip reshape transpose copy flip roll pad"
    " where argmin squeeze expand_dims ravel moveaxis swapaxes cumsum fft.fft percentile median"
    " unique allclose array_split split nan_to_num reduce_mean reduce_sum reduce_max cast softmax nn.softmax"
    " nn.relu matmul einsum".split()
)
TORCH_TAKES = frozenset(
    "sum mean std var median softmax log_softmax logsumexp sigmoid relu exp log log1p expm1 sqrt rsqrt abs"
    " sign round floor ceil sin cos tanh erf clamp div matmul bmm mm mv dot outer where lerp"
    " transpose permute movedim swapaxes flatten squeeze unsqueeze reshape zeros_like ones_like empty_like"
    " full_like rand_like randn_like sort topk argsort argmax argmin max min norm cumsum cumprod prod"
    " gather scatter index_select masked_select masked_fill nonzero flip roll rot90 tril triu diag diagonal"
    " chunk split unbind narrow clone detach nan_to_num isnan isinf isfinite repeat_interleave tile unique"
    " multinomial allclose any all".split()
)
