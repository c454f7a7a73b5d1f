"""Stable-Baselines3: the stacked observation that `reset` returns is overwritten by the next `reset`.

package: stable-baselines3 2.9.2
place: stable_baselines3/common/vec_env/stacked_observations.py: return self.stacked_obs
finding: TAL106
"""

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env.stacked_observations import StackedObservations

space = spaces.Box(-1.0, 1.0, shape=(2,), dtype=np.float32)
stack = StackedObservations(num_envs=1, n_stack=2, observation_space=space)

first = stack.reset(np.full((1, 2), 0.25, dtype=np.float32))
before = first.copy()
stack.reset(np.full((1, 2), 0.75, dtype=np.float32))

assert not np.array_equal(first, before), "the first observation is as it was"
print(
    f"the first observation was {before.ravel().tolist()} and is {first.ravel().tolist()} after another reset"
)
