"""MMPretrain: `CutMix` pastes into the batch that it is handed, where `Mixup` beside it makes a new one.

package: mmpretrain 1.2.0
place: mmpretrain/models/utils/batch_augments/cutmix.py: batch_inputs[:, :, y1:y2, x1:x2]
finding: TAL103
"""

import numpy as np
import torch
from mmpretrain.models.utils.batch_augments import CutMix, Mixup

np.random.seed(0)
torch.manual_seed(0)
scores = torch.eye(8)


def changed(mixing: CutMix | Mixup) -> int:
    batch = torch.rand(8, 3, 16, 16)
    before = batch.clone()
    mixing.mix(batch, scores)
    return int((batch != before).sum())


mixed, pasted = changed(Mixup(alpha=1.0)), changed(CutMix(alpha=1.0))
assert not mixed, "Mixup changes the batch as well"
assert pasted, "CutMix leaves the batch as it was"
print(f"CutMix changes {pasted} of the {8 * 3 * 16 * 16} pixels that it is handed, Mixup none")
