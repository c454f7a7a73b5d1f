"""open_clip: with a global loss over several processes, `ClipLoss` adds the bias to its logits twice.

package: open_clip_torch 3.3.0
place: open_clip/loss.py: logits_per_text += logit_bias
finding: TAL101
"""

from unittest import mock

import torch
from open_clip import loss

images, texts, bias = torch.eye(2), torch.eye(2), torch.tensor(-10.0)

# What several processes would gather is what this one has.
with mock.patch.object(loss, "gather_features", lambda image, text, **_: (image, text)):
    several, _ = loss.ClipLoss(world_size=2).get_logits(images, texts, 1.0, logit_bias=bias)
alone, _ = loss.ClipLoss(world_size=1).get_logits(images, texts, 1.0, logit_bias=bias)

assert not several.equal(alone), "the logits are the same"
print(f"alone: {alone.tolist()}, gathered from several processes: {several.tolist()}")
