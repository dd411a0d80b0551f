"""utils.swap_tensors, and modules that convert and load by swapping (torch.__future__)."""

import weakref

import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import conversion
from eagerjax.utils import swap_tensors


@pytest.fixture
def swapping():
    conversion.set_swap_module_params_on_conversion(True)
    yield
    conversion.set_swap_module_params_on_conversion(False)


def test_everything_is_exchanged_but_the_objects():
    a, b = nn.Parameter(torch.zeros(2)), torch.ones(3)
    b.mark, a.grad = "mine", torch.full((2,), 5.0)
    holds = [a, b]
    swap_tensors(a, b)
    assert type(a) is torch.Tensor and type(b) is nn.Parameter
    assert a.tolist() == [1, 1, 1] and b.tolist() == [0, 0]
    assert a.mark == "mine" and not hasattr(b, "mark")
    assert (a.requires_grad, b.requires_grad) == (False, True)
    assert a.grad is None and b.grad.tolist() == [5, 5]
    assert holds[0] is a and holds[1] is b


def test_histories_views_memory_and_hooks_go_along():
    x = torch.ones(2, requires_grad=True)
    y, z = x * 2, x * 3
    swap_tensors(y, z)
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]
    base = torch.zeros(3)
    view, other = base[1:], torch.ones(2)
    swap_tensors(view, other)
    other.fill_(7.0)
    assert base.tolist() == [0, 7, 7] and view.tolist() == [1, 1]
    array = base.numpy()
    swap_tensors(view, other)
    array[2] = 9
    assert view.tolist() == [7, 9]
    seen = []
    p, q = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    p.register_hook(seen.append)
    swap_tensors(p, q)
    p.sum().backward()
    assert not seen
    (q * 2).sum().backward()
    assert seen[0].item() == 2 and q.grad.item() == 2


def test_a_history_of_the_old_content_ends():
    """Poisoned, as in PyTorch: the gradient must not arrive at what took the place."""
    a, b = torch.zeros(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = a.exp().sum()
    swap_tensors(a, b)
    with pytest.raises(RuntimeError, match="poisoned by swap_tensors"):
        y.backward()
    (a * 3).sum().backward()
    assert a.grad.tolist() == [3, 3] and b.grad is None


def test_what_it_refuses_changes_nothing():
    class Slotted(torch.Tensor):
        __slots__ = ("more",)

    a, b = torch.zeros(2), torch.ones(3)
    watcher = weakref.ref(a)
    with pytest.raises(RuntimeError, match="weakref"):
        swap_tensors(a, b)
    del watcher
    view = b[:1]
    with pytest.raises(RuntimeError, match="Expected use_count of t2"):
        swap_tensors(a, b)
    with pytest.raises(RuntimeError, match="different slots"):
        swap_tensors(a, Slotted(torch.zeros(2)))
    view.fill_(4.0)
    assert a.tolist() == [0, 0] and b.tolist() == [4, 1, 1]


def test_modules_convert_by_swapping(swapping):
    module = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    module(torch.ones(1, 2)).sum().backward()
    weight, grad = module.weight, module.weight.grad
    module.double()
    assert module.weight is weight and weight.dtype is torch.float64
    assert weight.grad is grad and grad.dtype is torch.float64
    before = weight.detach().clone()
    optimizer.step()
    assert torch.equal(before - 0.5, weight)
    view = weight.view(-1)
    with pytest.raises(RuntimeError, match=r"_apply\(\): Couldn't swap Linear.weight"):
        module.float()
    assert view.dtype is torch.float64


def test_load_state_dict_swaps(swapping):
    module, state = nn.BatchNorm1d(2), nn.BatchNorm1d(2).double().state_dict()
    weight, mean = module.weight, module.running_mean
    module.load_state_dict(state)
    assert module.weight is weight and weight.dtype is torch.float32
    module.load_state_dict(state, assign=True)
    assert module.weight is weight and module.running_mean is mean
    assert weight.dtype is mean.dtype is torch.float64 and type(weight) is nn.Parameter and weight.requires_grad
    assert weight.data_ptr() == state["weight"].data_ptr()


def test_modules_convert_to_new_parameters():
    conversion.set_overwrite_module_params_on_conversion(True)
    try:
        module = nn.Linear(2, 2)
        module(torch.ones(1, 2)).sum().backward()
        weight = module.weight
        module.double()
    finally:
        conversion.set_overwrite_module_params_on_conversion(False)
    assert module.weight is not weight and weight.dtype is torch.float32
    assert module.weight.grad.dtype is torch.float64 and weight.grad.dtype is torch.float32


def test_under_jit_it_is_noticed():
    a, b = torch.zeros(2), torch.ones(2)

    @torch.jit
    def step():
        swap_tensors(a, b)
        return a + 1

    assert [step().tolist() for _ in range(4)] == [[2, 2], [1, 1]] * 2
