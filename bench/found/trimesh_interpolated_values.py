"""trimesh: the values that colours are asked for are overwritten.

package: trimesh 5.2.0
place: trimesh/visual/color.py: values -= v_min
finding: TAL103
"""

import numpy as np
from trimesh.visual.color import interpolate

heights = np.array([3.0, 5.0, 9.0])
interpolate(heights)
assert heights.max() != 9.0, "the heights are what they were"
print(f"the heights were 3, 5 and 9 metres; once they have colours they are {heights.round(2)}")
