"""statsmodels: a contingency table writes into the counts that it is made of.

package: statsmodels 0.15.0
place: statsmodels/stats/contingency_tables.py: self.table[self.table == 0] = 0.5
finding: TAL103
"""

import numpy as np
from statsmodels.stats.contingency_tables import Table

counts = np.array([[0.0, 3.0], [4.0, 5.0]])
table = Table(counts)

assert counts[0, 0] == 0.5, "the counts are as they were"
assert table.table_orig[0, 0] == 0.5
print(f"the counts are {counts.tolist()}, and so are those that are kept as the original ones")
