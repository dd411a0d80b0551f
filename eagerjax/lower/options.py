"""XLA's options for a program: which of its libraries works on a CPU, and the blocks that memory comes in.

See docs/decisions/0009-channels-last.md and 0035-who-multiplies.md.
"""

import math

import jax

from eagerjax.lower import layout
from eagerjax.ops.define import REGISTRY
from eagerjax.runtime import compat

_LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
CONVOLUTION_OPTIONS = {_LIBRARY: "LIBRARY_FUSION_TYPE_REDUCE,LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"}
"""jaxlib 0.10's CPU back end runs convolutions on a library that is slower there; this keeps it for the rest."""
PRODUCT_OPTIONS = {_LIBRARY: "LIBRARY_FUSION_TYPE_REDUCE"}
"""The same for products of matrices, where most of the work is in those that `gain` says are quicker without."""
LARGE = 28 << 20
HEAP_OPTIONS = {"xla_multiheap_size_constraint_per_heap": LARGE}
"""What a program needs in between comes in blocks of this many bytes at most: glibc maps any that exceeds 32 MB anew each
time, and a page fault for every 4 KB costs up to a quarter of a step."""
IN_CACHE = 1 << 19
"""Elements of a weight beyond which the library is ahead whatever the rows: it packs the weight but once."""
_LOOPS = {"_lstm": 4, "_gru": 3, "_rnn": 3}
"""Where a recurrent layer has the weight that each of its steps multiplies by."""
_BY_WEIGHT = {"linear": 1, "matmul": 1, "mm": 1, "addmm": 2, "bmm": 1, "baddbmm": 2}
"""Where a product has its second matrix, or batch of them; the first comes before it."""
_ATTENTION = {"_attention", "_attention_dropout"}


def options_of(path):
    """XLA's options for the program of a path, as far as this jaxlib knows them; None for its own."""
    wanted: dict = {}
    if sum(map(gain, layout.calls_of(path))) > 0:
        wanted |= PRODUCT_OPTIONS
    elif layout.convolves(path):
        wanted |= CONVOLUTION_OPTIONS
    stored = getattr(jax.config, "jax_compilation_cache_dir", None)  # XLA cannot store programs with several blocks
    if is_large(path) and not stored:
        wanted |= HEAP_OPTIONS
    return dict(filter(compat.knows_option, wanted.items())) or None


def is_large(path):
    """Does it need more memory than a block, and may it come in blocks? XLA warns of each array that exceeds one.

    Not where a step has a function inside, such as one that is mapped: it may have larger arrays than it returns.
    """
    if any(n.op is not None and REGISTRY.get(n.op.name) is not n.op for n in path):
        return False
    results = [r for n in path for r in n.results if r.dtype is not None]
    sizes = [math.prod(r.shape) * r.dtype.itemsize for r in results]
    return sum(sizes) > LARGE >= max(sizes)


# -- products ---------------------------------------------------------------------------------------------
def gain(node):
    """What XLA's own product of matrices saves in a call, over the library's, in units of its multiplications.

    Below 0 where the library is ahead: with few rows, or in batches of small matrices.
    """
    shapes, name = [r.shape for r in node.inputs], node.op.name
    if name in _LOOPS:
        steps, weight = math.prod(shapes[0][:-1]), math.prod(shapes[_LOOPS[name]])
        return 0.4 * steps * weight if weight <= IN_CACHE else 0
    if name in _ATTENTION:
        query, key = shapes[:2]
        return by_batch(query, (*key[:-2], key[-1], key[-2]))
    at = _BY_WEIGHT.get(name, len(shapes))
    if at >= len(shapes) or min(map(len, shapes[at - 1 : at + 1])) < 2:
        return 0
    first, second = shapes[at - 1 : at + 1]
    return by_weight(math.prod(first[:-1]), math.prod(second)) if len(second) == 2 else by_batch(first, second)


def by_weight(rows, weight):
    """Of a product of so many rows by a weight of so many elements."""
    if rows <= 2:
        return 0
    rate = -0.4 if weight > IN_CACHE else -1 if rows < 256 else 0 if rows < 512 else 0.08
    return rate * rows * weight


def by_batch(first, second):
    """Of a batch of products of these shapes."""
    smallest = min(first[-2], second[-1])
    rate = -0.5 if smallest < 64 else 0 if smallest < 128 else 0.12
    return rate * math.prod(first) * second[-1]
