"""PyTorch's entries that running on a CPU leaves unproved, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, str] = {
    "needs a CUDA device": """
        torch.Tensor.__cuda_array_interface__ torch.Tensor.cuda torch.Tensor.pin_memory
        torch.Tensor.record_stream torch.cuda.BFloat16Tensor torch.cuda.BoolTensor torch.cuda.ByteTensor
        torch.cuda.DoubleTensor torch.cuda.Event torch.cuda.FloatTensor torch.cuda.HalfTensor
        torch.cuda.IntTensor torch.cuda.LongTensor torch.cuda.Stream torch.cuda.current_device
        torch.cuda.current_stream torch.cuda.get_device_capability torch.cuda.get_device_name
        torch.cuda.get_device_properties torch.cuda.get_rng_state torch.cuda.reset_peak_memory_stats
        torch.cuda.synchronize torch.nn.Module.cuda
        """,
    "needs a tensor on another device": "torch.Tensor.cpu torch.nn.Module.cpu",
    "needs a device of another maker": """
        torch.Tensor.ipu torch.Tensor.mtia torch.Tensor.xpu torch.mps.empty_cache torch.mps.synchronize
        torch.nn.Module.ipu torch.nn.Module.mtia torch.nn.Module.xpu
        """,
    "trains on accelerators only": "torch.nn.SyncBatchNorm",
    "the elements lie where no address tells": "torch.Tensor.to_mkldnn",
    "NumPy has no such type": "torch.BFloat16Tensor",
    "no backend of a CPU build runs it": "torch.indices_copy torch.values_copy",
    "starts a compiler": "torch.compile torch.nn.Module.compile",
    "asks the network": "torch.hub.load",
    "is how the audit itself runs collectives": """
        torch.distributed.destroy_process_group torch.distributed.init_process_group
        """,
}
UNPROVED: Mapping[str, str] = MappingProxyType(
    {name: reason for reason, names in REASONS.items() for name in names.split()}
)
