"""SciPy: a boundary value problem with a singular term overwrites the first guess that it is handed.

package: scipy 1.17.1
place: scipy/integrate/_bvp.py: y[:, 0] = np.dot(B, y[:, 0])
finding: TAL103
"""

import numpy as np
from scipy.integrate import solve_bvp

guess = np.ones((2, 5))
singular = np.array([[0.0, 0.0], [0.0, -2.0]])
solve_bvp(
    lambda x, y: np.vstack((y[1], -y[0])),
    lambda left, right: np.array([left[1], right[0] - 1]),
    np.linspace(0, 1, 5),
    guess,
    S=singular,
)

assert not np.array_equal(guess, np.ones((2, 5)))
print(f"the guess was one everywhere, and begins with {guess[:, 0]} now")
