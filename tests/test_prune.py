"""torch.nn.utils.prune against PyTorch's."""

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.nn.utils import prune

WEIGHT = np.array([[0.1, -2.0, 0.3], [4.0, -0.5, 6.0], [0.7, 0.8, -0.9], [1.0, 0.2, 0.05]], np.float32)


def layer(lib=ej):
    made = lib.nn.Linear(3, 4)
    with lib.no_grad():
        made.weight.copy_(lib.tensor(WEIGHT))
    return made


def names(module):
    return [n for n, _ in module.named_parameters()], [n for n, _ in module.named_buffers()]


STEPS = {
    "l1 count": [lambda p, m: p.l1_unstructured(m, "weight", 3)],
    "l1 fraction": [lambda p, m: p.l1_unstructured(m, "weight", 0.5)],
    "ln": [lambda p, m: p.ln_structured(m, "weight", amount=2, n=2, dim=0)],
    "ln columns": [lambda p, m: p.ln_structured(m, "weight", amount=0.3, n=float("-inf"), dim=-1)],
    "twice": [lambda p, m: p.l1_unstructured(m, "weight", 3), lambda p, m: p.l1_unstructured(m, "weight", 0.5)],
    "mixed": [lambda p, m: p.l1_unstructured(m, "weight", 3), lambda p, m: p.ln_structured(m, "weight", 1, 1, 0),
              lambda p, m: p.l1_unstructured(m, "weight", 2)],
    "identity": [lambda p, m: p.identity(m, "bias")],
}  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_masks_are_pytorchs(steps):
    torch = pytest.importorskip("torch")
    from torch.nn.utils import prune as theirs_prune  # noqa: PLC0415

    mine, theirs = layer(), layer(torch)
    for step in steps:
        step(prune, mine)
        step(theirs_prune, theirs)
    assert names(mine) == names(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert mine.weight.tolist() == theirs.weight.tolist()


def test_pruned_weights_train_and_stay_zero():
    model = prune.l1_unstructured(layer(), "weight", 0.5)
    optimizer = ej.optim.SGD(model.parameters(), lr=0.1)
    zeros = model.weight == 0
    model(ej.ones(2, 3)).sum().backward()
    assert not model.weight_orig.grad[zeros].any()
    optimizer.step()
    model(ej.ones(2, 3))
    assert ej.equal(model.weight == 0, zeros)
    assert prune.is_pruned(model)
    prune.remove(model, "weight")
    assert not prune.is_pruned(model)
    assert names(model) == (["bias", "weight"], [])
    assert int((model.weight == 0).sum()) == int(zeros.sum())


def test_a_global_amount_is_shared_out():
    model = ej.nn.Sequential(layer(), layer())
    with ej.no_grad():
        model[1].weight.mul_(100)
    prune.global_unstructured([(model[0], "weight"), (model[1], "weight")], prune.L1Unstructured, amount=8)
    assert [int((m.weight == 0).sum()) for m in model] == [8, 0]


def test_random_pruning_prunes_the_amount():
    assert int((prune.random_unstructured(layer(), "weight", 5).weight == 0).sum()) == 5
    rows = (prune.random_structured(layer(), "weight", 2, 0).weight == 0).all(1)
    assert int(rows.sum()) == 2
    assert prune.L1Unstructured(2).prune(ej.tensor([3.0, -1.0, 0.5])).tolist() == [3.0, 0.0, 0.0]


def test_errors():
    with pytest.raises(ValueError, match="should either be a float"):
        prune.l1_unstructured(layer(), "weight", 1.5)
    with pytest.raises(ValueError, match="smaller than the number"):
        prune.l1_unstructured(layer(), "weight", 13)
    with pytest.raises(TypeError, match="Invalid type for amount"):
        prune.l1_unstructured(layer(), "weight", "many")
    with pytest.raises(ValueError, match="has to be pruned"):
        prune.remove(layer(), "weight")
    with pytest.raises(ValueError, match="multidimensional"):
        prune.ln_structured(layer(), "bias", 1, 2, 0)
    model = layer()
    with pytest.raises(ValueError, match="smaller than the number"):
        prune.l1_unstructured(model, "weight", 13)
    assert names(model) == (["weight", "bias"], [])
