"""ArviZ: plotting the distribution of values sorts them where they are.

package: arviz 0.23.4
place: arviz/plots/ecdfplot.py: values.sort()
finding: TAL103
"""

import matplotlib
import numpy as np

matplotlib.use("agg")

import arviz

chain = np.random.default_rng(0).normal(size=1000).cumsum()
before = chain.copy()
arviz.plot_ecdf(chain)
assert not np.array_equal(chain, before), "the chain is what it was"
steps = [np.abs(np.diff(each)).mean() for each in (before, chain)]
print(f"the mean step of a chain was {steps[0]:.2f}, and is {steps[1]:.2f} once it is plotted")
