"""Tianshou: what an agent observes is added to the prior that it was made with.

package: tianshou 2.0.1
place: tianshou/algorithm/modelbased/psrl.py: self.trans_count = trans_count_prior
finding: TAL103
"""

import numpy as np
from tianshou.algorithm.modelbased.psrl import PSRLModel

prior = np.ones((2, 1, 2))
means, deviations = np.zeros((2, 1)), np.ones((2, 1))
agents = [PSRLModel(prior, means, deviations, 0.99, 0.01) for _ in range(2)]
seen = np.full((2, 1, 2), 5.0)
agents[0].observe(seen, np.ones((2, 1)), np.ones((2, 1)), np.full((2, 1), 10.0))
assert prior[0, 0, 0] == 6.0, "the prior is what it was"
assert agents[1].trans_count[0, 0, 0] == 6.0, "the other agent has seen nothing"
print("one agent observed 5 transitions: the prior has them now, and so has another agent")
