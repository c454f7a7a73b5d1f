"""MONAI: asking how uncertain predictions are changes the predictions.

package: monai 1.6.1
place: monai/metrics/active_learning_metrics.py: y_pred[y_pred <= 0] = threshold
finding: TAL103
"""

import torch
from monai.metrics.active_learning_metrics import compute_variance

predictions = torch.tensor([-0.5, 0.0, 0.5, 1.0]).reshape(2, 1, 2, 1)
before = predictions.clone()
compute_variance(predictions, threshold=0.01)

assert not torch.equal(predictions, before), "the predictions are as they were"
print(f"the predictions {before.flatten().tolist()} are {predictions.flatten().tolist()} afterwards")
