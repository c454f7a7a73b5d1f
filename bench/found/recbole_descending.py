"""RecBole: interactions cannot be sorted in descending order.

package: recbole 1.2.1
place: recbole/data/interaction.py: index = torch.tensor(np.array(index)[::-1])
finding: TAL505
"""

import torch
from recbole.data.interaction import Interaction

rows = Interaction({"time": torch.tensor([2.0, 3.0, 1.0])})
rows.sort(by="time")
assert rows["time"].tolist() == [1.0, 2.0, 3.0]
try:
    rows.sort(by="time", ascending=False)
except ValueError as error:
    print(f"sorting in descending order raises: {error}")
else:
    raise AssertionError("they are sorted in descending order")
