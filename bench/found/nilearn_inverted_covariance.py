"""Nilearn: a Mahalanobis distance leaves the inverse where the covariance was.

package: nilearn 0.14.1
place: nilearn/glm/_utils.py: Kt = multiple_fast_inverse(Kt)
finding: TAL103
"""

import numpy as np
from nilearn.glm._utils import multiple_mahalanobis

effect = np.array([[1.0], [2.0]])
covariance = np.asfortranarray(np.diag([2.0, 4.0])[:, :, np.newaxis])
first = multiple_mahalanobis(effect, covariance)
second = multiple_mahalanobis(effect, covariance)

assert first != second, "the same distance again"
print(f"the distance is {first[0]:.2f}, and for the same arguments {second[0]:.2f}")
