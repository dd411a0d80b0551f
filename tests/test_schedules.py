"""Schedules against torch's: rates and momenta of two groups, a reload in mid-run, warnings, errors."""

import warnings

import pytest

import eagerjax as ej
from eagerjax import optim

S = optim.lr_scheduler
SCHEDULES = {
    "lambda": lambda S, o: S.LambdaLR(o, [lambda e: 0.9**e, lambda e: 1 / (1 + e)]),
    "multiplicative": lambda S, o: S.MultiplicativeLR(o, lambda e: 0.9 if e % 3 else 1.0),
    "step": lambda S, o: S.StepLR(o, 7, 0.5),
    "multistep": lambda S, o: S.MultiStepLR(o, [3, 10, 10, 20], gamma=0.3),
    "constant": lambda S, o: S.ConstantLR(o, factor=0.5, total_iters=12),
    "linear": lambda S, o: S.LinearLR(o, 0.1, 0.8, total_iters=15),
    "exponential": lambda S, o: S.ExponentialLR(o, 0.9),
    "polynomial": lambda S, o: S.PolynomialLR(o, total_iters=20, power=2.0),
    "cosine": lambda S, o: S.CosineAnnealingLR(o, 10, eta_min=1e-3),
    "restarts": lambda S, o: S.CosineAnnealingWarmRestarts(o, 4, T_mult=2, eta_min=0.01),
    "cyclic": lambda S, o: S.CyclicLR(o, 0.01, 0.2, step_size_up=4, step_size_down=3, mode="triangular2"),
    "exp_range": lambda S, o: S.CyclicLR(o, [0.01, 0.02], [0.2, 0.3], step_size_up=5, mode="exp_range", gamma=0.95),
    "onecycle": lambda S, o: S.OneCycleLR(o, max_lr=[0.3, 0.5], total_steps=40),
    "three phases": lambda S, o: S.OneCycleLR(o, 0.3, epochs=4, steps_per_epoch=10, anneal_strategy="linear",
                                              three_phase=True),
    "plateau": lambda S, o: S.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1, min_lr=[1e-3, 1e-2]),
    "sequential": lambda S, o: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=5), S.CosineAnnealingLR(o, 20)], [5]),
    "chained": lambda S, o: S.ChainedScheduler([S.ConstantLR(o, 0.3, 6), S.ExponentialLR(o, 0.95)]),
}  # fmt: skip


def new(lib, make, cls="SGD"):
    params = [lib.ones(2).requires_grad_(), lib.ones(3).requires_grad_()]
    given = {"momentum": 0.9} if cls == "SGD" else {}
    optimizer = getattr(lib.optim, cls)([{"params": params[:1]}, {"params": params[1:], "lr": 0.4}], lr=0.1, **given)
    return optimizer, make(lib.optim.lr_scheduler, optimizer)


def rates(lib, make, reload_at=None, cls="SGD"):
    optimizer, schedule = new(lib, make, cls)
    seen = []
    for k in range(30):
        if k == reload_at:
            saved = schedule.state_dict(), optimizer.state_dict()
            optimizer, schedule = new(lib, make, cls)
            optimizer.load_state_dict(saved[1])
            schedule.load_state_dict(saved[0])
        extra = "momentum" if cls == "SGD" else "betas"
        seen.append([(g["lr"], g[extra]) for g in optimizer.param_groups] + list(schedule.get_last_lr()))
        optimizer.step()
        if "Plateau" in type(schedule).__name__:
            schedule.step(1.0 / (k + 1) if k < 5 or k > 20 else 0.2)
        else:
            schedule.step()
    return seen


class Root:
    """eagerjax with its optim, whatever else the root shows."""

    optim = optim

    def __getattr__(self, name):
        return getattr(ej, name)


@pytest.mark.parametrize("reload_at", [None, 13])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates(name, reload_at):
    torch = pytest.importorskip("torch")
    assert rates(Root(), SCHEDULES[name], reload_at) == rates(torch, SCHEDULES[name], reload_at)


def test_betas_move_where_there_is_no_momentum():
    torch = pytest.importorskip("torch")
    make = SCHEDULES["onecycle"]
    assert rates(Root(), make, cls="Adam") == rates(torch, make, cls="Adam")


def test_closed_form():
    torch = pytest.importorskip("torch")

    def lrs(lib):
        optimizer, schedule = new(lib, SCHEDULES["multistep"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            schedule.step(12)
        return schedule.get_last_lr()

    assert lrs(Root()) == lrs(torch)


def test_tensor_lr_is_filled_in_place():
    lr = ej.tensor(0.5)
    optimizer = optim.SGD([ej.ones(2).requires_grad_()], lr=lr)
    schedule = S.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.25


def test_warnings():
    optimizer, schedule = new(Root(), SCHEDULES["step"])
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        schedule.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        schedule.get_lr()


@pytest.mark.parametrize(
    "make, error, text",
    [
        (lambda o: S.StepLR(1, 2), TypeError, "int is not an Optimizer"),
        (lambda o: S.LambdaLR(o, [abs]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda o: S.ConstantLR(o, 2.0), ValueError, "between 0 and 1"),
        (lambda o: S.StepLR(o, 2, last_epoch=3), KeyError, "initial_lr"),
        (lambda o: S.OneCycleLR(o, 0.1), ValueError, "You must define either total_steps"),
        (lambda o: S.OneCycleLR(o, [0.1], total_steps=3), ValueError, "same length as optimizer.param_groups"),
        (lambda o: S.ReduceLROnPlateau(o, mode="up"), ValueError, "mode up is unknown!"),
        (lambda o: S.SequentialLR(o, [S.StepLR(o, 1)], [3]), ValueError, "one more than the number of milestone"),
        (lambda o: S.ChainedScheduler([S.ReduceLROnPlateau(o)]), ValueError, "does not support `ReduceLROnPlateau`"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 0), ValueError, "positive integer T_0"),
        (lambda o: S.CyclicLR(o, 0.1, 0.2, mode="x"), ValueError, "mode is invalid"),
    ],
)
def test_errors(make, error, text):
    optimizer, _ = new(Root(), SCHEDULES["plateau"])
    for group in optimizer.param_groups:
        group.pop("initial_lr", None)
    with pytest.raises(error, match=text):
        make(optimizer)
