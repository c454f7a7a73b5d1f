"""snnTorch: clearing hidden states leaves them as they are.

package: snntorch 1.0.0
place: snntorch/_neurons/neurons.py: state = torch.zeros_like(state)
finding: TAL403
"""

import torch
from snntorch import Leaky

membrane = torch.tensor([0.7, 0.2])
Leaky.zeros(membrane)
assert membrane.count_nonzero() == 2, "the state is cleared"
print(f"the state that is said to be cleared to zero is {membrane.numpy()}")
