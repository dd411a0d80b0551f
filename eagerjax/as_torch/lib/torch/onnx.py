"""torch.onnx: nothing is exported to it, which libraries ask in the middle of their functions."""


def is_in_onnx_export():
    return False


def is_onnxrt_backend_supported():
    return False
