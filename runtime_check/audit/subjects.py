"""What can be audited: the libraries that have a module of this package, on each of their backends."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_check.results import titled


@dataclass(frozen=True, slots=True)
class Subject:
    """One library on one backend. ``module`` offers ``entries`` and ``audit``, see this package."""

    library: str
    backend: str = ""  # of Keras
    devices: tuple[str, ...] = ("cpu",)  # that it may know
    module: str = ""  # where it is not named like the library

    @property
    def title(self) -> str:
        return titled(self.library, self.backend)

    @property
    def home(self) -> str:
        return self.module or f"{__package__}.{self.library.lower()}"


_ALL = ("cpu", "cuda")
SUBJECTS = (
    Subject("numpy"),
    Subject("torch", devices=_ALL),
    Subject("tensorflow", devices=_ALL),
    *(Subject("keras", backend, devices=_ALL) for backend in ("tensorflow", "torch", "jax")),
    Subject("jax", devices=_ALL),
    Subject("cupy", devices=("cuda",)),
    Subject("python"),
    *map(Subject, ("scipy", "cv2", "PIL", "pandas", "einops", "numba")),
)
