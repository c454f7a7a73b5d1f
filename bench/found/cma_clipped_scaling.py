"""CMA-ES: an update that is said to be clipped is not.

package: cma 4.5.0
place: cma/transformations.py: facs[idx][idx2] = max_z2[idx2]
finding: TAL401
"""

import warnings

import numpy as np
from cma.transformations import DiagonalDecoding

warnings.simplefilter("ignore")
decoding = DiagonalDecoding(3)
steps = np.array([[3.0, 1.0, 1.0]] * 3)
decoding.update(steps, [0.9, 0.9, 0.9])
bound = abs(3.0**2 - 1) / 2 + 1
assert decoding.scaling[0] > 2 * bound, "the scaling was clipped"
print(f"the warning says that it is clipped at {bound}; the scaling is {decoding.scaling[0]:.0f}")
