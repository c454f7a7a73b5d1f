"""DIPY: the parameters that are returned as the best ones are the last ones.

package: dipy 1.12.1
place: dipy/core/optimize.py: h -= step_size
finding: TAL110
"""

import numpy as np
from dipy.core.optimize import sparse_nnls

design = np.eye(3)
measured = np.array([0.1, 0.2, 0.3])
best = sparse_nnls(measured, design, step_size=5.0)

error, error_at_the_start = np.sum((measured - best) ** 2), np.sum(measured**2)
assert error > error_at_the_start, "the best parameters were returned"
print(
    f"the best parameters leave an error of {error:.2f}; all zeros, where it began, {error_at_the_start:.2f}"
)
