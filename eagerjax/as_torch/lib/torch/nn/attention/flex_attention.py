"""torch.nn.attention.flex_attention: what libraries import of it. Its kernels are PyTorch's compiler's."""

_DEFAULT_SPARSE_BLOCK_SIZE = 128
_LARGE_SPARSE_BLOCK_SIZE = 1 << 30
