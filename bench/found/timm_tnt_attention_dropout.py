"""timm: a TNT model that is built with dropout in its attention cannot be trained.

package: timm 1.0.31
place: timm/models/tnt.py: attn = self.attn_drop(attn)
finding: TAL602
"""

import timm
import torch

image = torch.rand(1, 3, 224, 224)
without = timm.create_model("tnt_s_patch16_224", num_classes=2).train()
without(image).sum().backward()

model = timm.create_model("tnt_s_patch16_224", num_classes=2, attn_drop_rate=0.1).train()
loss = model(image).sum()
try:
    loss.backward()
except RuntimeError as error:
    assert "modified by an inplace operation" in str(error), error
    print(f"backward raises: {str(error).partition(';')[0]}")
else:
    raise AssertionError("backward goes through")
