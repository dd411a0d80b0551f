"""Which ops autocast runs in which dtype: PyTorch's lists for the CPU and for CUDA."""

from eagerjax.ops.define import REGISTRY

LOWER, FLOAT, FLOAT_UNLESS_TOLD, WIDEST, BANNED = "lower", "float", "float unless told", "widest", "banned"

_MATRICES = """
conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul mm bmm addmm addbmm baddbmm prelu
linalg_vecdot _einsum _attention _attention_dropout
"""
_LOSSES = """
mse_loss l1_loss smooth_l1_loss huber_loss soft_margin_loss binary_cross_entropy_with_logits kl_div poisson_nll_loss nll_loss
margin_ranking_loss hinge_embedding_loss cosine_embedding_loss triplet_margin_loss multi_margin_loss multilabel_margin_loss
cdist prod
"""
CPU = {
    LOWER: _MATRICES,
    FLOAT: _LOSSES + """
cross_entropy _ctc_loss binary_cross_entropy avg_pool3d max_pool3d adaptive_avg_pool3d adaptive_max_pool3d max_unpool2d
max_unpool3d _fractional_max_pool polar quantile nanquantile stft trace cholesky cholesky_inverse cholesky_solve inverse
lu_solve ormqr pinverse geqrf qr svd triangular_solve linalg_cond linalg_matrix_rank linalg_solve linalg_cholesky
linalg_cholesky_ex linalg_svdvals linalg_eigvals linalg_eigvalsh linalg_inv linalg_householder_product linalg_tensorinv
linalg_tensorsolve linalg_eig linalg_eigh linalg_lstsq linalg_qr linalg_svd _grid_sample
fft_fft fft_ifft fft_fft2 fft_ifft2 fft_fftn fft_ifftn fft_rfft fft_irfft fft_rfft2 fft_irfft2 fft_rfftn fft_irfftn fft_hfft
fft_ihfft
""",
    WIDEST: "cat stack index_copy",
}  # fmt: skip
CUDA = {
    LOWER: _MATRICES + "addmv addr mv lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell _lstm _gru _rnn",
    FLOAT: _LOSSES + """
acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh tan pow softplus layer_norm rms_norm group_norm
cosine_similarity cross_entropy dist pdist renorm logsumexp norm
""",
    FLOAT_UNLESS_TOLD: "softmax log_softmax cumprod cumsum sum linalg_vector_norm linalg_matrix_norm",
    WIDEST: "addcdiv addcmul atan2 bilinear cross dot vdot scatter_add cat stack",
    BANNED: "binary_cross_entropy",
}  # fmt: skip


def install():
    """Tell the ops; those in no list have `autocast` None and run in the dtypes that come."""
    for device, lists in (("cpu", CPU), ("cuda", CUDA)):
        for policy, names in lists.items():
            for name in names.split():
                if name in REGISTRY:
                    op = REGISTRY[name]
                    op.autocast = {**(op.autocast or {}), device: policy}


install()
