"""Astropy: a kernel that is multiplied by a number becomes larger itself.

package: astropy 8.0.2
place: astropy/convolution/core.py: new_kernel = copy.copy(kernel)
finding: TAL202
"""

from astropy.convolution import Gaussian1DKernel

kernel = Gaussian1DKernel(1.0)
before = kernel.array.sum()
doubled = 2 * kernel
after = kernel.array.sum()
assert after > 1.5 * before, "the kernel is what it was"
print(f"the kernel summed up to {before:.1f}; once another one is twice that, it sums up to {after:.1f}")
