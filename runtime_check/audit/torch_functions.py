"""Calls of PyTorch's functions that are no operators: functional layers, utilities, what sets or asks."""

from __future__ import annotations

import io
from collections.abc import Mapping

import torch
from torch.nn import functional as F

from runtime_check.audit.torch_tensors import (
    NOTHING,
    ONE,
    PER_CHANNEL,
    QUANTIZED,
    Probes,
    leaf,
    padded,
    real,
    saved,
    scripted,
    whole,
    with_grad,
)
from runtime_check.audit.torch_trial import given

FUNCTIONAL: Mapping[str, Probes] = {
    "torch.batch_norm": lambda: [
        given(real(4, 3), None, None, torch.zeros(3), torch.ones(3), training, 0.1, 1e-5, False)
        for training in (True, False)
    ],
    "torch.instance_norm": lambda: [
        given(real(2, 3, 4), None, None, torch.zeros(3), torch.ones(3), training, 0.1, 1e-5, False)
        for training in (True, False)
    ],
    "torch.nn.functional.linear_cross_entropy": lambda: [given(real(2, 3), real(4, 3), whole(0, 2))],
    "torch.nn.functional.grouped_mm": lambda: [given(real(2, 4, 4), real(2, 4, 4))],
    "torch.quantize_per_tensor": lambda: [given(real(3), 0.1, 0, torch.quint8)],
    "torch.quantize_per_channel": lambda: [given(real(2, 3), whole(0.1, 0.2), whole(0, 0), 0, torch.quint8)],
    "torch.nn.functional.affine_grid": lambda: [given(real(2, 2, 3), (2, 1, 4, 4))],
    "torch.nn.functional.conv3d torch.conv3d": lambda: [given(real(1, 2, 4, 4, 4), real(3, 2, 2, 2, 2))],
    "torch.nn.functional.conv_tbc torch.conv_tbc": lambda: [given(real(5, 2, 3), real(2, 3, 4), real(4))],
    "torch.nn.functional.conv_transpose1d torch.conv_transpose1d": lambda: [
        given(real(1, 2, 4), real(2, 3, 2))
    ],
    "torch.conv1d torch.nn.functional.conv1d": lambda: [given(real(1, 2, 4), real(3, 2, 2))],
    "torch.conv2d torch.nn.functional.conv2d": lambda: [given(real(1, 2, 4, 4), real(3, 2, 2, 2))],
    "torch.conv_transpose2d torch.nn.functional.conv_transpose2d": lambda: [
        given(real(1, 2, 4, 4), real(2, 3, 2, 2))
    ],
    "torch.nn.functional.conv_transpose3d torch.conv_transpose3d": lambda: [
        given(real(1, 2, 4, 4, 4), real(2, 3, 2, 2, 2))
    ],
    "torch.convolution": lambda: [given(real(1, 2, 4), real(3, 2, 2), None, [1], [0], [1], False, [0], 1)],
    "torch.nn.functional.ctc_loss torch.ctc_loss": lambda: [
        given(real(5, 1, 3).log_softmax(2), whole((1, 2)), whole(5), whole(2))
    ],
    "torch.nn.functional.embedding": lambda: [
        given(whole(1, 2), real(5, 3)),
        given(whole(1, 2), real(5, 3) * 9, max_norm=0.1),
    ],
    "torch.nn.functional.embedding_bag": lambda: [given(whole((1, 2)), real(5, 3))],
    "torch.embedding_bag": lambda: [given(real(5, 3), whole(1, 2), whole(0))],
    "torch.nn.functional.grid_sample": lambda: [given(real(1, 1, 4, 4), real(1, 3, 3, 2))],
    "torch.grid_sampler torch.grid_sampler_2d": lambda: [
        given(real(1, 1, 4, 4), real(1, 3, 3, 2), 0, 0, False)
    ],
    "torch.grid_sampler_3d": lambda: [given(real(1, 1, 4, 4, 4), real(1, 3, 3, 3, 3), 0, 0, False)],
    "torch.nn.functional.max_unpool1d": lambda: [
        given(*F.max_pool1d(real(1, 1, 4), 2, return_indices=True), 2)
    ],
    "torch.nn.functional.max_unpool2d": lambda: [
        given(*F.max_pool2d(real(1, 1, 4, 4), 2, return_indices=True), 2)
    ],
    "torch.nn.functional.max_unpool3d": lambda: [
        given(*F.max_pool3d(real(1, 1, 4, 4, 4), 2, return_indices=True), 2)
    ],
    "torch.nn.functional.max_pool1d torch.nn.functional.adaptive_max_pool1d": lambda: [
        given(real(1, 1, 4), 2, return_indices=True)
    ],
    "torch.nn.functional.max_pool2d torch.nn.functional.adaptive_max_pool2d": lambda: [
        given(real(1, 1, 4, 4), 2, return_indices=True)
    ],
    "torch.nn.functional.max_pool3d torch.nn.functional.adaptive_max_pool3d": lambda: [
        given(real(1, 1, 4, 4, 4), 2, return_indices=True)
    ],
    "torch.nn.functional.fractional_max_pool2d": lambda: [
        given(real(1, 1, 4, 4), 2, output_size=2, return_indices=True)
    ],
    "torch.nn.functional.fractional_max_pool3d": lambda: [
        given(real(1, 1, 4, 4, 4), 2, output_size=2, return_indices=True)
    ],
    "torch.nn.functional.multi_head_attention_forward": lambda: [
        given(
            *(real(3, 1, 4), real(3, 1, 4), real(3, 1, 4), 4, 2, real(12, 4), real(12), None, None),
            *(False, 0.0, real(4, 4), real(4)),
        )
    ],
    "torch.nn.functional.multilabel_margin_loss": lambda: [given(real(4), whole(1, 0, -1, 2))],
    "torch.nn.functional.batch_norm": lambda: [
        given(real(4, 3), torch.zeros(3), torch.ones(3), training=True),
        given(real(4, 3), torch.zeros(3), torch.ones(3)),
    ],
    "torch.nn.functional.instance_norm": lambda: [
        given(real(2, 3, 4), torch.zeros(3), torch.ones(3)),
        given(real(2, 3, 4)),
    ],
    "torch.nn.functional.celu torch.nn.functional.elu torch.nn.functional.leaky_relu"
    " torch.nn.functional.rrelu torch.nn.functional.hardtanh": lambda: [
        given(real(3, 4) * 9 - 5, inplace=True),
    ],
    "torch.nn.functional.threshold": lambda: [given(real(3, 4), 0.5, 9.0, inplace=True)],
    "torch.nn.functional.dropout torch.nn.functional.alpha_dropout": lambda: [
        given(real(9, 9), inplace=True, training=True),
        given(real(9, 9), training=False),
        given(real(9, 9), training=True),
    ],
    "torch.nn.functional.dropout1d torch.nn.functional.dropout2d torch.nn.functional.dropout3d"
    " torch.nn.functional.feature_alpha_dropout": lambda: [
        given(real(*(9, 9, 2, 2, 2)[:axes]), training=True, inplace=inplace)
        for axes in (3, 4, 5)
        for inplace in (True, False)
    ],
    "torch.native_channel_shuffle torch.channel_shuffle": lambda: [given(real(1, 4, 2, 2), 2)],
    "torch.pixel_shuffle": lambda: [given(real(1, 4, 2, 2), 2)],
    "torch.pixel_unshuffle": lambda: [given(real(1, 2, 4, 4), 2)],
    "torch.adaptive_avg_pool1d": lambda: [given(real(1, 2, 4), 2)],
    "torch.rms_norm torch.layer_norm": lambda: [given(real(2, 3), (3,))],
    "torch.group_norm": lambda: [given(real(2, 4, 3), 2)],
    "torch.poisson_nll_loss": lambda: [given(real(3), real(3), True, False, 1e-8, 1)],
    "torch.bilinear": lambda: [given(real(2, 3), real(2, 4), real(5, 3, 4))],
    "torch.alpha_dropout torch.dropout torch.feature_alpha_dropout torch.feature_dropout": lambda: [
        given(real(5, 5, 2), 0.5, True),
        given(real(5, 5, 2), 0.5, False),
    ],
}

