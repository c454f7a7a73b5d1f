"""timm: `RandomErasing` erases in the image that it is handed, which a cached data set hands out again.

package: timm 1.0.31
place: timm/data/random_erasing.py: self._erase(input
finding: TAL103
"""

import torch
from timm.data.random_erasing import RandomErasing

cached = torch.ones(1, 3, 32, 32)
erase = RandomErasing(probability=1.0, device="cpu")

left = []
for _epoch in range(4):
    erase(cached)
    left.append(int(cached.count_nonzero()))

assert left[-1] < cached.numel(), "the images are as they were"
print(f"of {cached.numel()} pixels there are {left} left after each epoch")
