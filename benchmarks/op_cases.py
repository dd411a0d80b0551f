"""The ops of `python -m benchmarks ops`: the differentiable ones that programs use most, each at three sizes.

Written once for both libraries: a case draws arrays of one size and says what is computed from them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SIZES = ("small", "middle", "large")
ROWS = {"small": (32, 32), "middle": (256, 512), "large": (2048, 1024)}
IMAGES = {"small": (2, 8, 8, 8), "middle": (8, 16, 32, 32), "large": (16, 32, 64, 64)}
SEQUENCES = {"small": (2, 8, 32), "middle": (8, 64, 256), "large": (16, 256, 512)}
SQUARES = {"small": (32, 32), "middle": (256, 256), "large": (768, 768)}
BATCHES = {"small": (4, 16, 16), "middle": (32, 64, 64), "large": (64, 192, 192)}


@dataclass(frozen=True)
class Case:
    """`draw(rng, size)` gives arrays, of which the floating ones are differentiated; `call(torch, *tensors)` a tensor."""

    name: str
    draw: Callable
    call: Callable
    random: bool = False  # values of its own: the libraries' results are not compared


def normal(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def of_shape(shapes, count=1, positive=False):
    """A draw of `count` arrays of one shape."""

    def draw(rng, size):
        arrays = [normal(rng, *shapes[size]) for _ in range(count)]
        return [np.abs(a) + 0.1 for a in arrays] if positive else arrays

    return draw


def case(name, draw, call, random=False):
    CASES.append(Case(name, draw, call, random))


CASES: list[Case] = []

# -- elementwise -------------------------------------------------------------------------------------------
ANY = (
    "abs neg exp tanh sigmoid sin cos square erf relu gelu silu softplus leaky_relu elu hardtanh relu6 hardswish mish logsigmoid"
).split()
POSITIVE = "log sqrt rsqrt reciprocal log1p".split()
for _name in [*ANY, *POSITIVE]:

    def _call(torch, x, name=_name):
        return (getattr(torch, name, None) or getattr(torch.nn.functional, name))(x)

    case(_name, of_shape(ROWS, positive=_name in POSITIVE), _call)
for _name in "add sub mul div maximum minimum atan2".split():
    case(_name, of_shape(ROWS, 2, positive=_name == "div"), lambda torch, x, y, name=_name: getattr(torch, name)(x, y))
case("pow", of_shape(ROWS, positive=True), lambda torch, x: x**3)
case("clamp", of_shape(ROWS), lambda torch, x: x.clamp(-1, 1))
case("where", of_shape(ROWS, 2), lambda torch, x, y: torch.where(x > 0, x, y))
case("masked_fill", of_shape(ROWS), lambda torch, x: x.masked_fill(x.detach() > 1, 0.0))
case("lerp", of_shape(ROWS, 2), lambda torch, x, y: torch.lerp(x, y, 0.3))
case("addcmul", of_shape(ROWS, 3), lambda torch, x, y, z: torch.addcmul(x, y, z))
case("add (broadcast)", lambda rng, size: [normal(rng, *ROWS[size]), normal(rng, ROWS[size][1])], lambda torch, x, y: x + y)
case("dropout", of_shape(ROWS), lambda torch, x: torch.nn.functional.dropout(x, 0.3), random=True)
case("prelu", lambda rng, size: [normal(rng, *IMAGES[size]), normal(rng, IMAGES[size][1])],
     lambda torch, x, w: torch.nn.functional.prelu(x, w))  # fmt: skip
case("glu", of_shape(ROWS), lambda torch, x: torch.nn.functional.glu(x))

# -- reductions --------------------------------------------------------------------------------------------
for _name in "sum mean var std logsumexp amax".split():
    case(_name, of_shape(ROWS), lambda torch, x, name=_name: getattr(torch, name)(x, -1))
case("sum (all)", of_shape(ROWS), lambda torch, x: x.sum())
case("max", of_shape(ROWS), lambda torch, x: x.max(1)[0])
case("min", of_shape(ROWS), lambda torch, x: x.min(0)[0])
case("norm", of_shape(ROWS), lambda torch, x: x.norm(dim=-1))
case("prod", of_shape(ROWS, positive=True), lambda torch, x: x[:, :8].prod(1))
case("cumsum", of_shape(ROWS), lambda torch, x: x.cumsum(1))
case("softmax", of_shape(ROWS), lambda torch, x: torch.softmax(x, -1))
case("log_softmax", of_shape(ROWS), lambda torch, x: torch.log_softmax(x, -1))
case("sort", lambda rng, size: [rng.permuted(np.arange(np.prod(ROWS[size]), dtype=np.float32)).reshape(ROWS[size])],
     lambda torch, x: x.sort(-1)[0])  # fmt: skip
case("topk", of_shape(ROWS), lambda torch, x: x.topk(5)[0])
case("normalize", of_shape(ROWS), lambda torch, x: torch.nn.functional.normalize(x, dim=-1))
case("cosine_similarity", of_shape(ROWS, 2), lambda torch, x, y: torch.nn.functional.cosine_similarity(x, y))

# -- products ----------------------------------------------------------------------------------------------
case("matmul", of_shape(SQUARES, 2), lambda torch, x, y: x @ y)
case("bmm", of_shape(BATCHES, 2), lambda torch, x, y: torch.bmm(x, y))
case("einsum", of_shape(BATCHES, 2), lambda torch, x, y: torch.einsum("bij,bkj->bik", x, y))
case("addmm", of_shape(SQUARES, 3), lambda torch, b, x, y: torch.addmm(b, x, y))
case("linear", lambda rng, size: [normal(rng, *SEQUENCES[size]), normal(rng, 4 * SEQUENCES[size][2], SEQUENCES[size][2])],
     lambda torch, x, w: torch.nn.functional.linear(x, w))  # fmt: skip
case("outer", lambda rng, size: [normal(rng, n) for n in ROWS[size]], lambda torch, x, y: torch.outer(x, y))
case("cdist", of_shape({"small": (16, 8), "middle": (256, 32), "large": (1024, 64)}, 2), lambda torch, x, y: torch.cdist(x, y))
case("attention", of_shape({"small": (1, 2, 16, 16), "middle": (4, 4, 64, 32), "large": (8, 4, 256, 64)}, 3),
     lambda torch, q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))  # fmt: skip
case("inv", lambda rng, size: [normal(rng, *s) + 9 * np.eye(s[-1], dtype=np.float32) for s in [BATCHES[size]]],
     lambda torch, x: torch.linalg.inv(x))  # fmt: skip

# -- shapes and parts --------------------------------------------------------------------------------------
case("reshape", of_shape(ROWS), lambda torch, x: x.t().reshape(-1))
case("permute", of_shape(IMAGES), lambda torch, x: x.permute(0, 2, 3, 1).contiguous())
case("cat", of_shape(ROWS, 3), lambda torch, *x: torch.cat(x, 1))
case("stack", of_shape(ROWS, 3), lambda torch, *x: torch.stack(x))
case("chunk", of_shape(ROWS), lambda torch, x: x.chunk(2, -1)[0] * x.chunk(2, -1)[1])
case("x[:, ::2]", of_shape(ROWS), lambda torch, x: x[:, ::2] * 1.0)
case("expand", lambda rng, size: [normal(rng, ROWS[size][1])], lambda torch, x: x.expand(64, -1) * 2.0)
case("repeat", of_shape(SQUARES), lambda torch, x: x.repeat(2, 2))
case("flip", of_shape(ROWS), lambda torch, x: x.flip(-1))
case("roll", of_shape(ROWS), lambda torch, x: x.roll(3, -1))
case("pad", of_shape(IMAGES), lambda torch, x: torch.nn.functional.pad(x, (1, 1, 1, 1)))
case("tril", of_shape(SQUARES), lambda torch, x: x.tril())
case("diagonal", of_shape(SQUARES), lambda torch, x: x.diagonal() * 1.0)


def with_indices(shape_of, high):
    def draw(rng, size):
        rows = ROWS[size]
        return [normal(rng, *rows), rng.integers(0, rows[high], shape_of(rows))]

    return draw


case("index_select", with_indices(lambda r: (r[0],), 0), lambda torch, x, i: x.index_select(0, i))
case("x[i]", with_indices(lambda r: (r[0],), 0), lambda torch, x, i: x[i])
case("gather", with_indices(lambda r: (r[0], r[1] // 4), 1), lambda torch, x, i: x.gather(1, i))
case("scatter_add", with_indices(lambda r: r, 1), lambda torch, x, i: torch.zeros_like(x).scatter_add(1, i, x))
case("index_add", with_indices(lambda r: (r[0],), 0), lambda torch, x, i: torch.zeros_like(x).index_add(0, i, x))
case("embedding", with_indices(lambda r: (r[0] // 4, 16), 0), lambda torch, w, i: torch.nn.functional.embedding(i, w))

# -- layers ------------------------------------------------------------------------------------------------


def convolution(kernel):
    def draw(rng, size):
        c = IMAGES[size][1]
        return [normal(rng, *IMAGES[size]), normal(rng, c, c, *[kernel] * 2) / c, normal(rng, c)]

    return draw


case("conv1d", lambda rng, size: [normal(rng, *s) for s in [SEQUENCES[size], (SEQUENCES[size][1], SEQUENCES[size][1], 3)]],
     lambda torch, x, w: torch.nn.functional.conv1d(x, w, padding=1))  # fmt: skip
case("conv2d", convolution(3), lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1))
case("conv2d (stride 2)", convolution(3), lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, stride=2, padding=1))
case("conv2d (1x1)", convolution(1), lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b))
case("conv2d (depthwise)", lambda rng, size: [normal(rng, *IMAGES[size]), normal(rng, IMAGES[size][1], 1, 3, 3)],
     lambda torch, x, w: torch.nn.functional.conv2d(x, w, padding=1, groups=w.shape[0]))  # fmt: skip
case("conv_transpose2d", convolution(4),
     lambda torch, x, w, b: torch.nn.functional.conv_transpose2d(x, w, b, stride=2, padding=1))  # fmt: skip
case("max_pool2d", of_shape(IMAGES), lambda torch, x: torch.nn.functional.max_pool2d(x, 2))
case("max_pool2d (3, stride 2)", of_shape(IMAGES), lambda torch, x: torch.nn.functional.max_pool2d(x, 3, 2, 1))
case("avg_pool2d", of_shape(IMAGES), lambda torch, x: torch.nn.functional.avg_pool2d(x, 2))
case("adaptive_avg_pool2d", of_shape(IMAGES), lambda torch, x: torch.nn.functional.adaptive_avg_pool2d(x, 1))
case("batch_norm", lambda rng, size: [normal(rng, *IMAGES[size]), *[normal(rng, IMAGES[size][1]) for _ in range(2)]],
     lambda torch, x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True))  # fmt: skip
case("layer_norm", lambda rng, size: [normal(rng, *SEQUENCES[size]), *[normal(rng, SEQUENCES[size][2]) for _ in range(2)]],
     lambda torch, x, w, b: torch.nn.functional.layer_norm(x, x.shape[-1:], w, b))  # fmt: skip
case("group_norm", of_shape(IMAGES), lambda torch, x: torch.nn.functional.group_norm(x, 4))
case("instance_norm", of_shape(IMAGES), lambda torch, x: torch.nn.functional.instance_norm(x))
case("interpolate (nearest)", of_shape(IMAGES), lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2))
case("interpolate (bilinear)", of_shape(IMAGES),
     lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False))  # fmt: skip
case("grid_sample", lambda rng, size: [normal(rng, *IMAGES[size]), rng.uniform(-1, 1, (IMAGES[size][0], 16, 16, 2)).astype("f4")],
     lambda torch, x, grid: torch.nn.functional.grid_sample(x, grid, align_corners=False))  # fmt: skip
case("pixel_shuffle", of_shape(IMAGES), lambda torch, x: torch.nn.functional.pixel_shuffle(x, 2))
case("unfold", of_shape(IMAGES), lambda torch, x: torch.nn.functional.unfold(x, 3, padding=1))

# -- losses ------------------------------------------------------------------------------------------------
case("cross_entropy", with_indices(lambda r: (r[0],), 1), lambda torch, x, y: torch.nn.functional.cross_entropy(x, y))
case("nll_loss", with_indices(lambda r: (r[0],), 1), lambda torch, x, y: torch.nn.functional.nll_loss(x, y))
for _name in "mse_loss l1_loss smooth_l1_loss huber_loss".split():
    case(_name, of_shape(ROWS, 2), lambda torch, x, y, name=_name: getattr(torch.nn.functional, name)(x, y.detach()))
case("binary_cross_entropy_with_logits", of_shape(ROWS, 2),
     lambda torch, x, y: torch.nn.functional.binary_cross_entropy_with_logits(x, (y.detach() > 0).float()))  # fmt: skip
case("kl_div", of_shape(ROWS, 2, positive=True),
     lambda torch, x, y: torch.nn.functional.kl_div(x.log(), y.detach(), reduction="batchmean"))  # fmt: skip
