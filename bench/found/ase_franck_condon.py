"""ASE: the highest frequency that Huang-Rhys factors are asked for excludes nothing.

package: ase 3.29.0
place: ase/vibrations/franck_condon.py: np.append(indices, np.where(self.frequencies >= self.maxfreq))
finding: TAL402
"""

import numpy as np
from ase import Atoms
from ase.vibrations.franck_condon import FranckCondon

atoms = Atoms("H2", [(0, 0, 0), (0, 0, 0.7)])
condon = FranckCondon.__new__(FranckCondon)  # what its constructor reads from the files of a calculation
condon.atoms, condon.shape = atoms, (2, 3)
condon.mm05_V = np.repeat(1 / np.sqrt(atoms.get_masses()), 3)
condon.H, condon.modes = np.eye(6), np.eye(6)
condon.frequencies = np.array([100.0, 200.0, 300.0, 400.0, 500.0, 600.0])
condon.energies = condon.frequencies / 8065.5
condon.minfreq, condon.maxfreq = 150.0, 450.0

_, kept = condon.get_Huang_Rhys_factors(np.ones((2, 3)))
assert kept.min() > condon.minfreq and kept.max() > condon.maxfreq, "what is too high is excluded"
print(f"between {condon.minfreq:.0f} and {condon.maxfreq:.0f} per cm, there are said to be {kept}")
