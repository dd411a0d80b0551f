"""Pruning: parameters with masks. `weight` becomes `weight_orig * weight_mask`, made anew before each forward pass."""

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable

from eagerjax.namespace import torch
from eagerjax.nn.utils.convert_parameters import parameters_to_vector

__all__ = ["BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
           "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
           "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove"]  # fmt: skip


# What a pruning method checks. Pruning methods outside this file call these functions, too, by these names.
def _validate_pruning_amount_init(amount):
    """Raises TypeError for an amount that is no number, ValueError for a negative one or a fraction above 1."""
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if amount < 0 or (not isinstance(amount, numbers.Integral) and not amount <= 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _validate_pruning_amount(amount, tensor_size):
    """Raises ValueError for a number of elements larger than there are."""
    if isinstance(amount, numbers.Integral) and amount > tensor_size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={tensor_size}")


def _validate_structured_pruning(t):
    """Raises ValueError for a tensor that has no slices to prune."""
    if t.dim() <= 1:
        raise ValueError("Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                         f"{t.shape} with {t.dim()} dims")  # fmt: skip


def _validate_pruning_dim(t, dim):
    """Raises IndexError for a dimension that `t` does not have."""
    if not -t.dim() <= dim < t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")


def _compute_nparams_toprune(amount, tensor_size):
    """How many of `tensor_size` an amount is."""
    return amount if isinstance(amount, numbers.Integral) else round(amount * tensor_size)


def _compute_norm(t, n, dim):
    """The norm of order `n` of each slice of `t` along `dim`."""
    return torch.norm(t, p=n, dim=[d for d in range(t.dim()) if d != dim % t.dim()])


class BasePruningMethod(ABC):
    """A way to choose what is pruned: `compute_mask`. It is itself the forward pre-hook that applies the mask."""

    _tensor_name: str
    PRUNING_TYPE: str

    def __call__(self, module, inputs):
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t, default_mask):
        """A mask of 0 and 1 of the shape of `t`, 0 wherever `default_mask` is."""

    def apply_mask(self, module):
        """The pruned tensor."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask = getattr(module, self._tensor_name + "_mask")
        orig = getattr(module, self._tensor_name + "_orig")
        return mask.to(dtype=orig.dtype) * orig

    @classmethod
    def apply(cls, module, name, *args, importance_scores=None, **kwargs):
        """Prune `module.name`, on top of what is pruned already. Returns the hook."""
        method = cls(*args, **kwargs)
        method._tensor_name = name
        before = _hooks(module, name)
        if len(before) > 1:
            raise AssertionError(f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. "
                                 "Use a PruningContainer.")  # fmt: skip
        if before:
            ((number, old),) = before.items()
            del module._forward_pre_hooks[number]
            container = PruningContainer()
            container._tensor_name = name
            container.add_pruning_method(old)
            container.add_pruning_method(method)
            method = container
        orig = getattr(module, name + "_orig") if before else getattr(module, name)
        _check_scores(importance_scores, orig)
        scores = orig if importance_scores is None else importance_scores
        given = getattr(module, name + "_mask").detach().clone() if before else torch.ones_like(orig)
        mask = method.compute_mask(scores, default_mask=given)  # fails before anything is changed
        if not before:
            module.register_parameter(name + "_orig", orig)
            del module._parameters[name]
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t, default_mask=None, importance_scores=None):
        """`t` with zeros where the mask says."""
        _check_scores(importance_scores, t)
        scores = t if importance_scores is None else importance_scores
        return t * self.compute_mask(scores, default_mask=torch.ones_like(t) if default_mask is None else default_mask)

    def remove(self, module):
        """Make the pruning permanent: `name` is a parameter again, with its zeros."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        orig = module._parameters.pop(name + "_orig")
        orig.data = weight.data
        del module._buffers[name + "_mask"]
        setattr(module, name, orig)


def _check_scores(scores, tensor):
    if scores is not None and scores.shape != tensor.shape:
        raise AssertionError("importance_scores should have the same shape as tensor t")


def _hooks(module, name):
    """{number: hook} of the pruning hooks of one parameter."""
    return {number: hook for number, hook in module._forward_pre_hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name}  # fmt: skip


class PruningContainer(BasePruningMethod):
    """Several pruning methods, each applied to what the ones before have left."""

    def __init__(self, *args):
        self._pruning_methods = ()
        if not args:
            return
        first = args[0] if isinstance(args[0], Iterable) else args
        self._tensor_name = next(iter(first))._tensor_name
        for method in first:
            self.add_pruning_method(method)

    def add_pruning_method(self, method):
        """One more. Raises TypeError for anything but a method, ValueError for one of another parameter."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError("Can only add pruning methods acting on the parameter named "
                             f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'")  # fmt: skip
        self._pruning_methods += (method,)

    def __len__(self):
        return len(self._pruning_methods)

    def __iter__(self):
        return iter(self._pruning_methods)

    def __getitem__(self, idx):
        return self._pruning_methods[idx]

    def compute_mask(self, t, default_mask):
        method, mask = self._pruning_methods[-1], default_mask.to(dtype=t.dtype)
        if method.PRUNING_TYPE == "unstructured":
            left = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim if method.dim >= 0 else method.dim + t.dim()
            kept = mask.sum(dim=[d for d in range(t.dim()) if d != dim]) != 0
            left = (slice(None),) * dim + (kept,)
        elif method.PRUNING_TYPE == "global":
            left = (slice(None),) * t.dim()
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        mask = mask.clone()
        mask[left] = method.compute_mask(t[left], default_mask=mask[left])
        return mask


class Identity(BasePruningMethod):
    """Prunes nothing; the parameter gets a mask of ones."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t, default_mask):
        return default_mask

    @classmethod
    def apply(cls, module, name):
        return super().apply(module, name)


class _Amount(BasePruningMethod):
    """Base of methods that prune an amount: a number of elements, or a fraction."""

    def __init__(self, amount):
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def count(self, size):
        """How many of `size` are pruned. Raises ValueError for more than there are."""
        _validate_pruning_amount(self.amount, size)
        return _compute_nparams_toprune(self.amount, size)


class _Unstructured(_Amount):
    """Base of methods that prune the elements with the lowest scores."""

    PRUNING_TYPE = "unstructured"

    def scores(self, t):
        raise NotImplementedError

    def compute_mask(self, t, default_mask):
        count = self.count(t.nelement())
        if count == 0:
            return default_mask.clone()
        mask = default_mask.clone().reshape(-1)
        mask[torch.topk(self.scores(t.detach()).reshape(-1), k=count, largest=False).indices] = 0
        return mask.reshape(default_mask.shape)


class RandomUnstructured(_Unstructured):
    """Prunes elements at random."""

    def scores(self, t):
        return -torch.rand_like(t)  # PyTorch prunes where the largest numbers were drawn

    @classmethod
    def apply(cls, module, name, amount):
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """Prunes the elements of the smallest magnitude."""

    def scores(self, t):
        return torch.abs(t)

    @classmethod
    def apply(cls, module, name, amount, importance_scores=None):
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(_Amount):
    """Base of methods that prune whole slices along a dimension: those with the lowest scores."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount, dim=-1):
        super().__init__(amount)
        self.dim = dim

    def scores(self, t, dim):
        raise NotImplementedError

    def compute_mask(self, t, default_mask):
        _validate_structured_pruning(t)
        _validate_pruning_dim(t, self.dim)
        dim = self.dim % t.dim()
        count = self.count(t.shape[dim])
        if count == 0:
            return default_mask
        kept = torch.ones(t.shape[dim], dtype=default_mask.dtype, device=default_mask.device)
        kept[torch.topk(self.scores(t.detach(), dim), k=count, largest=False).indices] = 0
        return default_mask * kept.reshape([-1 if d == dim else 1 for d in range(t.dim())])


class RandomStructured(_Structured):
    """Prunes slices at random."""

    def scores(self, t, dim):
        return torch.rand(t.shape[dim])

    @classmethod
    def apply(cls, module, name, amount, dim=-1):
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the slices of the smallest norm of order `n`."""

    def __init__(self, amount, n, dim=-1):
        super().__init__(amount, dim)
        self.n = n

    def scores(self, t, dim):
        return _compute_norm(t, self.n, dim)

    @classmethod
    def apply(cls, module, name, amount, n, dim, importance_scores=None):
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is 0."""

    PRUNING_TYPE = "global"

    def __init__(self, mask):
        self.mask = mask

    def compute_mask(self, t, default_mask):
        if default_mask.shape != self.mask.shape:
            raise AssertionError(f"Mask shape mismatch: expected {default_mask.shape}, got {self.mask.shape}")
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module, name, mask):
        return super().apply(module, name, mask=mask)


def identity(module, name):
    """Give `module.name` a mask of ones. Returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module, name, amount):
    """Prune an amount of elements at random. Returns the module."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module, name, amount, importance_scores=None):
    """Prune the elements of the smallest magnitude (or score). Returns the module."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module, name, amount, dim):
    """Prune an amount of slices along `dim` at random. Returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module, name, amount, n, dim, importance_scores=None):
    """Prune the slices along `dim` with the smallest norm of order `n`. Returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module, name, mask):
    """Prune where `mask` is 0. Returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters, pruning_method, importance_scores=None, **kwargs):
    """Prune several (module, name) as if they were one tensor."""
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    parameters, given = list(parameters), {} if importance_scores is None else importance_scores
    if not isinstance(given, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores = parameters_to_vector([given.get(pair, getattr(*pair)) for pair in parameters])
    masks = parameters_to_vector([getattr(m, n + "_mask", torch.ones_like(getattr(m, n))) for m, n in parameters])
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    container.add_pruning_method(method)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found {pruning_method} of type '
                        f"{method.PRUNING_TYPE}")  # fmt: skip
    final, at = container.compute_mask(scores, masks), 0
    for module, name in parameters:
        tensor = getattr(module, name)
        custom_from_mask(module, name, mask=final[at : at + tensor.numel()].view_as(tensor))
        at += tensor.numel()


def remove(module, name):
    """Make the pruning of `module.name` permanent. Returns the module; raises ValueError if it is not pruned."""
    for number, hook in _hooks(module, name).items():
        hook.remove(module)
        del module._forward_pre_hooks[number]
        return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module):
    """Is any parameter of the module or of its children pruned?"""
    return any(
        isinstance(hook, BasePruningMethod) for child in module.modules() for hook in child._forward_pre_hooks.values()
    )
