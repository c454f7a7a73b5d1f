"""statsmodels: `scale_fe` leaves the standard deviations of a mixed model on the wrong scale.

package: statsmodels 0.15.0
place: statsmodels/genmod/bayes_mixed_glm.py: cov[ixs, :][:, ixs] /= np.outer(sc[ixs], sc[ixs])
finding: TAL401
"""

import numpy as np
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

random = np.random.default_rng(0)
exposure = 100.0 * random.normal(size=400)
groups = np.eye(20)[np.repeat(np.arange(20), 20)]
outcome = (random.random(400) < 1 / (1 + np.exp(-0.01 * exposure))).astype(float)


def deviation(scale_fe: bool) -> float:
    model = BinomialBayesMixedGLM(outcome, exposure[:, None], groups, np.zeros(20, int))
    return float(model.fit_map(scale_fe=scale_fe).fe_sd[0])


plain, scaled = deviation(scale_fe=False), deviation(scale_fe=True)
assert scaled > 10 * plain, "both fits agree"
print(f"the effect's standard deviation is {plain:.5f}, and {scaled:.5f} with scale_fe=True")
