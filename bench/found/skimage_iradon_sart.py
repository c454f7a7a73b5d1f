"""scikit-image: the first estimate that `iradon_sart` is handed is overwritten.

package: scikit-image 0.26.0
place: skimage/transform/radon_transform.py: image += relaxation * image_update
finding: TAL103
"""

import numpy as np
from skimage.transform import iradon_sart, radon

angles = np.linspace(0.0, 180.0, 12, endpoint=False)
phantom = np.zeros((24, 24))
phantom[8:16, 10:14] = 1.0
sinogram = radon(phantom, theta=angles)

estimate = np.zeros((24, 24))
before = estimate.copy()
iradon_sart(sinogram, theta=angles, image=estimate)

changed = np.count_nonzero(estimate != before)
assert changed, "the estimate is as it was"
print(f"{changed} of the {estimate.size} pixels that were handed in have another value")
