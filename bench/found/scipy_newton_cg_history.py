"""SciPy: all the points that Newton-CG says it passed are the last one.

package: scipy 1.17.1
place: scipy/optimize/_optimize.py: allvecs.append(xk)
finding: TAL106
"""

import numpy as np
from scipy.optimize import fmin_ncg, rosen, rosen_der

start = np.array([1.3, 0.7, 0.8])
found, passed = fmin_ncg(rosen, start, rosen_der, retall=True, disp=False)

assert len(passed) > 3
assert not np.array_equal(start, found)
assert all(np.array_equal(point, found) for point in passed), passed
print(f"{len(passed)} points from {start} on, and each of them is {passed[0].round(3)}")
