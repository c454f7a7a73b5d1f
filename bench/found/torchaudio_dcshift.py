"""torchaudio: a shifted waveform that is limited replaces the one that is handed in.

package: torchaudio 2.11.1
place: torchaudio/functional/filtering.py: output_waveform[mask] = (temp + limiter_threshold
finding: TAL103
"""

import torch
from torchaudio.functional import dcshift

results = []
for gain in (None, 0.05):
    waveform = torch.linspace(-0.9, 0.9, 5)
    before = waveform.clone()
    dcshift(waveform, 0.3, gain)
    results.append(torch.equal(waveform, before))

assert results == [True, False], "both are what they were"
print(f"without a limiter the waveform stays as it is; with one, it is {waveform.numpy().round(2)} itself")
