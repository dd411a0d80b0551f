"""Known traps of compiling a training loop: each works under `jit=True` as it does line by line, or says what is wrong."""

import copy

import numpy as np
import pytest
from footguns import agree, batches, net, replayed, state, train, trainer

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

FACTOR = 1.0
KEPT = []


# -- values that change ------------------------------------------------------------------------------------
def test_learning_rate_schedule():
    def run(jit):
        model, optimizer, step = trainer(jit)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.7)
        losses = []
        for x, y in batches(10):
            losses.append(step(x, y).item())
            schedule.step()
        return losses, *state(model, optimizer), step

    agree(run)


def test_learning_rate_set_by_hand():
    def between(i, model, optimizer):
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + i)

    agree(lambda jit: train(jit, between, n=10))


@pytest.mark.parametrize("value", [0.5, 3])
def test_a_number_argument_becomes_an_input(value):
    def run(jit):
        @torch.compile(jit=jit)
        def weighted(x, weight):
            return (x * weight).sum()

        return [weighted(torch.ones(3), value * (i // 3 + i % 2)).item() for i in range(16)], weighted

    agree(run)


def test_a_global_constant():
    def run(jit):
        global FACTOR  # noqa: PLW0603  (that it changes is the point)
        FACTOR = 1.0

        @torch.compile(jit=jit)
        def scaled(x):
            return (x * FACTOR).sum()

        found = []
        for i in range(14):
            FACTOR = 1.0 + i // 4
            found.append(scaled(torch.ones(3)).item())
        return found, scaled

    agree(run)


def test_a_closure_and_an_attribute():
    class Config:
        temperature = 1.0
        flip = False

    def run(jit):
        config, bias = Config(), [2.0]

        @torch.compile(jit=jit)
        def f(x):
            y = x / config.temperature + bias[0]
            return (-y if config.flip else y).sum()

        found = []
        for i in range(24):
            config.temperature = 1.0 + i // 5
            bias[0] = float(i // 7)
            config.flip = i % 12 > 8
            found.append(f(torch.ones(3)).item())
        return found, f

    agree(run)


def test_a_counter_that_the_function_counts_up():
    class Count:
        steps = 0

    def run(jit):
        count = Count()

        @torch.compile(jit=jit)
        def f(x):
            count.steps += 1
            return (x * count.steps).sum()

        return [f(torch.ones(2)).item() for _ in range(8)], [count.steps], f

    agree(run, replays=False)


def test_a_global_list_that_is_appended_to():
    def run(jit):
        KEPT.clear()

        @torch.compile(jit=jit)
        def f(x):
            KEPT.append(2.0)
            return x.sum() * len(KEPT)

        return [f(torch.ones(2)).item() for _ in range(8)], [len(KEPT)], f

    agree(run, replays=False)


def test_a_list_of_losses_kept_across_steps():
    def run(jit):
        model, kept = net(), []

        @torch.compile(jit=jit)
        def f(x, y):
            kept.append(F.cross_entropy(model(x), y).detach())
            return kept[-1] * 1

        for x, y in batches():
            f(x, y)
        return [k.item() for k in kept], f

    agree(run, replays=False)


def test_python_randomness_is_not_frozen():
    def run(jit):
        rng = np.random.default_rng(5)

        @torch.compile(jit=jit)
        def f(x):
            return (x * float(rng.random())).sum() + torch.tensor(rng.random(3).astype("f")).sum()

        return [f(torch.ones(2)).item() for _ in range(8)], f

    agree(run, replays=False)


# -- random numbers ------------------------------------------------------------------------------------------
def test_dropout_draws_anew():
    agree(lambda jit: train(jit, model=net(0.5)))
    model = nn.Dropout(0.5)
    drop = torch.compile(lambda x: model(x), jit=True)
    masks = {tuple(drop(torch.ones(64)).tolist()) for _ in range(8)}
    assert len(masks) == 8 and replayed(drop) > 0


def test_a_generator_passed_in():
    def run(jit):
        generator = torch.Generator().manual_seed(4)
        noise = torch.compile(lambda x, g: x + torch.rand(3, generator=g), jit=jit)
        return [noise(torch.zeros(3), generator).tolist() for _ in range(7)], [generator.initial_seed()], noise

    agree(run)


def test_manual_seed_between_calls():
    def run(jit):
        f = torch.compile(lambda x: x + torch.randn(3), jit=jit)
        found = []
        for i in range(8):
            torch.manual_seed(i // 2)
            found.append(f(torch.zeros(3)).tolist())
        return *found, f

    agree(run)


@pytest.mark.parametrize("own", [True, False])
def test_a_seed_set_inside(own):
    def run(jit):
        generator = torch.Generator()

        def noise(x):
            if own:
                generator.manual_seed(7)
                return x + torch.rand(3, generator=generator)
            torch.manual_seed(7)
            return x + torch.rand(3)

        noise = torch.compile(noise, jit=jit)
        return [noise(torch.zeros(3)).tolist() for _ in range(6)], noise

    agree(run, replays=False)


def test_the_default_dtype():
    f = torch.compile(lambda: torch.zeros(2) + 1, jit=True)
    try:
        for i in range(12):
            torch.set_default_dtype(torch.float64 if i >= 6 else torch.float32)
            assert f().dtype is torch.get_default_dtype()
    finally:
        torch.set_default_dtype(torch.float32)


# -- modes and structure -----------------------------------------------------------------------------------------
def test_batch_norm_statistics_and_modes():
    def between(i, model, optimizer):
        model.train(i % 6 < 4)

    agree(lambda jit: train(jit, between, n=12))


def test_a_layer_added_after_compilation():
    def between(i, model, optimizer):
        if i == 5:
            model.append(nn.Tanh())

    agree(lambda jit: train(jit, between, n=10))


def test_a_layer_replaced_and_a_parameter_frozen():
    def between(i, model, optimizer):
        if i == 4:
            model[2] = nn.Tanh()
        if i == 8:
            model[0].weight.requires_grad_(False)

    agree(lambda jit: train(jit, between, n=12))


def test_hooks_added_after_compilation():
    def run(jit):
        seen = []

        def between(i, model, optimizer):
            if i == 5:
                model[0].register_forward_hook(lambda m, a, out: seen.append(1) or out * 0.5)
            if i == 7:
                model[4].weight.register_hook(lambda g: seen.append(2) or g * 2)

        *found, step = train(jit, between, n=10)
        return *found, seen, step

    agree(run)


def test_weight_tying():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(5, 5), nn.Linear(5, 5)
            self.b.weight = self.a.weight

        def forward(self, x):
            return self.b(self.a(x).relu())[:, :3]

    def run(jit):
        torch.manual_seed(0)
        return train(jit, model=Tied())

    agree(run)


def test_a_model_moved_to_another_dtype():
    def run(jit):
        model, optimizer, step = trainer(jit)
        losses = []
        for i, (x, y) in enumerate(batches(10)):
            if i == 5:
                model.double()
            losses.append(step(x.double() if i >= 5 else x, y).item())
        return losses, *state(model), step

    agree(run)


def test_methods_of_two_instances():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        @torch.compile(jit=True)
        def __call__(self, x):
            return (x * self.factor).sum()

    a, b = Scale(2.0), Scale(5.0)
    for _ in range(6):
        assert a(torch.ones(3)).item() == 6 and b(torch.ones(3)).item() == 15
    a.factor = 1.0
    assert a(torch.ones(3)).item() == 3 and b(torch.ones(3)).item() == 15


def test_recursion():
    @torch.compile(jit=True)
    def power(x, n):
        return x if n == 0 else x * power(x, n - 1)

    for n in (1, 3, 2, 3, 3, 3, 3, 1):
        assert power(torch.full((2,), 2.0), n).tolist() == [2.0 ** (n + 1)] * 2


# -- state -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [
    lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), lambda p: torch.optim.AdamW(p, lr=0.05),
    lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True), lambda p: torch.optim.Adagrad(p, lr=0.1),
], ids=["sgd", "adamw", "rmsprop", "adagrad"])  # fmt: skip
def test_optimizer_slots_born_in_the_first_call(make):
    agree(lambda jit: train(jit, optimizer=make))


def test_donated_parameters_stay_readable():
    model, _, step = trainer(True)
    held = []
    for x, y in batches():
        held.append((model[0].weight.detach().clone(), model[0].weight.detach().jax(), np.array(model[0].weight.detach())))
        step(x, y)
        assert model[0].weight.grad.shape == model[0].weight.shape
    for clone, array, numbers in held:
        np.testing.assert_array_equal(clone.numpy(), numbers)
        np.testing.assert_array_equal(np.asarray(array), numbers)


def test_outputs_are_not_overwritten_by_later_calls():
    state = torch.zeros(3)

    @torch.compile(jit=True)
    def count(x):
        state.add_(x)
        return state * 1, state

    kept = [count(torch.ones(3)) for _ in range(8)]
    assert [a[0].item() for a, _ in kept] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(s is state for _, s in kept) and state.tolist() == [8, 8, 8]


def test_data_writes_and_copy_under_no_grad():
    def between(i, model, optimizer):
        if i == 4:
            model[0].weight.data.mul_(0.5)
        if i == 6:
            with torch.no_grad():
                model[4].bias.copy_(torch.ones(3))
        if i == 7:
            model[1].bias.data = torch.zeros(7)

    agree(lambda jit: train(jit, between, n=10))


def test_gradients_accumulate_without_zero_grad():
    def run(jit):
        w = torch.ones(3, requires_grad=True)

        @torch.compile(jit=jit)
        def f(x):
            loss = (w * x).sum()
            loss.backward()
            return loss

        found = []
        for i in range(12):
            if i % 5 == 0:
                w.grad = None
            f(torch.full((3,), float(i)))
            found.append(w.grad.tolist())
        return *found, f

    agree(run)


def test_load_state_dict_between_calls():
    def run(jit):
        model, optimizer, step = trainer(jit)
        saved = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
        losses = []
        for i, (x, y) in enumerate(batches(10)):
            if i == 6:
                model.load_state_dict(saved[0])
                optimizer.load_state_dict(saved[1])
            losses.append(step(x, y).item())
        return losses, *state(model), step

    agree(run)


def test_a_bad_label_changes_nothing():
    model, optimizer, step = trainer(True)
    for x, y in batches():
        step(x, y)
    before = state(model, optimizer)
    x, y = batches(1)[0]
    y[2] = 7
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        step(x, y).item()
    for a, b in zip(before, state(model, optimizer)):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(step(*batches(1)[0]).item())


def test_an_exception_in_mid_step():
    class Trouble:
        now = False

    trouble = Trouble()
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile(jit=True)
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        if trouble.now:
            raise ValueError("trouble")
        optimizer.step()
        return loss

    for x, y in batches(6):
        step(x, y)
    before = [p.detach().numpy().copy() for p in model.parameters()]
    trouble.now = True
    with pytest.raises(ValueError, match="trouble"):
        step(*batches(1)[0])
    for a, p in zip(before, model.parameters()):
        np.testing.assert_array_equal(a, p.detach().numpy())
    trouble.now = False
    assert np.isfinite(step(*batches(1)[0]).item())
