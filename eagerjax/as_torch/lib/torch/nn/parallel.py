"""torch.nn.parallel: one process, which XLA spreads over devices if tensors are sharded."""


def data_parallel(module, inputs, device_ids=None, output_device=None, dim=0, module_kwargs=None):
    """The module on its inputs, undivided."""
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*inputs, **(module_kwargs or {}))
