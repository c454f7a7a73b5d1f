"""PyGAD: the rectifier overwrites its input.

package: pygad 3.9.2
place: pygad/helper/activations.py: result[sop < 0] = 0
finding: TAL103
"""

import numpy as np
from pygad.helper.activations import relu, sigmoid

inputs = np.array([-2.0, 3.0])
sigmoid(inputs)
assert inputs[0] == -2.0
relu(inputs)
assert inputs[0] == 0.0, "the inputs are what they were"
print(f"the inputs were -2 and 3; sigmoid leaves them so, and after relu they are {inputs}")
