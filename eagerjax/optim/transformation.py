"""`Optax`: any optax transformation under torch's optimizer face."""

import numpy as np

from eagerjax import dispatch
from eagerjax.autograd import enable_grad, no_grad
from eagerjax.optim.optimizer import Optimizer
from eagerjax.optim.rule import check_common, full_like, number
from eagerjax.runtime import compat
from eagerjax.tensor import concrete_array, from_array


class Optax(Optimizer):
    """Steps by an optax `GradientTransformation`, in one fused op.

    There is one parameter group. Its `lr` multiplies the updates, so that torch's schedules work too; the
    transformation usually has a learning rate of its own. A missing gradient counts as zeros. The state's leaves
    are kept in order as `state[first parameter]["leaves"]`.

    >>> import optax
    >>> w = torch.nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = torch.optim.Optax([w], optax.sgd(0.5))
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> w.item()
    0.5
    """

    def __init__(self, params, transformation, lr=1.0):
        check_common(lr)
        super().__init__(params, {"lr": lr})
        if len(self.param_groups) != 1:
            raise ValueError("Optax takes one parameter group: use optax.multi_transform for several rules")
        self._use(transformation)
        leaves = [from_array(np.array(leaf)) for leaf in self._initial]
        self.state[self.param_groups[0]["params"][0]]["leaves"] = leaves

    def _use(self, transformation):
        import jax  # noqa: PLC0415

        self.transformation = transformation
        params = self.param_groups[0]["params"]
        with compat.x64():
            state = transformation.init([jax.numpy.asarray(concrete_array(p)) for p in params])
        self._initial, self._structure = jax.tree.flatten(state)

    def __getstate__(self):
        raise TypeError("Optax cannot be pickled, as transformations are functions: save its state_dict()")

    @no_grad()
    def step(self, closure=None):
        """Update all parameters. Returns the closure's loss."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        group = self.param_groups[0]
        params = group["params"]
        leaves = self.state[params[0]]["leaves"]
        grads = [full_like(p, 0) if p.grad is None else p.grad for p in params]
        values = dispatch.apply("_optax_update", params, grads, leaves, number(group["lr"]),
                                update=self.transformation.update, structure=self._structure)  # fmt: skip
        dispatch.assign([*params, *leaves], values)
        return loss

    @staticmethod
    def _process_value_according_to_param_policy(param, value, param_id, param_groups, key=None):
        return value.to(device=param.device)


def from_optax(params, transformation, lr=1.0):
    """The `Optax` optimizer of these parameters: steps by any optax `GradientTransformation`."""
    return Optax(params, transformation, lr)
