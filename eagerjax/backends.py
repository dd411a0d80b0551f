"""torch.backends: switches that scripts set. They are remembered, and XLA decides for itself."""

import contextlib
import sys
import types

from eagerjax import cuda as _cuda


def _module(name, doc, **members):
    """A submodule of this one, so that `import torch.backends.cudnn as cudnn` works."""
    made = types.ModuleType(f"{__name__}.{name}", doc)
    made.__dict__.update(members)
    sys.modules[made.__name__] = made
    return made


def _no():
    return False


def _flags(module):
    """The function `flags` of a module of switches."""

    @contextlib.contextmanager
    def flags(**settings):
        """Other settings inside; XLA decides for itself."""
        before = {name: getattr(module, name, None) for name in settings}
        try:
            vars(module).update(settings)
            yield
        finally:
            vars(module).update(before)

    module.flags = flags


cudnn = _module(
    "cudnn", "XLA calls cuDNN itself; these switches have no effect.", enabled=True, deterministic=False, benchmark=False,
    benchmark_limit=10, allow_tf32=True, version=lambda: None, is_available=_cuda.is_available,
)  # fmt: skip
cuda = _module(
    "cuda", "CUDA as JAX uses it.", is_built=_cuda.is_available,
    matmul=types.SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
                                 allow_bf16_reduced_precision_reduction=True),
)  # fmt: skip
mps = _module("mps", "JAX has no Metal device that eagerjax supports.", is_available=_no, is_built=_no)
mkldnn = _module("mkldnn", "XLA has its own kernels.", is_available=_no, enabled=False, deterministic=False, allow_tf32=False)
nnpack = _module("nnpack", "XLA has its own kernels.", is_available=_no, enabled=False)
mkl = _module("mkl", "XLA has its own kernels.", is_available=_no)
openmp = _module("openmp", "XLA has its own threads.", is_available=_no)
mha = _module(
    "mha", "There is one way to compute attention; the switch has no effect.",
    get_fastpath_enabled=lambda: mha.enabled, set_fastpath_enabled=lambda value: setattr(mha, "enabled", value), enabled=True,
)  # fmt: skip
for _switches in (cudnn, mkldnn, nnpack):
    _flags(_switches)