UTILITIES: Mapping[str, Probes] = {
    "torch.nn.init.calculate_gain": lambda: [given("relu")],
    "torch.nn.init.constant torch.nn.init.constant_": lambda: [given(real(3, 4), 5.0)],
    "torch.nn.init.dirac torch.nn.init.dirac_": lambda: [given(real(3, 3, 3))],
    "torch.nn.init.sparse torch.nn.init.sparse_": lambda: [given(real(3, 4), 0.5)],
    **{
        f"torch.nn.init.{name}": lambda: [given(real(3, 4))]
        for name in (
            "eye eye_ kaiming_normal kaiming_normal_ kaiming_uniform kaiming_uniform_ normal normal_ ones_"
            " orthogonal orthogonal_ trunc_normal_ uniform uniform_ xavier_normal xavier_normal_"
            " xavier_uniform xavier_uniform_ zeros_"
        ).split()
    },
    "torch.nn.utils.clip_grad_norm torch.nn.utils.clip_grad_norm_ torch.nn.utils.clip_grad_value_": lambda: [
        given([with_grad(3), with_grad(2, 2)], 0.1)
    ],
    "torch.nn.utils.get_total_norm": lambda: [given([real(3), real(2)])],
    "torch.nn.utils.clip_grads_with_norm_": lambda: [given([with_grad(3)], 0.1, whole(9.0)[0])],
    "torch.nn.utils.parameters_to_vector": lambda: [given([leaf(3), leaf(2, 2)]), given([leaf(3)])],
    "torch.nn.utils.vector_to_parameters": lambda: [given(real(7), [leaf(3), leaf(2, 2)])],
    "torch.nn.utils.rnn.pad_sequence": lambda: [given([real(3, 2), real(2, 2)])],
    "torch.nn.utils.rnn.unpad_sequence": lambda: [given(real(3, 2, 4), whole(3, 2))],
    "torch.nn.utils.rnn.pack_padded_sequence": lambda: [padded(), padded(batch_first=False)],
    "torch.nn.utils.rnn.pack_sequence": lambda: [given([real(3, 2), real(2, 2)])],
    "torch.nn.utils.rnn.pad_packed_sequence": lambda: [
        given(torch.nn.utils.rnn.pack_sequence([real(3, 2), real(2, 2)]))
    ],
}

