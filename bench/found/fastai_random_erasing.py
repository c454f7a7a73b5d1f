"""fastai: erasing a rectangle at random erases it in the image that is handed in.

package: fastai 2.8.12
place: fastai/vision/augment.py: for rl,rh,cl,ch in areas: x[..., rl:rh, cl:ch].normal_()
finding: TAL103
"""

import torch
from fastai.vision.augment import RandomErasing
from fastai.vision.core import TensorImage

image = TensorImage(torch.ones(1, 3, 32, 32))
erasing = RandomErasing(p=1.0)
seen = []
for _ in range(20):  # as from a data set that keeps its images
    erasing(image, split_idx=0)
    seen.append(int((image == 1).sum()) // 3)

assert seen[0] < 32 * 32 and seen[-1] < seen[0], "the image is what it was"
print(f"of the 1024 pixels of one image, {seen[0]} are left after the first epoch, and {seen[-1]} after 20")
