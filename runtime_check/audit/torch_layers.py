"""Every layer of ``torch.nn``: what it is made with, and an input that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn import functional as F

from runtime_check.audit.torch_tensors import leaf, real, whole
from runtime_check.audit.torch_trial import Given, given

NO_INPUT = Given()


@dataclass(frozen=True, slots=True)
class Layer:
    """How a layer is made, and what it is called with."""

    made: Given
    called: Given
    evaluated: bool = False  # in evaluation, not in training


Layers = Callable[[], Sequence[Layer]]


def of(*made: object, on: Sequence[object], **options: object) -> Layer:
    return Layer(Given(made, options), Given(tuple(on)))


def evaluated(layer: Layer) -> Layer:
    return replace(layer, evaluated=True)


LINE, IMAGE, VOLUME = (1, 4, 6), (1, 4, 6, 6), (1, 4, 6, 6, 6)
IN_PLACE: Layers = lambda: [  # noqa: E731
    of(on=[real(2, 3) * 9 - 5]),
    of(inplace=True, on=[real(2, 3) * 9 - 5]),
]
PLAIN: Layers = lambda: [of(on=[real(2, 3) * 9 - 5])]  # noqa: E731
LOSS: Layers = lambda: [of(on=[real(4), real(4).flip(0)])]  # noqa: E731


def spatial(name: str, made: Callable[[int], Sequence[object]], **options: object) -> dict[str, Layers]:
    """A layer for one, two and three axes of space, each with an input of its own."""

    def layers(axes: int, shape: tuple[int, ...]) -> Layers:
        return lambda: [of(*made(axes), on=[real(*shape)], **options)]

    return {f"{name}{axes}d": layers(axes, (LINE, IMAGE, VOLUME)[axes - 1]) for axes in (1, 2, 3)}


def pooled(name: str, made: Sequence[object], shapes: Mapping[int, tuple[int, ...]]) -> dict[str, Layers]:
    """A layer of pooling, asked for the places of what it picked as well."""

    def layers(shape: tuple[int, ...]) -> Layers:
        return lambda: [
            of(*made, on=[real(*shape)]),
            of(*made, on=[real(*shape)], return_indices=True),
        ]

    return {f"{name}{axes}d": layers(shape) for axes, shape in shapes.items()}


def normed(name: str, *made: object) -> dict[str, Layers]:
    """A layer that may own parameters, or running statistics which a call in training updates."""

    def layers(shape: tuple[int, ...]) -> Layers:
        return lambda: [
            of(*made, on=[real(2, *shape)]),
            of(*made, on=[real(2, *shape)], affine=False, track_running_stats=False),
            of(*made, on=[real(2, *shape)], affine=True, track_running_stats=True),
        ]

    return {f"{name}{axes}d": layers((4, *(3,) * axes)) for axes in (1, 2, 3)}


def trainable_norm(name: str, *made: object) -> dict[str, Layers]:
    def layers(shape: tuple[int, ...]) -> Layers:
        return lambda: [of(*made, on=[real(2, *shape)]), evaluated(of(*made, on=[real(2, *shape)]))]

    return {f"{name}{axes}d": layers((4, *(3,) * axes)) for axes in (1, 2, 3)}


SPACES = {1: LINE, 2: IMAGE, 3: VOLUME}
LAYERS: Mapping[str, Layers] = {
    **dict.fromkeys(
        "Hardsigmoid Hardswish Mish ReLU ReLU6 SELU SiLU CELU ELU LeakyReLU RReLU".split(), IN_PLACE
    ),
    "Hardtanh": IN_PLACE,
    "Threshold": lambda: [of(0.5, 9.0, on=[real(4)]), of(0.5, 9.0, inplace=True, on=[real(4)])],
    **{
        name: lambda shape=shape: [  # type: ignore[misc]
            of(on=[real(*shape)]),
            of(inplace=True, on=[real(*shape)]),
            evaluated(of(on=[real(*shape)])),
        ]
        for name, shape in {
            "Dropout": (9, 9),
            "Dropout1d": (9, 9, 2),
            "Dropout2d": (9, 9, 2, 2),
            "Dropout3d": (9, 9, 2, 2, 2),
            "AlphaDropout": (9, 9),
            "FeatureAlphaDropout": (9, 9, 2),
        }.items()
    },
    **dict.fromkeys(
        "Identity GELU Hardshrink LogSigmoid LogSoftmax Sigmoid Softmax Softmin Softplus Softshrink Softsign"
        " Tanh Tanhshrink".split(),
        PLAIN,
    ),
    "Softmax2d": lambda: [of(on=[real(2, 3, 2, 2)])],
    "Flatten": lambda: [of(on=[real(2, 3, 4)]), of(on=[real(2, 4, 3).transpose(1, 2)])],
    "Unflatten": lambda: [of(1, (2, 2), on=[real(2, 4)])],
    **spatial("AdaptiveAvgPool", lambda axes: [2]),
    **spatial("AvgPool", lambda axes: [2]),
    **spatial("LPPool", lambda axes: [2, 2]),
    **spatial("CircularPad", lambda axes: [1]),
    **spatial("ConstantPad", lambda axes: [1, 0.0]),
    **spatial("ReflectionPad", lambda axes: [1]),
    **spatial("ReplicationPad", lambda axes: [1]),
    **spatial("ZeroPad", lambda axes: [1]),
    **spatial("Conv", lambda axes: [4, 2, 2]),
    **spatial("ConvTranspose", lambda axes: [4, 2, 2]),
    **spatial("LazyConv", lambda axes: [2, 2]),
    **spatial("LazyConvTranspose", lambda axes: [2, 2]),
    **pooled("MaxPool", [2], SPACES),
    **pooled("AdaptiveMaxPool", [2], SPACES),
    **pooled("FractionalMaxPool", [2, 2], {2: IMAGE, 3: VOLUME}),
    **normed("InstanceNorm", 4),
    **normed("LazyInstanceNorm"),
    **trainable_norm("BatchNorm", 4),
    **trainable_norm("LazyBatchNorm"),
    "SyncBatchNorm": lambda: [evaluated(of(4, on=[real(2, 4)]))],
    "MaxUnpool1d": lambda: [of(2, on=F.max_pool1d(real(*LINE), 2, return_indices=True))],
    "MaxUnpool2d": lambda: [of(2, on=F.max_pool2d(real(*IMAGE), 2, return_indices=True))],
    "MaxUnpool3d": lambda: [of(2, on=F.max_pool3d(real(*VOLUME), 2, return_indices=True))],
    **dict.fromkeys(
        "BCELoss BCEWithLogitsLoss HuberLoss KLDivLoss L1Loss MSELoss PoissonNLLLoss SmoothL1Loss".split(),
        LOSS,
    ),
    "CTCLoss": lambda: [of(on=[real(5, 1, 3).log_softmax(2), whole((1, 2)), whole(5), whole(2)])],
    "CosineEmbeddingLoss": lambda: [of(on=[real(2, 3), real(2, 3), whole(1, -1)])],
    "CosineSimilarity": lambda: [of(on=[real(2, 3), real(2, 3)])],
    "CrossEntropyLoss": lambda: [of(on=[real(2, 3), whole(0, 2)])],
    "GaussianNLLLoss": lambda: [of(on=[real(4), real(4), real(4)])],
    "HingeEmbeddingLoss": lambda: [of(on=[real(2), whole(1, -1)])],
    "MarginRankingLoss": lambda: [of(on=[real(2), real(2), whole(1, -1)])],
    "MultiLabelMarginLoss": lambda: [of(on=[real(1, 4), whole((1, 0, -1, 2))])],
    "MultiLabelSoftMarginLoss": lambda: [of(on=[real(2, 3), real(2, 3).round()])],
    "MultiMarginLoss": lambda: [of(on=[real(2, 3), whole(0, 2)])],
    "NLLLoss": lambda: [of(on=[real(2, 3).log(), whole(0, 2)])],
    "SoftMarginLoss": lambda: [of(on=[real(2), whole(1, -1)])],
    "TripletMarginLoss": lambda: [of(on=[real(2, 3), real(2, 3) * 2, real(2, 3) * 3])],
    "TripletMarginWithDistanceLoss": lambda: [of(on=[real(2, 3), real(2, 3) * 2, real(2, 3) * 3])],
    "PairwiseDistance": lambda: [of(on=[real(2, 3), real(2, 3) * 2])],
    "LinearCrossEntropyLoss": lambda: [of(3, 4, on=[real(2, 3), whole(0, 2)])],
    "ChannelShuffle": lambda: [of(2, on=[real(*IMAGE)])],
    "Fold": lambda: [of((4, 4), (2, 2), on=[real(1, 12, 9)])],
    "Unfold": lambda: [of((2, 2), on=[real(*IMAGE)])],
    "GLU": lambda: [of(on=[real(2, 4)])],
    "LocalResponseNorm": lambda: [of(2, on=[real(*IMAGE)])],
    "CrossMapLRN2d": lambda: [of(2, on=[real(*IMAGE)])],
    "PixelShuffle": lambda: [of(2, on=[real(*IMAGE)])],
    "PixelUnshuffle": lambda: [of(2, on=[real(*IMAGE)])],
    "Upsample": lambda: [of(scale_factor=2, on=[real(*IMAGE)])],
    "UpsamplingBilinear2d": lambda: [of(scale_factor=2, on=[real(*IMAGE)])],
    "UpsamplingNearest2d": lambda: [of(scale_factor=2, on=[real(*IMAGE)])],
    "Embedding": lambda: [of(5, 3, on=[whole(1, 2)])],
    "EmbeddingBag": lambda: [of(5, 3, on=[whole((1, 2))])],
    "Linear": lambda: [of(3, 2, on=[real(4, 3)]), of(3, 2, on=[real(3, 4).t()])],
    "LazyLinear": lambda: [of(2, on=[real(4, 3)])],
    "Bilinear": lambda: [of(3, 4, 2, on=[real(2, 3), real(2, 4)])],
    "GroupNorm": lambda: [of(2, 4, on=[real(2, 4, 3)])],
    "LayerNorm": lambda: [of(3, on=[real(2, 3)])],
    "RMSNorm": lambda: [of(3, on=[real(2, 3)])],
    "PReLU": lambda: [of(on=[real(2, 3) - 0.5])],
    "RNN": lambda: [of(3, 2, on=[real(4, 1, 3)])],
    "GRU": lambda: [of(3, 2, on=[real(4, 1, 3)])],
    "LSTM": lambda: [of(3, 2, on=[real(4, 1, 3)])],
    "RNNCell": lambda: [of(3, 2, on=[real(4, 3)])],
    "GRUCell": lambda: [of(3, 2, on=[real(4, 3)])],
    "LSTMCell": lambda: [of(3, 2, on=[real(4, 3)])],
    "MultiheadAttention": lambda: [of(4, 2, on=[real(3, 1, 4)] * 3)],
    "Transformer": lambda: [of(4, 2, 1, 1, 8, on=[real(3, 1, 4), real(2, 1, 4)])],
    "TransformerEncoderLayer": lambda: [of(4, 2, 8, on=[real(3, 1, 4)])],
    "TransformerDecoderLayer": lambda: [of(4, 2, 8, on=[real(3, 1, 4), real(2, 1, 4)])],
    "TransformerEncoder": lambda: [of(torch.nn.TransformerEncoderLayer(4, 2, 8), 1, on=[real(3, 1, 4)])],
    "TransformerDecoder": lambda: [
        of(torch.nn.TransformerDecoderLayer(4, 2, 8), 1, on=[real(3, 1, 4), real(2, 1, 4)])
    ],
    "AdaptiveLogSoftmaxWithLoss": lambda: [of(4, 6, [2, 4], on=[real(3, 4), whole(0, 3, 5)])],
    "DataParallel": lambda: [of(torch.nn.Linear(3, 2), on=[real(4, 3)])],
    "Sequential": lambda: [of(torch.nn.Linear(3, 2), torch.nn.ReLU(), on=[real(4, 3)])],
    "ModuleList": lambda: [Layer(given([torch.nn.Linear(3, 2)]), NO_INPUT)],
    "ModuleDict": lambda: [Layer(given({"first": torch.nn.Linear(3, 2)}), NO_INPUT)],
    "ParameterList": lambda: [Layer(given([leaf(3), leaf(2)]), NO_INPUT)],
    "ParameterDict": lambda: [Layer(given({"first": leaf(3)}), NO_INPUT)],
}