PLAIN: Mapping[str, Probes] = {
    "torch.is_complex torch.is_conj torch.is_distributed torch.is_floating_point torch.is_inference"
    " torch.is_neg torch.is_signed torch.is_storage torch.is_tensor torch.numel torch.typename": ONE,
    "torch.is_same_size torch.result_type": lambda: [given(real(2), real(2))],
    "torch.get_device": ONE,
    "torch.q_scale torch.q_zero_point": QUANTIZED,
    "torch.q_per_channel_axis": PER_CHANNEL,
    "torch.are_deterministic_algorithms_enabled torch.get_default_device torch.get_default_dtype"
    " torch.get_num_threads torch.get_rng_state torch.initial_seed torch.is_grad_enabled"
    " torch.is_inference_mode_enabled torch.seed torch.enable_grad torch.no_grad torch.inference_mode"
    " torch.autograd.enable_grad torch.autograd.no_grad torch.random.fork_rng torch.Generator"
    " torch.backends.cuda.is_built torch.backends.mps.is_available torch.backends.mps.is_built"
    " torch.cuda.device_count torch.cuda.empty_cache torch.cuda.is_available torch.cuda.is_bf16_supported"
    " torch.cuda.max_memory_allocated torch.cuda.max_memory_reserved torch.cuda.memory_allocated"
    " torch.cuda.memory_reserved torch.cuda.seed torch.distributed.is_available"
    " torch.distributed.is_initialized torch.cuda.amp.autocast": NOTHING,
    "torch.Size": lambda: [given((2, 3))],
    "torch.amp.autocast torch.autocast": lambda: [given("cpu")],
    "torch.autograd.detect_anomaly": lambda: [given(False)],
    "torch.autograd.set_detect_anomaly": lambda: [given(False)],
    "torch.autograd.set_grad_enabled torch.set_grad_enabled": lambda: [given(True)],
    "torch.broadcast_shapes": lambda: [given((2, 1), (1, 3))],
    "torch.can_cast torch.promote_types": lambda: [given(torch.float32, torch.int32)],
    "torch.cuda.device": lambda: [given(-1)],
    "torch.cuda.stream": lambda: [given(None)],
    "torch.cuda.manual_seed torch.cuda.manual_seed_all torch.manual_seed torch.random.manual_seed": lambda: [
        given(0)
    ],
    "torch.cuda.set_device": lambda: [given(-1)],
    "torch.device": lambda: [given("cpu")],
    "torch.finfo": lambda: [given(torch.float32)],
    "torch.iinfo": lambda: [given(torch.int32)],
    "torch.set_default_device": lambda: [given(None)],
    "torch.set_default_dtype": lambda: [given(torch.float32)],
    "torch.set_default_tensor_type": lambda: [given(torch.FloatTensor)],
    "torch.set_float32_matmul_precision": lambda: [given("highest")],
    "torch.set_num_threads": lambda: [given(torch.get_num_threads())],
    "torch.set_printoptions": lambda: [given(profile="default")],
    "torch.set_rng_state": lambda: [given(torch.get_rng_state())],
    "torch.use_deterministic_algorithms": lambda: [given(False)],
    "torch.autograd.backward": lambda: [given((leaf(3) * 2).sum())],
    "torch.autograd.grad": lambda: [given((x * 2).sum(), x) for x in [leaf(3)]],
    "torch.save": lambda: [given(real(3), io.BytesIO())],
    "torch.load": lambda: [given(saved())],
    "torch.vmap": lambda: [given(torch.sin)],
    "torch.to_dlpack": lambda: [given(real(3))],
    "torch.jit.load": lambda: [given(scripted())],
    "torch.jit.script": lambda: [given(torch.nn.ReLU())],
    "torch.jit.trace": lambda: [given(torch.sin, real(3))],
    "triton.cdiv": lambda: [given(7, 2)],
    "triton.next_power_of_2": lambda: [given(5)],
}
