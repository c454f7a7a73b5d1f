"""Calls of operators that no battery reaches: what begins with a shape, or takes tensors that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from runtime_check.audit.torch_tensors import (
    ONE,
    PER_CHANNEL,
    QUANTIZED,
    SHAPES,
    WINDOW,
    Probes,
    Tensor,
    compressed,
    conjugated,
    file_of_floats,
    leaf,
    negated,
    quantized,
    real,
    sparse,
    symmetric,
    whole,
    with_grad,
)
from runtime_check.audit.torch_trial import Given, given

# The operator of a name, wherever it can be called, in place included.
OPERATORS: Mapping[str, Probes] = {
    "addbmm": lambda: [
        given(real(2, 3), real(4, 2, 5), real(4, 5, 3)),
        given(real(2, 3), real(4, 2, 5), real(4, 5, 3), out=torch.zeros(2, 3)),
    ],
    "addmv": lambda: [
        given(real(2), real(2, 3), real(3)),
        given(real(2), real(2, 3), real(3), out=torch.zeros(2)),
    ],
    "as_strided_scatter": lambda: [
        given(real(4, 4), real(2, 2), (2, 2), (4, 1)),
        given(real(4, 4), real(2, 2), (2, 2), (4, 1), out=torch.zeros(4, 4)),
    ],
    "bincount": lambda: [given(whole(1, 2, 2))],
    "cartesian_prod": lambda: [given(real(2), real(3)), given(real(2))],
    "float_power": lambda: [given(real(3).double(), 2), given(real(3), 2)],
    "int_repr": QUANTIZED,
    "lu_solve": lambda: [
        given(real(4, 2), *torch.linalg.lu_factor(symmetric())),
        given(real(4, 2), *torch.linalg.lu_factor(symmetric()), out=torch.zeros(4, 2)),
    ],
    "nonzero_static": lambda: [
        given(real(3), size=2),
        given(real(3), size=2, out=torch.full((2, 1), 9)),
    ],
    "ormqr": lambda: [
        given(*torch.geqrf(symmetric()), real(4, 2)),
        given(*torch.geqrf(symmetric()), real(4, 2), out=torch.zeros(4, 2)),
    ],
    "polygamma": lambda: [given(1, real(3)), given(real(3), 1), given(1, real(3), out=torch.zeros(3))],
    "resize_as_sparse": lambda: [given(sparse(), torch.eye(4).to_sparse())],
    "q_per_channel_axis": PER_CHANNEL,
    "q_per_channel_scales": PER_CHANNEL,
    "q_per_channel_zero_points": PER_CHANNEL,
    "q_scale": QUANTIZED,
    "q_zero_point": QUANTIZED,
    "qscheme": QUANTIZED,
    "dequantize": QUANTIZED,
    "resolve_conj": lambda: [given(conjugated())],
    "resolve_neg": lambda: [given(negated())],
    "smm": lambda: [given(sparse(), real(3, 3)), given(compressed(), real(3, 3))],
    "hsmm": lambda: [given(sparse(), real(3, 3))],
    "hspmm": lambda: [given(sparse(), real(3, 3))],
    "saddmm": lambda: [given(sparse(), sparse(), real(3, 3)), given(real(3, 3), sparse(), real(3, 3))],
    "sspaddmm": lambda: [given(sparse(), sparse(), real(3, 3))],
    "crow_indices_copy": lambda: [given(compressed())],
    "col_indices_copy": lambda: [given(compressed())],
    "ccol_indices_copy": lambda: [given(torch.eye(3).to_sparse_csc())],
    "row_indices_copy": lambda: [given(torch.eye(3).to_sparse_csc())],
    "median": lambda: [given(real(3, 4), dim=1), given(real(3, 4), 1)],
    "nanmedian": lambda: [given(real(3, 4), dim=1), given(real(3, 4), 1)],
    "clone": lambda: [given(real(2, 3), memory_format=torch.contiguous_format)],
    "to_dense": lambda: [given(real(3))],
    "to_sparse": lambda: [given(sparse())],
    "to_sparse_bsc": lambda: [given(torch.eye(4).to_sparse_bsc((2, 2)), (2, 2)), given(torch.eye(4), (2, 2))],
    "to_sparse_bsr": lambda: [given(torch.eye(4).to_sparse_bsr((2, 2)), (2, 2)), given(torch.eye(4), (2, 2))],
    "unique": lambda: [given(real(3), return_counts=True)],
    "unique_consecutive": lambda: [given(real(3), return_inverse=True)],
    "nonzero": lambda: [given(real(3, 2), as_tuple=True)],
    "detach": lambda: [given(leaf(3)), given(leaf(3) * 2)],
    "tensor_split": lambda: [given(real(5, 2), 2), given(real(5, 2), (1, 3)), given(real(5, 2), 2, 1)],
    "vsplit": lambda: [given(real(4, 4), 2), given(real(4, 4), (1, 3)), given(real(4, 4), 1, 3)],
    "hsplit": lambda: [
        given(real(4, 4), 2),
        given(real(4, 4), (1, 3)),
        given(real(4, 4), 3, 1),
        given(real(4), 2),
    ],
    "dsplit": lambda: [given(real(2, 2, 4), 2), given(real(2, 2, 4), (1, 3)), given(real(2, 2, 4), 1, 3)],
    "index_put": lambda: [given(real(3), (whole(0, 1),), whole(5.0, 6.0))],
    "where": lambda: [given(real(3) > 0.5, real(3), torch.ones(3))],
    "ldl_solve": lambda: [
        given(*torch.linalg.ldl_factor(symmetric()), real(4, 2)),
        given(*torch.linalg.ldl_factor(symmetric()), real(4, 2), out=torch.zeros(4, 2)),
    ],
    "multi_dot": lambda: [
        given([real(2, 3), real(3, 4), real(4, 2)]),
        given([real(2, 3), real(3, 2)], out=torch.zeros(2, 2)),
    ],
    "solve_triangular": lambda: [
        given(symmetric(), real(4, 2), upper=True),
        given(symmetric(), real(4, 2), upper=True, out=torch.zeros(4, 2)),
    ],
    "lu_unpack": lambda: [given(*torch.linalg.lu_factor(symmetric()))],
    "lobpcg": lambda: [given(torch.eye(9) + real(9, 9) @ real(9, 9).t(), 1)],
    "argsort": lambda: [given(real(3), stable=True)],
    "einsum": lambda: [
        given("ij,jk->ik", real(2, 3), real(3, 2)),
        *(given(equation, real(3, 3)) for equation in ("ij->ji", "...j->j...", "ji", "ii->i", "ij->i", "ii")),
    ],
    "tensordot": lambda: [given(real(2, 3), real(3, 2), 1)],
    "embedding": lambda: [given(real(5, 3), whole(1, 2))],
    "embedding_renorm": lambda: [given(real(5, 3) * 9, whole(1, 2), 0.1, 2.0)],
}

NUMPY_TYPES = {
    "BFloat16": "f4",
    "Bool": "?",
    "Byte": "u1",
    "Char": "i1",
    "Double": "f8",
    "Float": "f4",
    "Half": "f2",
    "Int": "i4",
    "Long": "i8",
    "Short": "i2",
}
MAKERS: Mapping[str, Probes] = {
    "torch.empty torch.zeros torch.ones torch.rand torch.randn": SHAPES,
    "torch.full": lambda: [given((2, 3), 4.0), given((2,), 4.0, out=torch.zeros(2))],
    "torch.eye": lambda: [given(3), given(2, 3), given(3, out=torch.zeros(3, 3))],
    "torch.empty_permuted": lambda: [given((2, 3), (1, 0))],
    "torch.empty_strided": lambda: [given((2, 3), (1, 2))],
    "torch.empty_quantized": lambda: [given((3, 4), quantized())],
    "torch.randint": lambda: [given(5, (2, 3)), given(1, 5, (3,), out=torch.full((3,), 9))],
    "torch.randperm": lambda: [given(5), given(5, out=torch.full((5,), 9))],
    "torch.fft.fftfreq torch.fft.rfftfreq": lambda: [given(4)],
    "torch.scalar_tensor": lambda: [given(2.0)],
    "torch.tensor": lambda: [given([[1, 2], [3, 4]]), given(5), given(np.ones(3)), given(real(3))],
    "torch.tril_indices torch.triu_indices": lambda: [given(3, 3), given(3, 4, 1)],
    "torch.bartlett_window torch.blackman_window torch.hamming_window torch.hann_window"
    " torch.kaiser_window": WINDOW,
    "torch.sparse_coo_tensor": lambda: [given(whole((0, 1), (1, 0)), whole(2.0, 3.0), (2, 2))],
    "torch.sparse_csr_tensor torch.sparse_csc_tensor": lambda: [
        given(whole(0, 1, 2), whole(0, 1), whole(2.0, 3.0), (2, 2))
    ],
    "torch.sparse_compressed_tensor": lambda: [
        given(whole(0, 1, 2), whole(0, 1), whole(2.0, 3.0), (2, 2), layout=torch.sparse_csr)
    ],
    "torch.sparse_bsr_tensor torch.sparse_bsc_tensor": lambda: [
        given(whole(0, 1, 2), whole(0, 1), real(2, 2, 2), (4, 4))
    ],
    "torch.bernoulli torch.poisson": ONE,
    "torch.binomial": lambda: [given(whole(9.0, 8.0), whole(0.5, 0.5))],
    "torch.multinomial": lambda: [given(real(4), 2)],
    "torch.normal": lambda: [given(real(3), real(3)), given(0.0, 1.0, (2, 3))],
    "torch.from_file": lambda: [given(file_of_floats(), False, 4)],
    "torch.as_tensor": lambda: [
        given(real(3)),
        given(np.ones(3)),
        given([1.0, 2]),
        given(np.ones(3), torch.float32),
    ],
    "torch.asarray": lambda: [
        given(real(3)),
        given(np.ones(3)),
        given([1.0, 2]),
        given(real(3), copy=True),
        given(real(3), dtype=torch.double),
    ],
    "torch.from_numpy": lambda: [given(np.ones(3)), given(np.arange(6.0).reshape(2, 3).T)],
    "torch.frombuffer": lambda: [given(np.arange(4.0, dtype=np.float32), dtype=torch.float32)],
    "torch.from_dlpack torch.utils.dlpack.from_dlpack": lambda: [
        given(np.ones(3)),
        given(real(2, 3).t()),
        given(real(3), copy=True),
    ],
    "torch.autograd.Variable": lambda: [given(real(3))],
    "torch.tile": lambda: [given(real(2, 3), (2, 1))],
    **{
        f"torch.{kind}Tensor": lambda kind=kind, dtype=dtype: [  # type: ignore[misc]
            given(2, 3),
            given([1, 0]),
            given(np.ones(2, dtype)),
            given(getattr(torch, f"{kind}Tensor")(2).zero_()),
        ]
        for kind, dtype in NUMPY_TYPES.items()
    },
    "torch.Tensor": lambda: [given(2, 3), given([1.0]), given(np.ones(2, np.float32)), given(real(2))],
    "torch.nn.Parameter torch.nn.Buffer": lambda: [given(real(3)), given(real(2, 3).t())],
}

METHODS: Mapping[str, Probes] = {
    "torch.linalg.lu_solve": lambda: [given(*torch.linalg.lu_factor(symmetric()), real(4, 2))],
    "torch.lu torch.Tensor.lu": lambda: [given(symmetric()), given(symmetric(), get_infos=True)],
    "torch.linalg.lstsq": lambda: [given(real(4, 2), real(4, 1))],
    "torch.linalg.ldl_factor_ex": lambda: [given(symmetric())],
    "torch.Tensor.__deepcopy__": lambda: [given(real(2, 3), {})],
    "torch.Tensor.__format__": lambda: [given(whole(1.0)[0], "")],
    "torch.Tensor.__index__": lambda: [given(whole(1)[0])],
    "torch.Tensor.__getitem__": lambda: [
        given(real(3, 4), 1),
        given(real(3, 4), slice(0, 2)),
        given(real(3, 4), (slice(None), None, 1)),
        given(real(3, 4), [0, 2]),
        given(real(3, 4), real(3, 4) > 0.5),
    ],
    "torch.Tensor.__setitem__": lambda: [given(real(3, 4), 1, 9.0), given(real(3, 4), whole(0, 1), real(4))],
    "torch.Tensor._coalesced_": lambda: [given(sparse(), False)],
    "torch.Tensor.backward": lambda: [given((leaf(3) * 2).sum())],
    "torch.Tensor.contiguous": lambda: [
        given(real(2, 2, 4, 4), memory_format=torch.channels_last),
        given(real(2, 2, 4, 4).to(memory_format=torch.channels_last), memory_format=torch.channels_last),
    ],
    "torch.Tensor.cpu": lambda: [given(real(2, 2))],
    "torch.Tensor.grad": lambda: [given(with_grad(3))],
    "torch.Tensor.is_coalesced": lambda: [given(sparse())],
    "torch.Tensor.coalesce": lambda: [
        given(torch.sparse_coo_tensor(whole((0, 0), (1, 1)), whole(2.0, 3.0), (2, 2)))
    ],
    "torch.Tensor.map2_": lambda: [given(real(3), real(3), real(3), lambda a, b, c: a + b + c + 1)],
    "torch.Tensor.new": lambda: [
        given(real(2), np.ones(2, np.float32)),
        given(real(2), 2, 3),
        given(real(2), real(2)),
        given(real(2), [1.0]),
    ],
    "torch.Tensor.numpy": lambda: [
        given(real(3)),
        given(leaf(3), force=True),
        given(conjugated(), force=True),
    ],
    "torch.Tensor.register_hook": lambda: [given(leaf(3), lambda grad: None)],
    "torch.Tensor.register_post_accumulate_grad_hook": lambda: [given(leaf(3), lambda tensor: None)],
    "torch.Tensor.requires_grad_": lambda: [given(real(3)), given(leaf(3), False)],
    "torch.Tensor.retain_grad": lambda: [given(leaf(3) * 2)],
    "torch.Tensor.share_memory_": lambda: [given(real(3))],
    "torch.Tensor.sparse_mask": lambda: [given(real(3, 3), sparse())],
    "torch.Tensor.sparse_resize_ torch.Tensor.sparse_resize_and_clear_": lambda: [
        given(torch.sparse_coo_tensor(size=(2, 2)), (3, 3), 2, 0)
    ],
    "torch.Tensor.to": lambda: [
        given(real(3), torch.float32, copy=True),
        given(real(3), torch.float64),
        given(real(3), "cpu"),
        given(real(3), real(3).double()),
    ],
    "torch.Tensor.to_padded_tensor": lambda: [given(torch.nested.nested_tensor([real(2), real(3)]), 0.0)],
    "torch.Tensor.module_load": lambda: [given(real(3), real(3))],
    "torch.Tensor.tile": lambda: [given(real(2, 3), 2, 1)],
    "torch.Tensor.conj_physical": lambda: [given(torch.complex(real(3), real(3)))],
    "torch.UntypedStorage.data_ptr torch.UntypedStorage.nbytes torch.UntypedStorage.size": lambda: [
        given(real(3).untyped_storage())
    ],
    "torch.UntypedStorage.resize_": lambda: [given(real(3).untyped_storage(), 20)],
}


def foreach() -> Sequence[Given]:
    """What an operator over lists of tensors may take: one list, two, three, numbers."""

    def some(factor: float = 1) -> list[Tensor]:
        return [real(3) * factor, real(2, 2) * factor]

    return [
        given(some()),
        given(some(), some(2)),
        given(some(), 2.0),
        given(some(), some(2), some(3)),
        given(some(), some(2), 0.5),
        given([real(2, 2)], [real(2, 2)]),
    ]
