"""What the random programs with a backward pass say: tensors of one size, leaves, operations, writes.

``{a}`` and ``{b}`` are tensors of 4 times 6 elements, ``{m}`` is a matrix of weights, ``{r}`` what a view of
fewer elements is bound to.
"""

from __future__ import annotations


def _listed(text: str) -> tuple[str, ...]:
    """The expressions that a text holds, with bars and ends of lines between them."""
    return tuple(part.strip() for line in text.splitlines() for part in line.split(" | ") if part.strip())


PRELUDE = """import torch
import torch.nn.functional as F
from torch import nn
"""
LEAVES = (
    "torch.full((4, 6), 0.5, requires_grad=True)",
    "torch.ones(4, 6, requires_grad=True)",
    "torch.tensor([[1.5], [0.2], [0.9], [0.6]]).repeat(1, 6).requires_grad_()",
    "torch.ones(4, 6).requires_grad_()",
    "nn.Parameter(torch.full((4, 6), 0.25))",
    "torch.tensor([[0.5, 0.3, 0.7, 1.1, 1.6, 0.9]] * 4, requires_grad=True)",
    "torch.linspace(0.1, 1.8, 24).view(4, 6).requires_grad_()",
)
MATRICES = ("torch.full((6, 6), 0.1, requires_grad=True)", "nn.Parameter(torch.eye(6))")
CONSTANTS = (
    "torch.linspace(0.2, 1.4, 24).view(4, 6)",
    "torch.full((4, 6), 0.75)",
    "torch.arange(24.0).view(4, 6)",
)
# One tensor is taken, another one of the same size comes out.
OPERATIONS = _listed("""
{a}.exp() | torch.exp({a}) | {a}.sigmoid() | torch.sigmoid({a}) | F.sigmoid({a}) | {a}.tanh()
torch.tanh({a}) | {a}.sqrt() | {a}.rsqrt() | {a}.reciprocal() | {a}.relu() | F.relu({a}) | torch.relu({a})
F.softmax({a}, dim=-1) | {a}.softmax(dim=0) | {a}.log_softmax(dim=1) | F.log_softmax({a}, dim=-1)
{a}.expm1() | {a}.tan() | {a}.abs() | {a}.cos() | {a}.sin() | {a}.erf() | {a}.log() | {a}.log1p()
{a}.square() | {a}.clamp(0, 1) | {a}.clamp_min(0.1) | F.gelu({a}) | F.silu({a}) | F.elu({a})
F.softplus({a}) | F.leaky_relu({a}) | F.hardtanh({a}) | F.relu6({a}) | F.mish({a}) | F.logsigmoid({a})
{a} ** 2 | {a}.pow(3) | torch.pow({a}, 2) | {a}.pow(0.5) | {a}.cumsum(0) | {a}.cumprod(0) | {a} + 1
1 - {a} | {a} * 2 | 2 * {a} | {a} / 2 | 1 / {a} | -{a} | {a}.neg() | {a}.add(1) | {a}.mul(0.5)
{a}.masked_fill({a} > 1, 0.0) | torch.where({a} > 0, {a}, 0.0) | {a}.flip(0) | F.normalize({a}, dim=1)
F.layer_norm({a}, (6,)) | F.dropout({a}, 0.5) | {a}.round() | {a}.sign() | {a} - {a}.mean()
{a} / {a}.sum() | {a} * {a}.sigmoid() | torch.roll({a}, 1, 0) | {a}.nan_to_num()
{a}.max(dim=1, keepdim=True).values + {a} | {a}.norm(dim=1, keepdim=True) * {a} | {a}.std(dim=0) + {a}
{a}.sum(dim=0) * {a} | {a}.prod(dim=0) + {a} | {a}.logsumexp(dim=0) - {a} | {a}.amax(dim=0) + {a}
""")
PAIRS = _listed("""
{a} * {b} | {a} * {b} | torch.mul({a}, {b}) | {a}.mul({b}) | {a} + {b} | {a} - {b} | {a} / {b}
torch.div({a}, {b}) | {a} ** {b} | torch.maximum({a}, {b}) | torch.minimum({a}, {b}) | torch.atan2({a}, {b})
{a}.add({b}) | {a}.sub({b}) | torch.where({a} > {b}, {a}, {b}) | torch.lerp({a}, {b}, 0.5)
torch.addcmul({a}, {a}, {b}) | {a} * {a}.detach() + {b} | torch.hypot({a}, {b}) | {a} + {b}.detach()
{a} * ({b} > 0) | F.mse_loss({a}, {b}) * {a} | F.smooth_l1_loss({a}, {b}) + {b} | torch.logaddexp({a}, {b})
{a} + {b}.data | {a} * {b} + {b}
""")
PRODUCTS = (
    "{a} @ {m}",
    "torch.matmul({a}, {m})",
    "{a}.mm({m})",
    "F.linear({a}, {m})",
    "F.relu({a} @ {m})",
    "torch.einsum('ij,jk->ik', {a}, {m})",
    "{a}.matmul({m}.t())",
)
LAYERS = _listed("""
nn.Linear(6, 6) | nn.Linear(6, 6) | nn.Sigmoid() | nn.Tanh() | nn.ReLU() | nn.Softmax(dim=-1)
nn.LayerNorm(6) | nn.ReLU(inplace=True) | nn.ReLU(inplace=True) | nn.ReLU(True) | nn.Hardtanh(inplace=True)
nn.LeakyReLU(0.1, True) | nn.Dropout(0.5, inplace=True) | nn.ELU(inplace=True) | nn.SiLU(inplace=True)
nn.SiLU() | nn.GELU() | nn.Identity() | nn.BatchNorm1d(6) | nn.PReLU() | nn.Hardswish(inplace=True)
nn.ReLU6(inplace=True) | nn.Dropout(0.5) | nn.Sequential(nn.Linear(6, 6), nn.Sigmoid())
nn.Sequential(nn.Linear(6, 6), nn.ReLU(inplace=True))
nn.Sequential(nn.Linear(6, 6), nn.Sigmoid(), nn.ReLU(inplace=True)) | nn.Softplus() | nn.CELU(inplace=True)
nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Dropout(0.5, inplace=True), nn.Linear(6, 6))
nn.Mish(inplace=True) | nn.Sequential(nn.LayerNorm(6), nn.GELU(), nn.ReLU(inplace=True), nn.Linear(6, 6))
nn.Hardsigmoid(inplace=True)
""")
# Other names of a tensor, or of its elements; and what is none although it looks alike.
NAMES = _listed("""
{a} | {a}[:] | {a}[...] | {a}.view(4, 6) | {a}.T.T | {a}.reshape(4, 6) | {a}.contiguous() | {a}.detach()
{a}.detach() | {a}.data | {a}.data | {a}.clone() | {a}.clone() | {a}.detach().clone() | {a}.float()
{a}.to('cpu') | {a}.double().float() | {a}.unsqueeze(0).squeeze(0) | {a}.expand(4, 6) | {a}.view_as({b})
{a}.flatten().view(4, 6) | {a}.clone().detach() | {a}.requires_grad_() | {a}.detach().requires_grad_()
{a}.cpu() | {a}.real | {a}.narrow(0, 0, 4)
""")
CUTS = (
    "{a}[0]",
    "{a}[1:]",
    "{a}[:, 0]",
    "{a}.select(0, 1)",
    "{a}.T",
    "{a}.view(-1)",
    "{a}.diagonal()",
    "{a}[None]",
)
HALVES = (
    "{a}.chunk(2)",
    "torch.chunk({a}, 2)",
    "{a}.split(2)",
    "torch.split({a}, 2)",
    "torch.tensor_split({a}, 2)",
    "({a}[:2], {a}[2:])",
    "({a}[:2].clone(), {a}[2:].clone())",
    "{a}.view(2, 2, 6)",
    "{a}.view(2, 2, 6).unbind(0)",
)
# Writes that PyTorch counts.
WRITES = _listed("""
{a} += 1 | {a} -= {b} | {a} *= 2 | {a} *= {b} | {a} /= 2 | {a}.add_(1) | {a}.add_({b}) | {a}.sub_(1)
{a}.mul_(2) | {a}.mul_({b}) | {a}.div_(2) | {a}.zero_() | {a}.fill_(1) | {a}.copy_({b}) | {a}.clamp_(0, 1)
{a}.clamp_(min=0) | {a}.relu_() | {a}.sigmoid_() | {a}.tanh_() | {a}.exp_() | {a}.sqrt_() | {a}.abs_()
{a}.neg_() | {a}.square_() | {a}.pow_(2) | {a}.masked_fill_({a} > 1, 0.0) | {a}.round_() | {a}.uniform_()
{a}.lerp_({b}, 0.5) | F.relu({a}, inplace=True) | F.relu_({a}) | torch.relu_({a})
F.dropout({a}, 0.5, inplace=True) | F.elu({a}, inplace=True) | F.hardtanh({a}, inplace=True)
torch.sigmoid_({a}) | F.silu({a}, inplace=True) | {a}[0] = 0 | {a}[0] = {b}[1] | {a}[:, 0] = 1
{a}[1:] += 1 | {a}[0] *= 2 | {a}[{a} > 1] = 0 | {a}[:] = {b} | {a}[0].zero_() | {a}[:, 0].mul_(2)
{a}.T.add_(1) | {a}.view(-1)[0] = 5 | {a}.view(-1).mul_(2) | {a}.diagonal().add_(1)
{a}.unsqueeze(0).add_(1) | {a}.index_fill_(0, torch.tensor([0]), 1.0)
{a}.scatter_(0, torch.zeros(1, 6).long(), 1.0) | nn.init.zeros_({a}) | nn.init.constant_({a}, 0.5)
{a}.t().mul_({b}.t()) | {a}.addcmul_({a}, {b}) | {a}.index_put_((torch.tensor([0]),), {b}[0])
{a}.reshape(-1).add_(1) | {a}.detach().mul_(2) | {a}.detach().add_(1) | {a}.detach()[0] = 0
{a}.detach().clamp_(0, 1) | {a}.requires_grad_(False).mul_(2) | {a}.clone().mul_(2) | {a}.detach_().mul_(2)
""")
# Writes that it does not count.
HIDDEN = _listed("""
{a}.data.add_(1) | {a}.data.mul_(2) | {a}.data *= 2 | {a}.data += 1 | {a}.data.clamp_(0.4, 0.6)
{a}.data.zero_() | {a}.data[0] = 0 | {a}.data.copy_({b}) | {a}.data[0].mul_(2) | {a}.data.fill_(1)
""")
# What is done to a view of fewer elements.
CUT_WRITES = _listed("""
{r} += 1 | {r} *= 2 | {r}.mul_(2) | {r}.zero_() | {r}.relu_() | {r}[0] = 0 | {r}.add_(1)
{r}.clamp_(0, 1)
""")
