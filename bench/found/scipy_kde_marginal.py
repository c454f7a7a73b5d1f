"""SciPy: asking a density for some of its dimensions changes the array that names them.

package: scipy 1.17.1
place: scipy/stats/_kde.py: dims[dims < 0] = n
finding: TAL103
"""

import numpy as np
from scipy.stats import gaussian_kde

density = gaussian_kde(np.random.default_rng(0).normal(size=(3, 50)))
last = np.array([-1])
density.marginal(last)

assert last[0] == 2, last
print(f"the last dimension was asked for by -1, and is called {last[0]} now")
