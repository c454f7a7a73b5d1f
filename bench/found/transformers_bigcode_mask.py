"""Transformers: GPTBigCode refuses every mask of two dimensions for its encoder, which it means to broadcast.

package: transformers 5.24.0
place: transformers/models/gpt_bigcode/modeling_gpt_bigcode.py: encoder_attention_mask.unsqueeze(1)
finding: TAL402
"""

import torch
from transformers import GPTBigCodeConfig, GPTBigCodeModel

config = GPTBigCodeConfig(
    vocab_size=20,
    n_positions=8,
    n_embd=16,
    n_layer=1,
    n_head=2,
    n_inner=32,
    add_cross_attention=True,
    multi_query=False,
)
model = GPTBigCodeModel(config).eval()
encoded, mask = torch.randn(1, 3, 16), torch.ones(1, 3)
try:
    model(torch.tensor([[1, 2]]), encoder_hidden_states=encoded, encoder_attention_mask=mask)
except AssertionError:
    print(f"a mask of shape {tuple(mask.shape)} was to become one of three dimensions: AssertionError")
else:
    raise SystemExit("the mask was taken")
