"""Transformers: CTRL scales the embeddings that it is handed, so that the same ones give other results.

package: transformers 5.24.0
place: transformers/models/ctrl/modeling_ctrl.py: inputs_embeds *= np.sqrt(self.d_model_size)
finding: TAL103
"""

import torch
from transformers import CTRLConfig, CTRLModel

torch.manual_seed(0)
config = CTRLConfig(vocab_size=20, n_positions=8, n_embd=16, dff=32, n_layer=1, n_head=2)
model = CTRLModel(config).eval()
embeddings = torch.randn(1, 4, 16)
norm = float(embeddings.norm())
with torch.no_grad():
    first, second = (model(inputs_embeds=embeddings).last_hidden_state for _ in range(2))

assert not torch.allclose(first, second), "the same result again"
print(f"the norm of the embeddings was {norm:.1f}; seen twice by the model, it is {embeddings.norm():.1f}")
