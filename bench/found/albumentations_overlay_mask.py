"""Albumentations: `OverlayElements` paints into the caller's mask, and leaves the caller's image alone.

package: albumentations 2.0.8
place: albumentations/augmentations/mixing/transforms.py: mask_section[overlay_mask > 0] = mask_id
finding: TAL103
"""

import albumentations
import numpy as np

image, mask = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.uint8)
element = {
    "image": np.full((8, 8, 3), 255, np.uint8),
    "mask": np.ones((8, 8), np.uint8),
    "bbox": [0.2, 0.2, 0.5, 0.5],
    "mask_id": 7,
}
overlay = albumentations.Compose([albumentations.OverlayElements(p=1.0)])
overlay(image=image, mask=mask, overlay_metadata=element)

assert not image.any(), "the image is painted into as well"
assert mask.any(), "the mask is as it was"
print(f"{np.count_nonzero(mask)} pixels of the caller's mask are painted, none of the image")
