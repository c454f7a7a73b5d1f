"""Tianshou: the hidden state of a recurrent policy is not reset when an episode ends.

package: tianshou 2.0.1
place: tianshou/data/collector.py: last_hidden_state_RH[env_ind_local_D].zero_()
finding: TAL401
"""

import numpy as np
import torch
from tianshou.data import Collector

ended = np.array([1])
arrays, tensors = np.ones((3, 2)), torch.ones(3, 2)
for state in (arrays, tensors):
    Collector._reset_hidden_state_based_on_type(ended, state)

assert not arrays[1].any(), "the state of an array is reset"
assert tensors[1].any(), "the state of a tensor is reset as well"
print(f"after the episode has ended: {arrays[1].tolist()} as an array, {tensors[1].tolist()} as a tensor")
