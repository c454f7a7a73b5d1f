"""scikit-learn: learning a dictionary overwrites the initial one, where it is in Fortran's order.

package: scikit-learn 1.9.1
place: sklearn/decomposition/_dict_learning.py: _update_dict(
finding: TAL103
"""

import warnings

import numpy as np
from sklearn.decomposition import DictionaryLearning

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
samples, code = rng.normal(size=(30, 6)), rng.normal(size=(30, 4))
learnt = []
for order in "CF":
    atoms = np.array(rng.normal(size=(4, 6)), order=order)
    before = atoms.copy()
    model = DictionaryLearning(4, max_iter=3, code_init=code, dict_init=atoms, random_state=0)
    model.fit(samples)
    learnt.append(not np.array_equal(atoms, before))

assert learnt == [False, True], "both are what they were"
print(
    "an initial dictionary in C order stays as it is; one in Fortran's order is the learnt one after the fit"
)
