"""Calls of what holds tensors: modules and their containers, optimizers, data sets, groups of processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn, optim
from torch.nn.utils import parametrizations
from torch.utils import data

from runtime_check.audit.torch_tensors import (
    NOTHING,
    Probes,
    Tensor,
    leaf,
    real,
    spelled_out,
    whole,
    with_grad,
)
from runtime_check.audit.torch_trial import given

Module = Any


def module() -> Module:
    """A module with parameters, running statistics and gradients."""
    found = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for parameter in found.parameters():
        parameter.grad = torch.ones_like(parameter)
    return found


class Stateful(nn.Module):  # type: ignore[misc]
    """A module that has more to save than tensors."""

    def get_extra_state(self) -> int:
        return 1


def alone(*more: Any, **options: Any) -> Probes:
    return lambda: [given(module(), *more, **options)]


def hooked() -> Callable[..., None]:
    return lambda *args: None


def linear() -> Module:
    return nn.Linear(3, 2)


def listed() -> Module:
    return nn.ModuleList([nn.Linear(3, 2), nn.Linear(2, 3)])


def keyed() -> Module:
    return nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.ReLU()})


def chained() -> Module:
    return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 3))


def parameters() -> Module:
    return nn.ParameterList([leaf(3), leaf(2)])


def named_parameters() -> Module:
    return nn.ParameterDict({"a": leaf(3), "b": leaf(2)})


def on_each(
    makers: Mapping[str, Callable[[], Any]], method: str, *more: Callable[[], Any]
) -> dict[str, Probes]:
    """One method of several containers, with arguments made anew for each call."""

    def probes(make: Callable[[], Any]) -> Probes:
        return lambda: [given(make(), *(argument() for argument in more))]

    return {f"torch.nn.{name}.{method}": probes(make) for name, make in makers.items()}


LISTS = {"ModuleList": listed, "Sequential": chained}
DICTS = {"ModuleDict": keyed, "ParameterDict": named_parameters}
ALL_LISTS = {**LISTS, "ParameterList": parameters}
FIRST, KEY = (lambda: 0), (lambda: "a")

CONTAINERS: Mapping[str, Probes] = {
    **on_each(ALL_LISTS, "__getitem__", FIRST),
    **on_each(DICTS, "__getitem__", KEY),
    **on_each(LISTS, "__setitem__", FIRST, linear),
    **on_each({"ParameterList": parameters}, "__setitem__", FIRST, lambda: leaf(4)),
    **on_each({"ModuleDict": keyed}, "__setitem__", KEY, linear),
    **on_each({"ParameterDict": named_parameters}, "__setitem__", KEY, lambda: leaf(4)),
    **on_each({**ALL_LISTS, **DICTS}, "__iter__"),
    **on_each({**ALL_LISTS, **DICTS}, "__len__"),
    **on_each(DICTS, "__contains__", KEY),
    **on_each(DICTS, "keys"),
    **on_each(DICTS, "values"),
    **on_each(DICTS, "items"),
    **on_each(LISTS, "append", linear),
    **on_each({"ParameterList": parameters}, "append", lambda: leaf(4)),
    **on_each({"ModuleList": listed}, "extend", lambda: [linear()]),
    **on_each({"Sequential": chained}, "extend", chained),
    **on_each({"ParameterList": parameters}, "extend", lambda: [leaf(4)]),
    **on_each(LISTS, "insert", FIRST, linear),
    **on_each(LISTS, "pop", FIRST),
    **on_each(DICTS, "pop", KEY),
    **on_each({"ModuleDict": keyed}, "update", lambda: {"c": linear()}),
    **on_each({"ParameterDict": named_parameters}, "update", lambda: {"c": leaf(4)}),
}

MODULES: Mapping[str, Probes] = {
    f"torch.nn.Module.{names}".replace(" ", " torch.nn.Module."): probes
    for names, probes in {
        "state_dict parameters buffers named_parameters named_buffers children modules named_children"
        " named_modules zero_grad bfloat16 cpu double eval half share_memory train extra_repr": alone(),
        "float": lambda: [given(module().double())],
        "requires_grad_": alone(False),
        "to": lambda: [given(module(), torch.float64), given(module(), "cpu")],
        "to_empty": alone(device="cpu"),
        "type": alone(torch.float64),
        "apply": alone(hooked()),
        "get_submodule": alone("0"),
        "get_parameter": alone("0.weight"),
        "get_buffer": alone("1.running_mean"),
        "load_state_dict": lambda: [
            given(module(), nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict()),
            given(module(), module().state_dict(), assign=True),
        ],
        "register_buffer": lambda: [given(module(), "extra", real(3))],
        "register_parameter": lambda: [given(module(), "extra", nn.Parameter(real(3)))],
        "add_module register_module": lambda: [given(module(), "extra", linear())],
        "set_submodule": lambda: [given(module(), "0", linear())],
        "get_extra_state": lambda: [given(Stateful())],
        "weight bias": lambda: [given(linear())],
        "register_forward_hook register_forward_pre_hook register_full_backward_hook"
        " register_full_backward_pre_hook register_load_state_dict_post_hook register_state_dict_pre_hook"
        " register_load_state_dict_pre_hook register_backward_hook register_state_dict_post_hook": alone(
            hooked()
        ),
    }.items()
}

WRAPPED: Mapping[str, Probes] = {
    "torch.nn.utils.parametrizations.orthogonal torch.nn.utils.parametrizations.spectral_norm"
    " torch.nn.utils.parametrizations.weight_norm torch.nn.utils.spectral_norm"
    " torch.nn.utils.weight_norm": lambda: [given(linear())],
    "torch.nn.utils.parametrize.register_parametrization": lambda: [given(linear(), "weight", nn.Identity())],
    "torch.nn.utils.parametrize.remove_parametrizations": lambda: [
        given(parametrizations.orthogonal(linear()), "weight")
    ],
    "torch.nn.utils.remove_spectral_norm": lambda: [given(nn.utils.spectral_norm(linear()))],
    "torch.nn.utils.remove_weight_norm": lambda: [given(nn.utils.weight_norm(linear()))],
    "torch.nn.utils.parametrize.is_parametrized": lambda: [given(linear())],
    "torch.nn.utils.fuse_conv_bn_eval": lambda: [
        given(nn.Conv2d(2, 2, 1).eval(), nn.BatchNorm2d(2).eval()),
    ],
}


def held() -> list[Tensor]:
    return [with_grad(3), with_grad(2, 2)]


def sgd() -> Any:
    return optim.SGD(held(), lr=0.1)


def stepped() -> Any:
    optimizer = optim.Adam(held(), lr=0.1)
    optimizer.step()
    return optimizer


def scaler() -> Any:
    return torch.amp.GradScaler("cpu")


def scheduler() -> Any:
    return optim.lr_scheduler.StepLR(sgd(), 1)


def scheduled(*more: Any, **options: Any) -> Probes:
    return lambda: [given(sgd(), *more, **options)]


SCHEDULERS: Mapping[str, Probes] = {
    "ChainedScheduler": lambda: [given([scheduler()])],
    "ConstantLR LinearLR PolynomialLR ReduceLROnPlateau": scheduled(),
    "CosineAnnealingLR CosineAnnealingWarmRestarts StepLR": scheduled(2),
    "CyclicLR": scheduled(0.1, 0.2, cycle_momentum=False),
    "ExponentialLR": scheduled(0.9),
    "LambdaLR MultiplicativeLR": scheduled(lambda epoch: 0.9),
    "MultiStepLR": scheduled([1, 2]),
    "OneCycleLR": scheduled(0.1, total_steps=3, cycle_momentum=False),
    "SequentialLR": lambda: [
        given(s.optimizer, [s, optim.lr_scheduler.StepLR(s.optimizer, 1)], [1]) for s in [scheduler()]
    ],
}

OPTIMIZERS: Mapping[str, Probes] = {
    **{
        f"torch.optim.{name}": lambda: [given(held())]
        for name in (
            "ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax LBFGS NAdam RAdam RMSprop Rprop SGD SparseAdam"
        ).split()
    },
    "torch.optim.Muon": lambda: [given([with_grad(2, 2)])],
    "torch.optim.Optimizer": lambda: [given(held(), {})],
    "torch.optim.Optimizer.step": lambda: [given(optimizer) for optimizer in (sgd(), optim.Adam(held()))],
    "torch.optim.Optimizer.zero_grad": lambda: [given(sgd())],
    "torch.optim.Optimizer.state_dict": lambda: [given(stepped())],
    "torch.optim.Optimizer.load_state_dict": lambda: [given(stepped(), stepped().state_dict())],
    "torch.optim.Optimizer.add_param_group": lambda: [given(sgd(), {"params": [with_grad(4)]})],
    **{
        " ".join(f"torch.optim.lr_scheduler.{name}" for name in names.split()): probes
        for names, probes in SCHEDULERS.items()
    },
    "torch.optim.lr_scheduler.LRScheduler.load_state_dict": lambda: [
        given(scheduler(), scheduler().state_dict())
    ],
    "torch.optim.lr_scheduler.LRScheduler.step torch.optim.lr_scheduler.LRScheduler.get_last_lr"
    " torch.optim.lr_scheduler.LRScheduler.get_lr"
    " torch.optim.lr_scheduler.LRScheduler.state_dict": lambda: [given(scheduler())],
    "torch.amp.GradScaler": lambda: [given("cpu")],
    "torch.cuda.amp.GradScaler": NOTHING,
    "torch.amp.GradScaler.scale": lambda: [given(scaler(), real(3))],
    "torch.amp.GradScaler.step": lambda: [given(scaler(), sgd()), given(scaled(), sgd())],
    "torch.amp.GradScaler.unscale_": lambda: [given(scaled(), sgd())],
    "torch.amp.GradScaler.update": lambda: [given(stepped_scaler())],
}


def scaled() -> Any:
    """A scaler that has scaled a loss once: before that it has no factor yet."""
    found = scaler()
    found.scale(real(1))
    return found


def stepped_scaler() -> Any:
    found = scaled()
    found.step(sgd())
    return found


def rows() -> Any:
    return data.TensorDataset(real(6, 3), whole(*range(6)))


DATA: Mapping[str, Probes] = {
    "torch.utils.data.TensorDataset": lambda: [given(real(6, 3), whole(*range(6)))],
    "torch.utils.data.TensorDataset.__getitem__": lambda: [
        given(rows(), 1),
        given(rows(), slice(0, 2)),
        given(rows(), [0, 2]),
    ],
    "torch.utils.data.TensorDataset.__len__": lambda: [given(rows())],
    "torch.utils.data.Subset": lambda: [given(rows(), [0, 2])],
    "torch.utils.data.Subset.__getitem__": lambda: [given(data.Subset(rows(), [0, 2]), 1)],
    "torch.utils.data.ConcatDataset": lambda: [given([rows(), rows()])],
    "torch.utils.data.ConcatDataset.__getitem__": lambda: [given(data.ConcatDataset([rows(), rows()]), 1)],
    "torch.utils.data.StackDataset": lambda: [given(rows(), rows())],
    "torch.utils.data.random_split": lambda: [given(rows(), [2, 4])],
    "torch.utils.data.DataLoader": lambda: [given(rows(), batch_size=2)],
    "torch.utils.data.DataLoader.__iter__": lambda: [given(data.DataLoader(rows(), batch_size=2))],
    "torch.utils.data.DataLoader.__len__": lambda: [given(data.DataLoader(rows(), batch_size=2))],
    "torch.utils.data.default_collate": lambda: [
        given([real(3), real(3)]),
        given([(real(3), 1), (real(3), 2)]),
    ],
    "torch.utils.data.default_convert": lambda: [given(real(3)), given([real(3).numpy()])],
    "torch.utils.data.RandomSampler torch.utils.data.SequentialSampler": lambda: [given(rows())],
    "torch.utils.data.SubsetRandomSampler": lambda: [given([0, 1])],
    "torch.utils.data.WeightedRandomSampler": lambda: [given([0.5, 0.5], 2)],
    "torch.utils.data.BatchSampler": lambda: [given(data.SequentialSampler(rows()), 2, False)],
}


# What another process does meanwhile, for the collectives whose outcome shows only beside one.
PEERS: Mapping[str, str] = {
    "torch.distributed.all_reduce": "distributed.all_reduce(tensor)",
    "torch.distributed.broadcast": "distributed.broadcast(tensor, 1)",
    "torch.distributed.reduce": "distributed.reduce(tensor, 0)",
    "torch.distributed.recv": "distributed.send(tensor, 0)",
}
PEER = """
import sys
from datetime import timedelta
import torch
from torch import distributed
store = distributed.FileStore(sys.argv[1], 2)
distributed.init_process_group("gloo", store=store, rank=1, world_size=2, timeout=timedelta(seconds=60))
tensor = torch.full((3,), 5.0)
"""


@contextmanager
def group(name: str) -> Iterator[None]:
    """A group of processes in which a collective runs: this one alone, or one more where it takes two."""
    hook = sys.excepthook  # a group puts its own in front
    with tempfile.TemporaryDirectory() as folder:
        file, peer = os.path.join(folder, "store"), None
        if name in PEERS:
            peer = subprocess.Popen(
                [sys.executable, "-c", PEER + PEERS[name], file], stderr=subprocess.DEVNULL
            )
        size = 1 if peer is None else 2
        store = distributed.FileStore(file, size)
        wait = timedelta(seconds=60)
        distributed.init_process_group("gloo", store=store, rank=0, world_size=size, timeout=wait)
        try:
            yield
        finally:
            distributed.destroy_process_group()
            sys.excepthook = hook
            if peer is not None:
                peer.wait(60)


COLLECTIVES: Mapping[str, Probes] = {
    f"torch.distributed.{names}".replace(" ", " torch.distributed."): probes
    for names, probes in {
        "all_reduce": lambda: [given(real(3))],
        "broadcast": lambda: [given(real(3), 1)],
        "reduce": lambda: [given(real(3), 0)],
        "recv": lambda: [given(real(3), 1)],
        "all_gather": lambda: [given([torch.zeros(3)], real(3))],
        "all_gather_into_tensor all_to_all_single reduce_scatter_tensor": lambda: [
            given(torch.zeros(3), real(3))
        ],
        "reduce_scatter": lambda: [given(torch.zeros(3), [real(3)])],
        "gather": lambda: [given(real(3), [torch.zeros(3)], 0)],
        "scatter": lambda: [given(torch.zeros(3), [real(3)], 0)],
        "all_to_all": lambda: [given([torch.zeros(3)], [real(3)])],
        "all_gather_object": lambda: [given([None], 5)],
        "broadcast_object_list": lambda: [given([5], 0)],
        "barrier get_rank get_world_size is_initialized get_backend": NOTHING,
    }.items()
}
PARALLEL: Mapping[str, Probes] = {
    "torch.nn.parallel.DistributedDataParallel": lambda: [given(linear())],
}
IN_A_GROUP = spelled_out(COLLECTIVES, PARALLEL)
OBJECTS = spelled_out(CONTAINERS, MODULES, WRAPPED, OPTIMIZERS, DATA, COLLECTIVES, PARALLEL)
