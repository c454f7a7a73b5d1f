"""statsmodels: random blocks of large data are drawn by shuffling the data that all processes share.

package: statsmodels 0.15.0
place: statsmodels/nonparametric/_kernel_base.py: generator.shuffle(data)
finding: TAL103
"""

import warnings

import numpy as np
from statsmodels.nonparametric.kernel_density import EstimatorSettings, KDEMultivariate

warnings.simplefilter("ignore")
data = np.random.default_rng(0).normal(size=(100_000, 2))
drawn = EstimatorSettings(efficient=True, randomize=True, n_sub=50, n_res=2, n_jobs=2)

try:
    KDEMultivariate(data, var_type="cc", bw="normal_reference", defaults=drawn)
except ValueError as error:
    assert "read-only" in str(error), error
    print(f"more than a megabyte of data cannot be used at all: {error}")
else:
    raise AssertionError("the data were drawn without being shuffled")
