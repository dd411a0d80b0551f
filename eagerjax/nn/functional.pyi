# Made by `python -m eagerjax.tools.stubs`; not to be edited.
import types
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from eagerjax.runtime.device import device as _device
from eagerjax.runtime.dtype import dtype as _dtype, layout as _layout, memory_format as _memory_format
from eagerjax.size import Size

# pyright: reportInconsistentOverload=false, reportOverlappingOverload=false

from eagerjax.tensor import Tensor as Tensor, LD_pivots, LD_pivots_info, LU_pivots, LU_pivots_info, L_info, P_L_U, Q_R, U_S_V, U_S_Vh, a_tau, eigenvalues_eigenvectors, inverse_info, mantissa_exponent, min_max, result_info, sign_logabsdet, solution_cloned_coefficient, solution_residuals_rank_singular_values, values_indices

GRID_SAMPLE_INTERPOLATION_MODES: Any
GRID_SAMPLE_PADDING_MODES: Any
def adaptive_avg_pool1d(input: Tensor, output_size: Sequence[_int], *, out: Tensor | None = ...) -> Tensor:
    """Means over `output_size` windows of (N, C, L) or (C, L)."""
def adaptive_avg_pool2d(input: Tensor, output_size: Sequence[_int], *, out: Tensor | None = ...) -> Tensor:
    """Means over `output_size` windows of (N, C, H, W) or (C, H, W); None keeps a dimension."""
def adaptive_avg_pool3d(input: Tensor, output_size: Sequence[_int], *, out: Tensor | None = ...) -> Tensor:
    """Means over `output_size` windows of (N, C, D, H, W) or (C, D, H, W); None keeps a dimension."""
