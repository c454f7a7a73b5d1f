"""healpy: asking where points of an orthographic map lie on the sphere moves the points.

package: healpy 1.20.1
place: healpy/projector.py: x += 1.0
finding: TAL103
"""

import numpy as np
from healpy.projector import OrthographicProj

x, y = np.array([-0.9, -0.5, 0.2, 0.7]), np.zeros(4)
projection = OrthographicProj()
first = np.asarray(projection.xy2vec(x, y))
second = np.asarray(projection.xy2vec(x, y))
assert not np.allclose(first, second, equal_nan=True), "the same directions again"
print(f"after two calls the points are at x = {x}, and the directions were not the same")
