"""Memory that tensors take: arrays by what there was at most, PyTorch's storages by their sum."""

from __future__ import annotations

import numpy as np
import torch

from runtime_check.storage import MEASURED, size_of, taking


def test_arrays_are_counted_while_they_are_there() -> None:
    with taking("numpy") as one:
        np.ones(4096).sum()
    with taking("numpy") as two:
        x = np.ones(4096)
        x.copy().sum()
    assert one.size is not None and two.size is not None
    assert 32768 <= one.size < 40000 and 65536 <= two.size < 72000


def test_storages_are_counted_once_whatever_views_there_are() -> None:
    x = torch.ones(1024)
    with taking("torch") as views:
        x[1:].reshape(-1).t()
        x.add_(1.0)
    with taking("torch") as copies:
        x.clone().view(32, 32)
        x[:512] + 1.0
    assert (views.size, copies.size) == (0, 4096 + 2048)


def test_nothing_is_known_of_other_libraries() -> None:
    with taking("jax") as taken:
        np.ones(4096)
    assert taken.size is None and MEASURED == ("numpy", "torch")


def test_size_is_that_of_the_elements() -> None:
    assert size_of([np.zeros((2, 3)), {"t": torch.zeros(4)}, 1.0]) == 48 + 16
