"""torch.utils._foreach_utils: lists of tensors by what they have in common."""

from eagerjax.nn.parameter import Parameter
from eagerjax.tensor import Tensor

_foreach_supported_types = [Tensor, Parameter]


def _get_foreach_kernels_supported_devices():
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices():
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def _device_has_foreach_support(device):
    return device.type in [*_get_foreach_kernels_supported_devices(), "cpu"]


def _has_foreach_support(tensors, device):
    return _device_has_foreach_support(device) and all(t is None or type(t) in _foreach_supported_types for t in tensors)


def _group_tensors_by_device_and_dtype(tensorlistlist, with_indices=False):
    """{(device, dtype) of the first list's tensors: (the lists' tensors there, where they are in the lists)}.

    Lists are as long as the first, or empty. The indices are an empty list unless `with_indices`.
    """
    first = tensorlistlist[0]
    if any(len(tensors) not in (0, len(first)) for tensors in tensorlistlist):
        raise RuntimeError(f"Expected lists of {len(first)} tensors or empty ones, got {[len(ts) for ts in tensorlistlist]}")
    found = {}
    for i, tensor in enumerate(first):
        lists, indices = found.setdefault((tensor.device, tensor.dtype), ([[] for _ in tensorlistlist], []))
        for tensors, kept in zip(tensorlistlist, lists):
            kept.extend(tensors[i : i + 1])
        indices.extend([i] if with_indices else [])
    return found
