"""Albumentations: clipping boxes clips those of the caller, when they already have the format of the library.

package: albumentations 2.0.8
place: albumentations/core/bbox_utils.py: converted_data[:, :4] = np.clip(converted_data[:, :4], 0, 1)
finding: TAL103
"""

import albumentations
import numpy as np

image = np.zeros((40, 40, 3), np.uint8)
boxes = np.array([[0.1, 0.1, 1.5, 0.9, 1.0]], np.float32)
before = boxes.copy()

parameters = albumentations.BboxParams(format="albumentations", clip=True)
albumentations.Compose([albumentations.NoOp()], bbox_params=parameters)(image=image, bboxes=boxes)

assert not np.array_equal(boxes, before), "the boxes are as they were"
print(f"the box ended at {before[0, 2]} and ends at {boxes[0, 2]}")
