"""Optimizers against torch's: trajectories, state, sharing of step counts, hooks, errors."""

import copy
import pickle

import numpy as np
import pytest

import eagerjax as ej
from eagerjax import nn, optim

SHAPES = [(3, 4), (5,), ()]
RULES = {
    "SGD": [{}, {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{}, {"amsgrad": True, "weight_decay": 0.1}, {"maximize": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "RMSprop": [{}, {"centered": True, "momentum": 0.5, "weight_decay": 0.1}],
    "Adagrad": [{}, {"lr_decay": 0.1, "initial_accumulator_value": 0.2}],
    "Adadelta": [{}],
    "Adamax": [{"weight_decay": 0.1}],
    "NAdam": [{}, {"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "RAdam": [{}],
    "Rprop": [{}],
    "ASGD": [{"t0": 2.0}],
    "Adafactor": [{}, {"lr": 0.1, "weight_decay": 0.1}],
}
CASES = [(name, kwargs) for name, configs in RULES.items() for kwargs in configs]


def parameters(lib, seed=0):
    rng = np.random.default_rng(seed)
    return [lib.tensor(rng.standard_normal(s).astype(np.float32)).requires_grad_() for s in SHAPES]


def set_grads(lib, params, k, skip=()):
    rng = np.random.default_rng(100 + k)
    for i, p in enumerate(params):
        g = rng.standard_normal(SHAPES[i]).astype(np.float32)
        p.grad = None if i in skip else lib.tensor(g)


def values(params):
    return [np.array(p.detach().numpy()) for p in params]


def path(lib, cls, kwargs, way=lambda function: function, steps=8, skip=lambda k: (), between=lambda o, k: o):
    params = parameters(lib)
    optimizer = stepped = cls(params, **kwargs)
    step = way(optimizer.step)
    seen = []
    for k in range(steps):
        optimizer = between(optimizer, k)
        if optimizer is not stepped:
            stepped, step = optimizer, way(optimizer.step)
        set_grads(lib, params, k, skip(k))
        step()
        seen.append(values(params))
    return seen, optimizer


def same_path(way, name, kwargs, **options):
    torch = pytest.importorskip("torch")
    want, theirs = path(torch, getattr(torch.optim, name), kwargs, **options)
    got, ours = path(ej, getattr(optim, name), kwargs, way, **options)
    for w, g in zip(want, got):
        for a, b in zip(w, g):
            np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-6)
    return theirs, ours


@pytest.mark.parametrize("name, kwargs", CASES)
def test_trajectory_state_and_text(name, kwargs, way):
    theirs, ours = same_path(way, name, kwargs, skip=lambda k: (1,) if k == 2 else ())
    assert way.replayed() or way.name != "jit"
    want, got = theirs.state_dict(), ours.state_dict()
    assert got["param_groups"] == want["param_groups"]
    assert {i: list(s) for i, s in got["state"].items()} == {i: list(s) for i, s in want["state"].items()}
    for i, slots in want["state"].items():
        for key, value in slots.items():
            np.testing.assert_allclose(got["state"][i][key].numpy(), value.numpy(), rtol=2e-5, atol=2e-6)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam"])
def test_lr_and_betas_may_change(name, way):
    def between(optimizer, k):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / (k + 1)
            if "betas" in group:
                group["betas"] = (0.5 + 0.05 * k, 0.99)
        return optimizer

    same_path(way, name, {"lr": 0.1}, between=between)
    assert way.replayed() or way.name != "jit"


@pytest.mark.parametrize("name, kwargs", [("SGD", {"momentum": 0.9}), ("Adam", {}), ("ASGD", {})])
def test_reload_in_mid_run(name, kwargs, way):
    def between(optimizer, k):
        if k != 3:
            return optimizer
        saved = copy.deepcopy(optimizer.state_dict())
        fresh = type(optimizer)(optimizer.param_groups[0]["params"], **kwargs)
        fresh.load_state_dict(saved)
        return fresh

    same_path(way, name, kwargs, skip=lambda k: (0,) if k == 1 else (), between=between)


def test_half_precision_is_computed_in_float32(way):
    params = [ej.ones(4).to(ej.bfloat16).requires_grad_()]
    optimizer = optim.Adam(params, lr=0.1)
    params[0].grad = ej.ones(4).to(ej.bfloat16)
    way(optimizer.step)()
    assert params[0].dtype is ej.bfloat16 and optimizer.state[params[0]]["exp_avg"].dtype is ej.bfloat16
    np.testing.assert_allclose(params[0].detach().float().numpy(), np.full(4, 0.9), rtol=1e-2)


# -- shared step counts ----------------------------------------------------------------------
def steps_of(optimizer, params):
    return [optimizer.state[p]["step"].item() if p in optimizer.state else None for p in params]


def test_step_is_shared_until_somebody_sits_out():
    params = parameters(ej)
    optimizer = optim.Adam(params)
    set_grads(ej, params, 0)
    optimizer.step()
    assert len({id(optimizer.state[p]["step"]) for p in params}) == 1
    set_grads(ej, params, 1, skip=(2,))
    optimizer.step()
    assert steps_of(optimizer, params) == [2.0, 2.0, 1.0]
    set_grads(ej, params, 2)
    optimizer.step()
    assert steps_of(optimizer, params) == [3.0, 3.0, 2.0]


def test_step_of_a_parameter_taken_out_of_its_group():
    params = parameters(ej)
    optimizer = optim.Adam(params)
    set_grads(ej, params, 0)
    optimizer.step()
    removed = optimizer.param_groups[0]["params"].pop()
    optimizer.step()
    assert steps_of(optimizer, params) == [2.0, 2.0, 1.0]
    assert removed is params[2]


def test_state_dict_gives_each_parameter_a_step_of_its_own():
    params = parameters(ej)
    optimizer = optim.Adam(params)
    set_grads(ej, params, 0)
    optimizer.step()
    state = optimizer.state_dict()["state"]
    assert len({id(s["step"]) for s in state.values()}) == 3
    state[0]["step"] += 5
    assert steps_of(optimizer, params) == [1.0, 1.0, 1.0]
    fresh = optim.Adam(params)
    fresh.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    assert steps_of(fresh, params) == [6.0, 1.0, 1.0]
    assert fresh.state[params[1]]["step"] is fresh.state[params[2]]["step"]


def test_added_group_starts_at_its_own_step():
    params = parameters(ej)
    optimizer = optim.Adam(params[:1])
    set_grads(ej, params, 0)
    optimizer.step()
    optimizer.add_param_group({"params": params[1:], "lr": 0.5})
    optimizer.step()
    assert steps_of(optimizer, params) == [2.0, 1.0, 1.0]


def test_pickle_and_deepcopy_keep_the_state():
    params = parameters(ej)
    optimizer = optim.Adam(params)
    set_grads(ej, params, 0)
    optimizer.step()
    for other in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        mine = other.param_groups[0]["params"]
        assert steps_of(other, mine) == [1.0, 1.0, 1.0]
        set_grads(ej, mine, 1)
        other.step()
        assert steps_of(other, mine) == [2.0, 2.0, 2.0]


# -- the face ------------------------------------------------------------------------------------
def test_closure_runs_with_gradients_and_its_loss_comes_back():
    (w,) = params = [ej.ones(2).requires_grad_()]
    optimizer = optim.SGD(params, lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with ej.no_grad():
        assert optimizer.step(closure).item() == 2.0
    np.testing.assert_allclose(w.detach().numpy(), [0.8, 0.8], rtol=1e-6)


def test_zero_grad():
    params = parameters(ej)
    optimizer = optim.SGD(params)
    set_grads(ej, params, 0)
    optimizer.zero_grad(set_to_none=False)
    assert all(np.abs(p.grad.numpy()).sum() == 0 for p in params)
    optimizer.zero_grad()
    assert all(p.grad is None for p in params)


def test_hooks_run_in_order_and_can_be_removed():
    params, seen = parameters(ej), []
    optimizer = optim.SGD(params)
    first = optimizer.register_step_pre_hook(lambda o, a, k: seen.append("pre"))
    optimizer.register_step_post_hook(lambda o, a, k: seen.append("post"))
    everywhere = optim.optimizer.register_optimizer_step_post_hook(lambda o, a, k: seen.append("global"))
    optimizer.step()
    first.remove()
    everywhere.remove()
    optimizer.step()
    assert seen == ["pre", "post", "global", "post"]
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "more": 1})
    assert optimizer.state_dict()["more"] == 1
    optimizer.register_load_state_dict_pre_hook(lambda o, d: {k: v for k, v in d.items() if k != "more"})
    optimizer.load_state_dict(optimizer.state_dict())


def test_own_optimizer():
    class Signs(optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        @ej.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.state[p]["seen"] = self.state[p].get("seen", 0) + 1
                        p.add_(p.grad.sign(), alpha=-group["lr"])

    (w,) = params = [ej.tensor([1.0, -2.0]).requires_grad_()]
    optimizer = Signs(params)
    (w * w).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(w.detach().numpy(), [0.9, -1.9], rtol=1e-6)
    assert optimizer.state_dict()["state"] == {0: {"seen": 1}}


def test_failed_step_changes_nothing():
    params = parameters(ej)
    optimizer = optim.Adam([{"params": params[:2]}, {"params": params[2:], "eps": "bad"}])
    set_grads(ej, params, 0)
    before = values(params)
    with pytest.raises((TypeError, ValueError)):
        optimizer.step()
    for a, b in zip(before, values(params)):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "make, error, text",
    [
        (lambda p: optim.Adam(p, lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda p: optim.Adam(p, betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda p: optim.Adam(p, betas=(0, 0.9)), ValueError, "betas must be either both floats or both Tensors"),
        (lambda p: optim.SGD(p, nesterov=True), ValueError, "Nesterov momentum requires"),
        (lambda p: optim.SGD(p, momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda p: optim.SGD(p[0]), TypeError, "should be an iterable of Tensors or dicts"),
        (lambda p: optim.SGD([]), ValueError, "empty parameter list"),
        (lambda p: optim.SGD([1]), TypeError, "can only optimize Tensors"),
        (lambda p: optim.SGD([p[0] * 2]), ValueError, "non-leaf"),
        (lambda p: optim.SGD({p[0]}), TypeError, None),
        (lambda p: optim.SGD([{"params": p}, {"params": p[:1]}]), ValueError, "more than one parameter group"),
        (lambda p: optim.SGD([("a", p[0]), p[1]]), ValueError, "with/without names"),
        (lambda p: optim.Adam(p, fused=True, foreach=True), RuntimeError, "cannot be `True` together"),
        (lambda p: optim.SGD(p).add_param_group([p]), TypeError, "must be a dict"),
        (lambda p: optim.SGD(p).load_state_dict(optim.SGD(p[:1]).state_dict()), ValueError, "doesn't match the size"),
    ],
)
def test_errors(make, error, text):
    params = parameters(ej)
    if text is None:
        make(params)  # a set of one is a list to torch, too
        return
    with pytest.raises(error, match=text):
        make(params)


def test_names_are_kept():
    params = parameters(ej)
    optimizer = optim.SGD([("a", params[0]), ("b", params[1])])
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["a", "b"]
    with pytest.raises(ValueError, match="cannot add param group without names"):
        optimizer.add_param_group({"params": params[2]})


# -- rules of another kind -----------------------------------------------------------------------
@pytest.mark.parametrize("kwargs", [{"max_iter": 8}, {"line_search_fn": "strong_wolfe", "history_size": 3}])
def test_lbfgs(kwargs, way):
    torch = pytest.importorskip("torch")

    def run(lib, cls, way=lambda function: function):
        x, y = params = [lib.tensor([-1.2, 1.0]).requires_grad_(), lib.tensor(0.5).requires_grad_()]
        optimizer = cls(params, **kwargs)

        def closure():
            optimizer.zero_grad()
            loss = 10 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + (y - x[0]) ** 2
            loss.backward()
            return loss

        step = way(lambda: optimizer.step(closure))
        losses = [float(step()) for _ in range(2)]
        return losses, values(params), optimizer.state[x]["func_evals"]

    want, got = run(torch, torch.optim.LBFGS), run(ej, optim.LBFGS, way)
    np.testing.assert_allclose(got[0], want[0], rtol=1e-2)
    assert abs(got[2] - want[2]) <= 2
    for a, b in zip(want[1], got[1]):
        np.testing.assert_allclose(b, a, rtol=1e-2)


def test_muon_makes_the_update_orthogonal():
    params = [ej.zeros(3, 6).requires_grad_()]
    optimizer = optim.Muon(params, lr=1.0, weight_decay=0.0)
    params[0].grad = ej.tensor(np.random.default_rng(0).standard_normal((3, 6)).astype(np.float32))
    optimizer.step()
    singular = np.linalg.svd(params[0].detach().numpy(), compute_uv=False)
    assert singular.min() > 0.6 and singular.max() < 1.3
    with pytest.raises(ValueError, match="only supports 2D parameters"):
        optim.Muon([ej.zeros(3).requires_grad_()])


def test_optax_transformation(way):
    optax = pytest.importorskip("optax")
    params, theirs = parameters(ej), parameters(ej)
    ours = optim.Optax(params, optax.adam(0.1))
    reference = optim.Adam(theirs, lr=0.1)
    step = way(ours.step)
    for k in range(6):
        for group, update in ((params, step), (theirs, reference.step)):
            set_grads(ej, group, k)
            update()
        if k == 1:
            saved = copy.deepcopy(ours.state_dict())
            ours = optim.Optax(params, optax.adam(0.1))
            ours.load_state_dict(saved)
            step = way(ours.step)
    for a, b in zip(values(theirs), values(params)):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)


def test_averaged_model(way):
    model = nn.Linear(2, 1)
    averaged = optim.swa_utils.AveragedModel(model)
    update = way(lambda: averaged.update_parameters(model))
    seen = []
    for k in range(3):
        with ej.no_grad():
            model.weight.fill_(float(k))
        seen.append(float(k))
        update()
    np.testing.assert_allclose(averaged.module.weight.detach().numpy(), np.full((1, 2), np.mean(seen)), rtol=1e-6)
    assert averaged.n_averaged.item() == 3


def test_a_changing_lr_compiles_once_more_and_never_again():
    jax = pytest.importorskip("jax")
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, duration, **kw: compiled.append(event) if "backend_compile" in event else None
    )
    params = parameters(ej)
    optimizer = optim.Adam(params)
    counts = []
    for k in range(5):
        optimizer.param_groups[0]["lr"] = 0.1 / (k + 1)
        before = len(compiled)
        set_grads(ej, params, k)
        optimizer.step()
        values(params)
        counts.append(len(compiled) - before)
    assert counts[2:] == [0, 0, 0]
