"""DeepChem: transforming a data set clips the original one, too.

package: deepchem 2.8.0
place: deepchem/trans/transformers.py: X[X > self.x_max] = self.x_max
finding: TAL103
"""

import deepchem
import numpy as np

original = deepchem.data.NumpyDataset(X=np.array([[1.0, 10.0], [2.0, 20.0]]))
before = original.X.copy()
clipped = original.transform(deepchem.trans.ClippingTransformer(transform_X=True, x_max=5.0))

assert clipped is not original
assert not np.array_equal(original.X, before), "the original data set is as it was"
print(f"the original features were {before.tolist()} and are {original.X.tolist()}")
