"""What another run of real programs found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import copy
import gc

import pytest

import eagerjax as torch
from eagerjax import nn


# -- checkpoints ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [1, 3])
def test_a_checkpoint_that_updates_running_averages_collects_no_garbage(monkeypatch, steps):
    """A collection walks over all that the process has: two for each checkpointed layer made DenseNets ten times slower."""
    collections = []
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.ReLU())
    plain = copy.deepcopy(layer)
    monkeypatch.setattr(gc, "collect", lambda *args: collections.append(args))
    for _ in range(steps):
        x = torch.randn(4, 2, 5, 5, requires_grad=True)
        torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False).sum().backward()
        plain(x.detach()).sum().backward()
    assert not collections
    for (name, one), other in zip(layer.state_dict().items(), plain.state_dict().values()):
        torch.testing.assert_close(one, other, msg=name)
    torch.testing.assert_close(layer[0].weight.grad, plain[0].weight.grad, rtol=1e-4, atol=1e-4)


def test_what_a_checkpointed_function_keeps_is_told_from_what_only_a_cycle_holds():
    kept = []

    def function(x):
        running.mul_(0.5).add_(x.detach().sum())
        kept.append(x * 3)
        cycle = [x * 5]
        cycle.append(cycle)
        return x * 2

    running = torch.ones(())
    x = torch.ones(2, requires_grad=True)
    torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False).sum().backward()
    assert running.item() == 2.5
    assert kept[0].tolist() == [3.0, 3.0]
    assert x.grad.tolist() == [2.0, 2.0]
