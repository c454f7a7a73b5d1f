"""Tensors of every kind for calls to be tried on, each made anew."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from runtime_check.audit.torch_trial import Given, given

Tensor = Any
Probes = Callable[[], Sequence[Given]]


def real(*shape: int) -> Tensor:
    """Numbers between zero and one, all different."""
    count = torch.Size(shape).numel()
    return (torch.arange(count) * 7 % (count + 1) + 1.0).reshape(shape) / (count + 2)


def whole(*values: Any) -> Tensor:
    return torch.tensor(values)


def leaf(*shape: int) -> Tensor:
    return real(*shape).requires_grad_()


def with_grad(*shape: int) -> Tensor:
    found = leaf(*shape)
    found.grad = real(*shape) * 9
    return found


def conjugated() -> Tensor:
    return torch.conj(torch.complex(real(3), real(3)))


def negated() -> Tensor:
    return conjugated().imag


def quantized() -> Tensor:
    return torch.quantize_per_tensor(real(3, 4), 0.1, 0, torch.quint8)


def quantized_per_channel() -> Tensor:
    return torch.quantize_per_channel(real(2, 3), whole(0.1, 0.2), whole(0, 0), 0, torch.quint8)


def compressed() -> Tensor:
    return torch.eye(3).to_sparse_csr()


def sparse() -> Tensor:
    return torch.eye(3).to_sparse()


def saved() -> io.BytesIO:
    file = io.BytesIO()
    torch.save(real(3), file)
    file.seek(0)
    return file


def scripted() -> io.BytesIO:
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), file)
    file.seek(0)
    return file


def symmetric() -> Tensor:
    return torch.eye(4) * 4 + real(4, 4) + real(4, 4).t()


def file_of_floats() -> str:
    handle, name = tempfile.mkstemp()
    os.write(handle, np.arange(4, dtype=np.float32).tobytes())
    os.close(handle)
    return name


def padded(*, batch_first: bool = False) -> Given:
    return given(real(3, 2, 4), whole(3, 2), batch_first=batch_first)


SHAPES: Probes = lambda: [given(2, 3), given((2, 3)), given(2, 3, out=torch.full((2, 3), 9.0))]  # noqa: E731
WINDOW: Probes = lambda: [given(5), given(6, periodic=False)]  # noqa: E731
NOTHING: Probes = lambda: [given()]  # noqa: E731
# What is asked of a tensor without a look at an element, and of no tensor at all.
ONE: Probes = lambda: [given(real(2, 3)), given(whole(1, 2))]  # noqa: E731
QUANTIZED: Probes = lambda: [given(quantized())]  # noqa: E731
PER_CHANNEL: Probes = lambda: [given(quantized_per_channel())]  # noqa: E731


def spelled_out(*tables: Mapping[str, Probes]) -> dict[str, Probes]:
    return {name: probes for table in tables for names, probes in table.items() for name in names.split()}
