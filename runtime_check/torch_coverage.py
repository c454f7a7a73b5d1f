"""What an installed PyTorch offers by a public name, and what of it the tables lack.

``python -m runtime_check.torch_schemas`` prints it. What is left out on purpose stands in ``LEFT_OUT``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from tensorlint.knowledge.catalog import Catalog

NAMESPACES = (
    "torch",
    "torch.Tensor",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.optim",
    "torch.linalg",
    "torch.fft",
    "torch.special",
)
# reason -> a pattern of the names
LEFT_OUT: Mapping[str, str] = {
    "classes of the script compiler, of storages, of errors": r"torch\.[A-Z]\w*",
    "imported for annotations": r"torch\.(fft|special|nn\.\w+)\.Tensor",
    "base classes, and classes that only raise": (
        r"torch\.nn\.(Container|Module|NLLLoss2d|RNNBase|RNNCellBase|Uninitialized\w+|\w+Options)"
        r"|torch\.optim\.Optimizer|torch\.linalg\.LinAlgError"
    ),
    "one backend's own form of an operator": r"torch\.(cudnn|miopen|mkldnn|fbgemm)_\w+",
    "steps of quantization that converted models run": (
        r"torch\.(quantized_\w+|fake_quantize_\w+|fused_moving_\w+|choose_qparams_optimized"
        r"|quantize_per_tensor_dynamic)"
    ),
    "kernels that layers and their backward passes call": (
        r"torch\.(batch_norm_\w+|native_(batch|group|layer)_norm|native_dropout|native_norm|norm_except_dim"
        r"|(gru|lstm|rnn_relu|rnn_tanh)(_cell)?|affine_grid_generator|max_pool1d_with_indices|embedding_bag"
        r"|adaptive_max_pool1d|segment_reduce)"
    ),
    "sizes of traced programs": r"torch\.sym_\w+",
    "settings, and what asks for them": (
        r"torch\.(get|set|is|init|clear|autocast)_(?!nonzero)\w+|torch\.(dtype|layout|memory_format|qscheme)"
    ),
    "removed: they only raise": (
        r"torch\.(Tensor\.)?(eig|lstsq|matrix_rank|solve|symeig)|torch\.Tensor\.reinforce"
    ),
    "take functions, or wait for them": r"torch\.(cond|while_loop|fork|wait)",
    "machinery of the script compiler, of profiling, of dispatch": (
        r"torch\.(parse_\w+|import_ir\w+|merge_type\w+|unify_type_list|compiled_with\w+|prepare_multi\w+"
        r"|profiler_\w+|classproperty|thread_safe_generator)"
        r"|torch\.nn\.functional\.(ScalingType|SwizzleType|assert_int_or_pair|boolean_dispatch|\w*torch_function\w*)"
        r"|torch\.nn\.factory_kwargs|torch\.optim\.swap_in_optimizer_params_and_state"
    ),
    "take numbers of eight bits": r"torch\.nn\.functional\.(scaled_mm|scaled_grouped_mm)",
    "not documented": r"torch\.nn\.functional\.native_channel_shuffle|torch\.Tensor\.index",
}


def is_left_out(name: str) -> bool:
    return any(matches(pattern, name) for pattern in LEFT_OUT.values())


def matches(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name) is not None


def offered(namespace: str) -> Iterator[str]:
    """The public names of a namespace that can be called or are a tensor's attributes, modules left aside."""
    from runtime_check.audit.torch_trial import resolve

    home = resolve(namespace)
    for name in dir(home):
        found: Any = getattr(home, name, None)
        if name.startswith("_") or isinstance(found, ModuleType) or not _is_own(home, found):
            continue
        if callable(found) or inspect.isclass(home):
            yield f"{namespace}.{name}"


def _is_own(home: Any, found: Any) -> bool:
    """Whether PyTorch made it: what a module has imported from elsewhere is no part of it."""
    origin = getattr(found, "__module__", None) or "torch"
    return inspect.isclass(home) or str(origin).partition(".")[0] == "torch"


def lacking(catalog: Catalog) -> Mapping[str, list[str]]:
    """By namespace: the names that have no entry and are not left out."""
    return {
        namespace: [
            name for name in offered(namespace) if not is_left_out(name) and catalog.lookup(name) is None
        ]
        for namespace in NAMESPACES
    }


def summary(catalog: Catalog) -> Iterator[str]:
    """One line for each namespace, and one for the operators that share or write."""
    from runtime_check.torch_schemas import reachable_operators

    operators = reachable_operators()
    known = sum(catalog.lookup(operator.name) is not None for operator in operators)
    yield f"operators that share or write, as torch.* or Tensor.*: {known} of {len(operators)} have an entry"
    for namespace in NAMESPACES:
        names = [*offered(namespace)]
        left_out = [name for name in names if catalog.lookup(name) is None and is_left_out(name)]
        known = sum(catalog.lookup(name) is not None for name in names)
        yield f"{namespace}: {known} of {len(names)} public names have an entry, {len(left_out)} left out"