def adaptive_max_pool1d(input: Tensor, output_size: Sequence[_int], return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maxima over `output_size` windows of (N, C, L) or (C, L); with `return_indices` also where each stands."""
def adaptive_max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.adaptive_max_pool1d`."""
def adaptive_max_pool2d(input: Tensor, output_size: Sequence[_int], return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maxima over `output_size` windows of (N, C, H, W) or (C, H, W); with `return_indices` also where each stands."""
def adaptive_max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.adaptive_max_pool2d`."""
def adaptive_max_pool3d(input: Tensor, output_size: Sequence[_int], return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maxima over `output_size` windows of (N, C, D, H, W) or (C, D, H, W); with `return_indices` where each stands."""
def adaptive_max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.adaptive_max_pool3d`."""
def affine_grid(theta: Any, size: Any, align_corners: Any = ...) -> Tensor:
    """The grid of affine maps theta (N, 2, 3) for images of `size` (N, C, H, W), or (N, 3, 4) for one axis more."""
def alpha_dropout(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each element is SELU's lower limit with probability p; mean and variance stay what they were."""
def avg_pool1d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., ceil_mode: _bool = ..., count_include_pad: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Mean over windows of (N, C, L) or (C, L)."""
def avg_pool2d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., ceil_mode: _bool = ..., count_include_pad: _bool = ..., divisor_override: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Mean over windows of (N, C, H, W) or (C, H, W); padding counts in the divisor unless told otherwise."""
def avg_pool3d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., ceil_mode: _bool = ..., count_include_pad: _bool = ..., divisor_override: _int | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Mean over windows of (N, C, D, H, W) or (C, D, H, W)."""
def batch_norm(input: Tensor, running_mean: Any, running_var: Any, weight: Any = ..., bias: Any = ..., training: _bool = ..., momentum: Any = ..., eps: Any = ...) -> Any:
    """Each channel of (N, C, *) with mean 0 and variance 1, times weight plus bias."""
def bilinear(input1: Tensor | _complex, input2: Tensor | _complex, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Bilinear map `y[o] = input1 @ weight[o] @ input2 + bias[o]`."""
def binary_cross_entropy(input: Tensor, target: Tensor | _complex, weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`-(t log x + (1 - t) log(1 - x))` of probabilities; logarithms stop at -100, so that 0 and 1 stay finite."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor | _complex, weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., pos_weight: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Binary cross entropy of `sigmoid(input)`, stable for large logits; `pos_weight` multiplies the positive part."""
def celu(input: Tensor, alpha: _complex | _str = ..., inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `alpha * (exp(input / alpha) - 1)` below. Raises RuntimeError where alpha is 0."""
def celu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`celu`, in place of `input`."""
def channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = ...) -> Tensor:
    """Channels (dimension 1) regrouped: from `groups` runs to alternating."""
def conv1d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over one spatial dimension."""
def conv2d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over two spatial dimensions."""
def conv3d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., groups: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """Convolution over three spatial dimensions."""
def conv_tbc(input: Tensor, weight: Any, bias: Any, pad: Any = ...) -> Tensor:
    """1-d convolution of (time, batch, channels) with weight (width, in channels, out channels)."""
def conv_transpose1d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over one spatial dimension."""
def conv_transpose2d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over two spatial dimensions; see `conv_transpose1d`."""
def conv_transpose3d(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., stride: Sequence[_int] = ..., padding: Sequence[_int] = ..., output_padding: Sequence[_int] = ..., groups: _int = ..., dilation: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Transposed convolution over three spatial dimensions; see `conv_transpose1d`."""
def cosine_embedding_loss(input1: Tensor | _complex, input2: Tensor | _complex, target: Tensor | _complex, margin: _complex = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """1 - cosine where target is 1, `max(0, cosine - margin)` where it is -1.  inputs (N, D) or (D,); target (N,) or ()."""
def cosine_similarity(x1: Tensor | _complex, x2: Tensor | _complex, dim: _int = ..., eps: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """`x1 . x2 / (max(|x1|, eps) max(|x2|, eps))` along `dim`, the inputs broadcast."""
def cross_entropy(input: Tensor, target: Tensor | _complex, weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., ignore_index: _int = ..., reduce: _bool | None = ..., reduction: _str = ..., label_smoothing: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """Cross entropy of logits (N, C, *) or (C,) with labels (N, *) or probabilities of the input's shape."""
def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any = ..., reduction: _str = ..., zero_infinity: Any = ...) -> Tensor:
    """Connectionist temporal classification loss of log_probs (T, N, C) or (T, C)."""
def dropout(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each element is 0 with probability p, else divided by 1 - p."""
def dropout1d(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each channel of (N, C, L) or (C, L) is 0 with probability p, else divided by 1 - p."""
def dropout2d(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each channel of (N, C, H, W) is 0 with probability p, else divided by 1 - p."""
def dropout3d(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each channel of (N, C, D, H, W) or (C, D, H, W) is 0 with probability p, else divided by 1 - p."""
def elu(input: Tensor, alpha: _complex = ..., inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `alpha * (exp(input) - 1)` below."""
def elu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`elu`, in place of `input`."""
def embedding(input: Tensor, weight: Any, padding_idx: Any = ..., max_norm: Any = ..., norm_type: Any = ..., scale_grad_by_freq: Any = ..., sparse: Any = ...) -> Tensor:
    """Rows of weight (rows, width) at the indices of input (*).  Returns: (*, width)."""
def embedding_bag(input: Tensor, weight: Any, offsets: Any = ..., max_norm: Any = ..., norm_type: Any = ..., scale_grad_by_freq: Any = ..., mode: Any = ..., sparse: Any = ..., per_sample_weights: Any = ..., include_last_offset: Any = ..., padding_idx: Any = ...) -> Tensor:
    """Sum, mean or maximum of the rows of each bag: input (bags, size), or flat with the bags' `offsets`."""
def feature_alpha_dropout(input: Tensor, p: _float = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """In training, each channel is SELU's lower limit with probability p; mean and variance stay what they were."""
def fold(input: Tensor, output_size: Sequence[_int], kernel_size: Sequence[_int], dilation: Sequence[_int] = ..., padding: Sequence[_int] = ..., stride: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """Columns (N, C * kh * kw, places) added back into their places: (N, C, *output_size)."""
def fractional_max_pool2d(input: Tensor, kernel_size: Any, output_size: Any = ..., output_ratio: Any = ..., return_indices: Any = ..., _random_samples: Any = ...) -> Any:
    """Maxima over windows at random places of (N, C, H, W) or (C, H, W), to a size or by a ratio in (0, 1)."""
def fractional_max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.fractional_max_pool2d`."""
def fractional_max_pool3d(input: Tensor, kernel_size: Any, output_size: Any = ..., output_ratio: Any = ..., return_indices: Any = ..., _random_samples: Any = ...) -> Any:
    """Maxima over windows at random places of (N, C, D, H, W) or (C, D, H, W), to a size or by a ratio in (0, 1)."""
def fractional_max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.fractional_max_pool3d`."""
def gaussian_nll_loss(input: Tensor, target: Tensor | _complex, var: Tensor | _complex, full: _bool = ..., eps: _complex = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`(log var + (input - target) ** 2 / var) / 2`, with variances below `eps` taken as `eps`."""
def gelu(input: Tensor, *, approximate: _str = ..., out: Tensor | None = ...) -> Tensor:
    """`input * P(Z <= input)` for a normal Z; `approximate="tanh"` by a tanh."""
def glu(input: Tensor, dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """First half along `dim` times the sigmoid of the second. Raises RuntimeError where `dim` has an odd size."""
def grid_sample(input: Tensor, grid: Any, mode: Any = ..., padding_mode: Any = ..., align_corners: Any = ...) -> Tensor:
    """input (N, C, H, W) at the points grid (N, H', W', 2), x before y, in [-1, 1]: (N, C, H', W'); or one axis more."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | _complex | None = ..., bias: Tensor | _complex | None = ..., eps: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """Each of `num_groups` groups of channels with mean 0 and variance 1 in each sample, times weight plus bias."""
def grouped_mm(mat_a: Any, mat_b: Any, *, offs: Any = ..., bias: Any = ..., out_dtype: Any = ...) -> Tensor:
    """The products of groups of rows of `mat_a` with a matrix each: the tokens of several experts."""
def gumbel_softmax(logits: Any, tau: Any = ..., hard: Any = ..., eps: Any = ..., dim: Any = ...) -> Tensor:
    """A random choice along `dim` with probabilities `softmax(logits)`, relaxed by the temperature `tau`."""
def hardshrink(input: Tensor, lambd: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """input outside [-lambd, lambd], 0 inside; lambd is rounded to the input's dtype."""
def hardsigmoid(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`relu6(input + 3) / 6`."""
def hardswish(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input * relu6(input + 3) / 6`."""
def hardtanh(input: Tensor, min_val: _complex | _str = ..., max_val: _complex | _str = ..., inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input moved into [min_val, max_val]; its derivative on the bounds is 0."""
def hardtanh_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`hardtanh`, in place of `input`."""
def hinge_embedding_loss(input: Tensor, target: Tensor | _complex, margin: _complex = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """input where target is 1, `max(0, margin - input)` where it is -1."""
def huber_loss(input: Tensor, target: Tensor | _complex, reduction: _str = ..., delta: _complex | _str = ..., weight: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Half the squared error up to delta, delta * (absolute error - delta / 2) above. Raises RuntimeError for delta <= 0."""
def instance_norm(input: Tensor, running_mean: Any = ..., running_var: Any = ..., weight: Any = ..., bias: Any = ..., use_input_stats: Any = ..., momentum: Any = ..., eps: Any = ...) -> Any:
    """Each channel of each sample of (N, C, *) with mean 0 and variance 1, times weight plus bias."""
def interpolate(input: Tensor, size: Any = ..., scale_factor: Any = ..., mode: Any = ..., align_corners: Any = ..., recompute_scale_factor: Any = ..., antialias: Any = ...) -> Any:
    """(N, C, *space) resampled to `size` or by `scale_factor`."""
def kl_div(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., log_target: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Divergence `t * (log t - input)` of log-probabilities `input` from `target` (its logarithm if `log_target`)."""
def l1_loss(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., weight: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Absolute error `|input - target|`."""
def layer_norm(input: Tensor, normalized_shape: Sequence[_int], weight: Tensor | _complex | None = ..., bias: Tensor | _complex | None = ..., eps: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """The last dimensions, of shape `normalized_shape`, with mean 0 and variance 1, times weight plus bias."""
def leaky_relu(input: Tensor, negative_slope: _complex = ..., inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `negative_slope * input` below."""
def leaky_relu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`leaky_relu`, in place of `input`."""
def linear(input: Tensor, weight: Tensor | _complex, bias: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Affine map `input @ weight.T + bias` of the last dimension."""
def local_response_norm(input: Tensor, size: _int, alpha: _complex = ..., beta: _complex = ..., k: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input / (k + alpha * mean of squares over `size` neighbouring channels) ** beta`.  input: (N, C, *)."""
def log_softmax(input: Tensor, dim: Any = ..., _stacklevel: Any = ..., dtype: _dtype | None = ...) -> Tensor:
    """`log(softmax(input, dim))` without underflow."""
def logsigmoid(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`log(sigmoid(input))` without underflow."""
def lp_pool1d(input: Tensor, norm_type: _complex | _str, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., ceil_mode: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, L) or (C, L)."""
def lp_pool2d(input: Tensor, norm_type: _complex | _str, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., ceil_mode: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, H, W) or (C, H, W)."""
def lp_pool3d(input: Tensor, norm_type: _complex | _str, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., ceil_mode: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`(sum of x ** p) ** (1 / p)` over windows of (N, C, D, H, W) or (C, D, H, W)."""
def margin_ranking_loss(input1: Tensor | _complex, input2: Tensor | _complex, target: Tensor | _complex, margin: _complex = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`max(0, -target * (input1 - input2) + margin)`; target 1: input1 should rank higher, -1: input2."""
def max_pool1d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, L) or (C, L); with `return_indices` also where each stands in L."""
def max_pool1d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.max_pool1d`."""
def max_pool2d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, H, W) or (C, H, W); with `return_indices` also where each stands in H * W."""
def max_pool2d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.max_pool2d`."""
def max_pool3d(input: Tensor, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., dilation: Sequence[_int] = ..., ceil_mode: _bool = ..., return_indices: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """Maximum over windows of (N, C, D, H, W) or (C, D, H, W); with `return_indices` also where each stands."""
def max_pool3d_with_indices(*args: Any, **kwargs: Any) -> Tensor:
    """(values, indices) of `nn.functional.max_pool3d`."""
def max_unpool1d(input: Tensor, indices: Tensor | _complex, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., output_size: Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `max_pool1d`: each maximum at its index, zeros elsewhere."""
def max_unpool2d(input: Tensor, indices: Tensor | _complex, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., output_size: Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `max_pool2d`: each maximum at its index, zeros elsewhere."""
def max_unpool3d(input: Tensor, indices: Tensor | _complex, kernel_size: Sequence[_int], stride: Sequence[_int] | None = ..., padding: Sequence[_int] = ..., output_size: Sequence[_int] | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The inverse of `max_pool3d`: each maximum at its index, zeros elsewhere."""
def mish(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input * tanh(softplus(input))`. Source: Misra 2019."""
def mse_loss(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., weight: Tensor | _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """Squared error `(input - target) ** 2`."""
def multi_margin_loss(input: Tensor, target: Tensor | _complex, p: _complex | _str = ..., margin: _complex = ..., weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`sum over wrong classes of max(0, margin - input[label] + input[class]) ** p / C`; p is 1 or 2."""
def multilabel_margin_loss(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`sum over labels l and other classes c of max(0, 1 - input[l] + input[c]) / C`."""
def multilabel_soft_margin_loss(input: Tensor, target: Tensor | _complex, weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """Binary cross entropy of each class's logit, averaged over the classes (the last dimension)."""
def native_channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = ...) -> Tensor:
    """Channels (dimension 1) regrouped: from `groups` runs to alternating."""
def nll_loss(input: Tensor, target: Tensor | _complex, weight: Tensor | _complex | None = ..., size_average: _bool | None = ..., ignore_index: _int = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`-weight[label] * input[label]` of log-probabilities (N, C, *) or (C,) with labels (N, *)."""
def normalize(input: Tensor, p: _complex | _str = ..., dim: _int | Sequence[_int] = ..., eps: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input / max(norm, eps)` with the p-norm along `dim`."""
def one_hot(input: Tensor, num_classes: Any = ...) -> Tensor:
    """1 at the class, 0 elsewhere: (*) int64 to (*, num_classes); -1 takes the largest class present plus one."""
def pad(input: Tensor, pad: Sequence[_int], mode: _str = ..., value: _complex | _str | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input` with (low, high) pairs added to its last dimensions, the last one first; negative pads cut off."""
def pairwise_distance(x1: Tensor | _complex, x2: Tensor | _complex, p: _complex | _str = ..., eps: _complex = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-norm of `x1 - x2 + eps` along the last dimension, the inputs broadcast."""
def pdist(input: Tensor, p: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """The p-distances of all pairs of different rows of (N, M), in the order (0, 1), (0, 2) ... (N-2, N-1)."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, out: Tensor | None = ...) -> Tensor:
    """(*, C * r^2, H, W) to (*, C, H * r, W * r)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, out: Tensor | None = ...) -> Tensor:
    """(*, C, H * r, W * r) to (*, C * r^2, H, W)."""
def poisson_nll_loss(input: Tensor, target: Tensor | _complex, log_input: _bool = ..., full: _bool = ..., size_average: _bool | None = ..., eps: _complex = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """Negative log likelihood of counts `target` at the rate `exp(input)` (or `input`)."""
def prelu(input: Tensor, weight: Tensor | _complex, *, out: Tensor | None = ...) -> Tensor:
    """input above 0, `weight * input` below; weight: one number, or one for each channel (dimension 1)."""
def relu(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`max(input, 0)`; its derivative at 0 is 0."""
def relu6(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input moved into [0, 6]."""
def relu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`relu`, in place of `input`."""
def rms_norm(input: Tensor, normalized_shape: Sequence[_int], weight: Tensor | _complex | None = ..., eps: _complex | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """The last dimensions, of shape `normalized_shape`, divided by the root of their mean square, times weight."""
def rrelu(input: Tensor, lower: Any = ..., upper: Any = ..., training: _bool = ..., inplace: _bool = ...) -> Tensor:
    """`leaky_relu` with a slope drawn anew for each element in [lower, upper]; the mean slope unless training."""
def rrelu_(input: Tensor, lower: Any = ..., upper: Any = ..., training: _bool = ..., generator: Any = ...) -> Tensor:
    """`rrelu` in place of input."""
def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = ..., dropout_p: Any = ..., is_causal: Any = ..., scale: Any = ..., enable_gqa: Any = ...) -> Tensor:
    """`softmax(scale * query @ key.T + mask) @ value`, with dropout of the softmax."""
def selu(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`elu` with the constants that keep mean 0 and variance 1 from layer to layer."""
def selu_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`selu`, in place of `input`."""
def sigmoid(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """The logistic function `1 / (1 + exp(-input))`."""
def silu(input: Tensor, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """`input * sigmoid(input)`, also called swish."""
def smooth_l1_loss(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., beta: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """Squared error / (2 beta) below beta, absolute error - beta / 2 above. Raises RuntimeError for a negative beta."""
def soft_margin_loss(input: Tensor, target: Tensor | _complex, size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(1 + exp(-target * input))` for targets 1 and -1."""
def softmax(input: Tensor, dim: Any = ..., _stacklevel: Any = ..., dtype: _dtype | None = ...) -> Tensor:
    """Shares that are positive and sum to 1 along `dim`."""
def softmin(input: Tensor, dim: Any = ..., _stacklevel: Any = ..., dtype: _dtype | None = ...) -> Tensor:
    """`softmax(-input, dim)`: the smallest get the largest shares."""
def softplus(input: Tensor, beta: _complex = ..., threshold: _complex = ..., *, out: Tensor | None = ...) -> Tensor:
    """`log(1 + exp(beta * input)) / beta`; input itself where `beta * input` exceeds the threshold."""
def softshrink(input: Tensor, lambd: _complex | _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """input moved by lambd towards 0, and 0 in between. Raises RuntimeError for a negative lambd."""
def softsign(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`input / (1 + |input|)`."""
def tanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """Hyperbolic tangent."""
def tanhshrink(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """`input - tanh(input)`."""
def threshold(input: Tensor, threshold: _complex, value: _complex, inplace: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """input above the threshold, `value` elsewhere."""
def threshold_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`threshold`, in place of `input`."""
def triplet_margin_loss(anchor: Tensor | _complex, positive: Tensor | _complex, negative: Tensor | _complex, margin: _complex = ..., p: _complex | _str = ..., eps: _complex = ..., swap: _bool = ..., size_average: _bool | None = ..., reduce: _bool | None = ..., reduction: _str = ..., *, out: Tensor | None = ...) -> Tensor:
    """`max(0, |anchor - positive| - |anchor - negative| + margin)`; `swap` also considers |positive - negative|."""
def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *, distance_function: Any = ..., margin: Any = ..., swap: Any = ..., reduction: _str = ...) -> Tensor:
    """`max(0, d(anchor, positive) - d(anchor, negative) + margin)` for any distance; the Euclidean one by default."""
def unfold(input: Tensor, kernel_size: Sequence[_int], dilation: Sequence[_int] = ..., padding: Sequence[_int] = ..., stride: Sequence[_int] = ..., *, out: Tensor | None = ...) -> Tensor:
    """The blocks of (N, C, H, W) as columns: (N, C * kh * kw, places)."""
def upsample(input: Tensor, size: Any = ..., scale_factor: Any = ..., mode: Any = ..., align_corners: Any = ...) -> Any:
    """`interpolate` under its old name."""
def upsample_bilinear(input: Tensor, size: Any = ..., scale_factor: Any = ...) -> Any:
    """`interpolate` with mode "bilinear" and aligned corners."""
def upsample_nearest(input: Tensor, size: Any = ..., scale_factor: Any = ...) -> Any:
    """`interpolate` with mode "nearest"."""
