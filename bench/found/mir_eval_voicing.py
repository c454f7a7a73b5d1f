"""mir_eval: evaluating a melody changes the voicing that is handed in.

package: mir_eval 0.8.2
place: mir_eval/melody.py: voicing[frequencies == 0] = 0
finding: TAL103
"""

import numpy as np
from mir_eval import melody

times = np.arange(4) * 0.01
estimated = np.array([0.0, 220.0, 0.0, 220.0])
voicing = np.array([0.9, 0.8, 0.7, 0.6])
before = voicing.copy()
melody.evaluate(times, np.full(4, 220.0), times, estimated, est_voicing=voicing)
assert not np.array_equal(voicing, before), "the voicing is what it was"
print(f"the voicing was {before}, and is {voicing} once the melody is evaluated")
