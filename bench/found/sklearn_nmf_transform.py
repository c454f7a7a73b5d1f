"""scikit-learn: the longer a fitted NMF transforms, the worse what it minimises becomes.

package: scikit-learn 1.9.1
place: sklearn/decomposition/_nmf.py: denominator[denominator == 0] = EPSILON
finding: TAL101
"""

import warnings

import numpy as np
from sklearn.decomposition import NMF

warnings.simplefilter("ignore")
counts = np.random.default_rng(0).uniform(0.1, 2.0, (30, 6))
penalty = 0.01
model = NMF(3, solver="mu", beta_loss="kullback-leibler", alpha_W=penalty, alpha_H=0, l1_ratio=1, tol=0)
components = model.set_params(random_state=0).fit(counts).components_


def minimised(weights: np.ndarray) -> float:
    fitted = weights @ components
    loss = (counts * np.log(counts / fitted) - counts + fitted).sum()
    return float(loss + penalty * counts.shape[1] * weights.sum())


# The denominator is a view of the sums over the components, which are kept for the next iteration: the
# penalty is added to them again and again.
few, many = (minimised(model.set_params(max_iter=turns).transform(counts)) for turns in (10, 1000))
assert many > 2 * few, "more iterations are no worse"
print(f"what a transform minimises is {few:.1f} after 10 iterations, and {many:.1f} after 1000")
