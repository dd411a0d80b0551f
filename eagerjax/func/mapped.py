"""`vmap`: a function of examples as one of batches. Its Python runs once, on one example; what it recorded is mapped."""

import functools

import jax
import jax.numpy as jnp

from eagerjax.control import body, step
from eagerjax.control.run import is_control, remembered
from eagerjax.dispatch import enter_all
from eagerjax.func import depth, tree
from eagerjax.namespace import torch
from eagerjax.record.trie import CALL, Ref
from eagerjax.runtime import dtype as dt
from eagerjax.runtime.errors import FINE
from eagerjax.tensor import Tensor

VMAP = step.operation("vmap")
RANDOM = ("vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness "
          "flags on vmap or perform the randomness operation out of vmap")  # fmt: skip


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """`func` of examples, as a function of batches: dimension `in_dims` of each tensor argument is mapped over.

    in_dims, out_dims: an int, or nested as the arguments and results are; None for what is not batched. Keyword arguments
    are not mapped. `func` sees tensors without the batch's dimension, and must not look at values or write to tensors
    from outside. randomness: "error", "same" draws for all examples, or "different" ones. chunk_size: at most so many
    examples at a time. Transforms nest: `vmap(grad(f))` gives a gradient per example.

    >>> eagerjax.vmap(eagerjax.dot)(eagerjax.ones(4, 3), eagerjax.ones(4, 3))
    tensor([3., 3., 3., 3.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and not (chunk_size == int(chunk_size) and chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def batched(*args, **kwargs):
        return Mapping(func, in_dims, out_dims, randomness, args, kwargs).run(chunk_size)

    return batched


class Mapping:
    """One call of a mapped function."""

    def __init__(self, func, in_dims, out_dims, randomness, args, kwargs):
        self.func, self.kwargs = func, kwargs
        self.in_dims, self.out_dims = in_dims, out_dims
        self.different, self.refuses = randomness == "different", randomness == "error"
        self.called = f"vmap({getattr(func, '__name__', func)}, in_dims={in_dims}, ...)(<inputs>)"
        self.leaves, self.shape = tree.flatten(args)
        self.dims = self.input_dims(args)
        self.at = [i for i, d in enumerate(self.dims) if d is not None]
        self.size = self.common_size()

    def input_dims(self, args):
        """The dimension of each leaf that is mapped over, counted from the front; None for those that are not."""
        if type(self.in_dims) not in (int, tuple, list):
            raise ValueError(f"{self.called}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
                             f"structure of inputs, got: {type(self.in_dims)}.")  # fmt: skip
        if not args:
            raise ValueError(f"{self.called}: got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
                             "function with no inputs. The latter is unsupported.")  # fmt: skip
        wanted = tuple(self.in_dims) if type(self.in_dims) is list else self.in_dims
        dims = tree.spread(wanted, self.shape)
        if dims is None:
            raise ValueError(f"{self.called}: in_dims is not compatible with the structure of `inputs`.")
        return [self.input_dim(d, leaf) for d, leaf in zip(dims, self.leaves)]

    def input_dim(self, dim, leaf):
        if dim is None:
            return None
        if type(dim) is not int:
            raise ValueError(f"{self.called}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or "
                             "None.")  # fmt: skip
        if not isinstance(leaf, Tensor):
            raise ValueError(f"{self.called}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot "
                             "vmap over non-Tensor arguments, please use None as the respective in_dim")  # fmt: skip
        n = leaf.ndim
        if not -n <= dim < n:
            raise ValueError(f"{self.called}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {n} "
                             f"so expected in_dim to satisfy -{n} <= in_dim < {n}.")  # fmt: skip
        return dim % n

    def common_size(self):
        sizes = [self.leaves[i].shape[self.dims[i]] for i in self.at]
        if not sizes:
            raise ValueError(f"{self.called}: vmap: Expected at least one Tensor to vmap over")
        if len(set(sizes)) > 1:
            raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                             f"{sizes} for the mapped dimension")  # fmt: skip
        return sizes[0]

    def run(self, chunk_size):
        tensors = [self.leaves[i] for i in self.at]
        if chunk_size is None or chunk_size >= self.size:
            results, _ = self.map(tensors)
            return tree.unflatten(self.result, results)
        pieces = []
        for start in range(0, self.size, chunk_size):
            length = min(chunk_size, self.size - start)
            pieces.append(self.map([t.narrow(self.dims[i], start, length) for i, t in zip(self.at, tensors)]))
        dims = pieces[0][1]
        joined = [parts[0] if d is None else torch.cat(parts, d) for d, *parts in zip(dims, *[p[0] for p in pieces])]
        return tree.unflatten(self.result, joined)

    def map(self, tensors):
        """(results, where each has the batch's dimension)."""
        body.prepare()
        refs = enter_all(tensors)
        dims = [self.dims[i] for i in self.at]
        given = [Ref(without(r.shape, d), r.dtype, r.device, r.needs) for r, d in zip(refs, dims)]
        recorded = body.record("vmap", self.example, lambda inputs: (inputs,), given, as_given=True)
        run = recorded.run
        if self.refuses and run.words:
            raise RuntimeError(RANDOM)
        outs = self.output_dims(recorded, dependent(run, len(refs), self.different))
        inputs = step.Operands(refs)
        where = inputs.take(recorded)
        size = refs[0].shape[dims[0]]
        key = ("vmap", run.key, where, tuple(dims), tuple(outs), size if self.different else None)
        function = remembered(key, lambda: mapped(run, where, dims, outs, size, self.different))
        facts = [(batched(s, d, size), *rest) for d, (s, *rest) in zip(outs, recorded.facts)]
        count = run.conditions
        facts += [((count,), dt.int64, refs[0].device, False)] if count else []
        found = step.call(VMAP, function, inputs.refs, facts, (recorded,))
        results = step.made(found[: len(outs)])
        if count:
            step.refuse(found[-1], (recorded,))
        return results, outs

    def example(self, inputs):
        """The function on one example; its results as a flat list."""
        leaves = list(self.leaves)
        for i, tensor in zip(self.at, inputs):
            leaves[i] = tensor
        with depth.entered():
            found, self.result = tree.flatten(self.func(*tree.unflatten(self.shape, leaves), **self.kwargs))
        for leaf in found:
            if not isinstance(leaf, Tensor):
                raise ValueError(f"{self.called}: `f` must only return Tensors, got type {type(leaf)}.")
        return found

    def output_dims(self, recorded, batched):
        wanted = tuple(self.out_dims) if type(self.out_dims) is list else self.out_dims
        if type(wanted) is tuple and self.result is None:
            wanted = wanted[0] if len(wanted) == 1 else None
        dims = tree.spread(wanted, self.result) if wanted is not None or self.out_dims is None else None
        if dims is None:
            raise ValueError(
                f"{self.called}: out_dims={self.out_dims} is not compatible with the structure of the outputs"
            )
        return [self.output_dim(d, fact, b) for d, fact, b in zip(dims, recorded.facts, batched)]

    def output_dim(self, dim, fact, batched):
        if dim is None:
            if batched:
                raise ValueError(
                    f"{self.called}: `f` returned a Tensor that depends on what is mapped over, but out_dim is None"
                )
            return None
        if type(dim) is not int:
            raise ValueError(f"{self.called}: `out_dims` must be an int, None or nested tuples of them, got {dim}")
        n = len(fact[0]) + 1
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
        return dim % n


def batched(shape, dim, size):
    return shape if dim is None else (*shape[:dim], size, *shape[dim:])


def without(shape, dim):
    return (*shape[:dim], *shape[dim + 1 :])


def dependent(run, count, different):
    """For each result of a run: does it depend on one of the first `count` inputs, or on a draw that differs?"""
    found = set(run.inputs[:count])
    for node in run.nodes:
        draws = different and node.kind is CALL and (node.op.random or (is_control(node) and node.call.words))
        if draws or not found.isdisjoint(node.inputs) or (node.kind == "pull" and pulls(node, found)):
            found.update(node.results)
    return [ref in found for ref in run.outs]


def pulls(node, found):
    """Does a reverse pass go through a call that reads something batched?"""
    return any(not found.isdisjoint(v.inputs) for v in node.detail[1].visited)


def mapped(run, where, dims, outs, size, different):
    """The pure function of the step: (mapped, captured) -> results (and the conditions of faults)."""

    def function(arrays, scalars=(), key=None):
        captured, scalars = [arrays[i] for i in where], list(scalars)

        def one(at, given):
            return run.compute([*given, *captured], scalars, at if different else None)

        number = jnp.arange(size) if different else None
        axes = (0 if different else None, list(dims))
        results, found = jax.vmap(one, axes, (list(outs), 0))(number, list(arrays[: len(dims)]))
        if not found.shape[-1]:
            return tuple(results)
        bad = found != FINE
        first = (
            jnp.take_along_axis(found, jnp.argmax(bad, 0)[None], 0)[0]
            if found.shape[0]
            else jnp.full(found.shape[1:], FINE)
        )
        return (*results, first)

    function.faults = None
    function.words = run.words
    return function
