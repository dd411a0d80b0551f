"""Known traps of compiling a training loop: each works under `jit=True` as it does line by line, or says what is wrong."""

import copy
import gc
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

RNG = np.random.default_rng(0)
DATA = [(RNG.standard_normal((6, 5)).astype("f"), RNG.integers(0, 3, 6)) for _ in range(12)]
FACTOR = 1.0
KEPT = []


def batches(n=8, start=0):
    return [(torch.tensor(x), torch.tensor(y)) for x, y in DATA[start : start + n]]


def net(dropout=0.0):
    torch.manual_seed(3)
    # No bias before the batch norm: its gradient is rounding noise, which Adam would blow up.
    return nn.Sequential(
        nn.Linear(5, 7, bias=False), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(dropout), nn.Linear(7, 3)
    )


def trainer(jit, model=None, optimizer=None, loss=F.cross_entropy):
    """(model, optimizer, step)."""
    model = model or net()
    optimizer = (optimizer or (lambda p: torch.optim.Adam(p, lr=0.05)))(model.parameters())

    @torch.compile(jit=jit)
    def step(x, y):
        optimizer.zero_grad()
        out = loss(model(x), y)
        out.backward()
        optimizer.step()
        return out

    return model, optimizer, step


def state(model, optimizer=None):
    found = [v.detach().numpy() for v in model.state_dict().values()]
    for slots in optimizer.state.values() if optimizer else ():
        found += [v.detach().numpy() for v in slots.values()]
    return found


def agree(run, replays=True):
    """`run(jit)` gives numbers, and the compiled function (or None) as its last item: both ways must be equal."""
    torch.manual_seed(1)
    *eager, _ = run(False)
    torch.manual_seed(1)
    *compiled, function = run(True)
    assert len(eager) == len(compiled)
    for a, b in zip(eager, compiled):
        np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=2e-5, atol=1e-6)
    if replays:
        assert replayed(function) > 0, [e.outcome for e in function.report.events]


def replayed(function):
    return sum(r.calls for v in function.variants.values() for r in v.replays)


def outcomes(function):
    return " | ".join(e.outcome for e in function.report.events)


def train(jit, between=lambda i, model, optimizer: None, n=8, **how):
    model, optimizer, step = trainer(jit, **how)
    losses = []
    for i, (x, y) in enumerate(batches(n)):
        between(i, model, optimizer)
        losses.append(step(x, y).item())
    return losses, *state(model, optimizer), step


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
        global FACTOR
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
        held.append(
            (model[0].weight.detach().clone(), model[0].weight.detach().jax(), model[0].weight.detach().numpy())
        )
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
    before = [p.detach().numpy() for p in model.parameters()]
    trouble.now = True
    with pytest.raises(ValueError, match="trouble"):
        step(*batches(1)[0])
    for a, p in zip(before, model.parameters()):
        np.testing.assert_array_equal(a, p.detach().numpy())
    trouble.now = False
    assert np.isfinite(step(*batches(1)[0]).item())


# -- arguments and results -----------------------------------------------------------------------------------------
def test_the_same_tensor_twice():
    f = torch.compile(lambda a, b: a.add_(1) + b, jit=True)
    for _ in range(6):
        x, y = torch.ones(2), torch.ones(2)
        assert f(x, x).tolist() == [4, 4] and x.tolist() == [2, 2]
        assert f(x, y).tolist() == [4, 4] and x.tolist() == [3, 3] and y.tolist() == [1, 1]


def test_arguments_that_share_memory():
    @torch.compile(jit=True)
    def f(a, b):
        a.add_(1)
        return a + b

    for _ in range(5):
        x, y = torch.zeros(2), torch.zeros(2)
        assert f(x, y).tolist() == [1, 1]
    for _ in range(5):
        x = torch.zeros(2)
        assert f(x, x.view(2)).tolist() == [2, 2]
        assert f(x.view(2), x).tolist() == [4, 4]


def test_strides_decide():
    f = torch.compile(lambda x: x * 1 if x.is_contiguous() else x * 2, jit=True)
    for _ in range(5):
        x = torch.ones(2, 2)
        assert f(x).sum().item() == 4 and f(x.t()).sum().item() == 8


def test_an_argument_written_in_place():
    @torch.compile(jit=True)
    def f(x):
        x.mul_(2)
        return x

    for _ in range(6):
        x = torch.ones(2)
        assert f(x) is x and x.tolist() == [2, 2]
        whole = torch.ones(4)
        view = whole[1:3]
        assert f(view) is view and view.tolist() == [2, 2] and whole.tolist() == [1, 2, 2, 1]


@dataclass
class Pair:
    first: object
    second: object


def test_nested_arguments_and_results():
    @torch.compile(jit=True)
    def f(tree, *, scale=1.0):
        return {"sum": (tree["a"] + tree["b"][0]) * scale, "pair": Pair(tree["b"][1] * 2, "text"), "none": None}

    for i in range(8):
        out = f({"a": torch.ones(2), "b": [torch.full((2,), float(i)), torch.ones(1)]}, scale=2.0)
        assert out["sum"].tolist() == [2.0 + 2 * i] * 2 and out["none"] is None
        assert type(out["pair"]) is Pair and out["pair"].first.tolist() == [2] and out["pair"].second == "text"
    assert replayed(f) > 0


def test_positional_and_keyword_arguments():
    f = torch.compile(lambda a, b=2.0, *, c=3.0: a * b + c, jit=True)
    for _ in range(5):
        assert f(torch.ones(1)).item() == 5 and f(torch.ones(1), 4.0).item() == 7
        assert f(a=torch.ones(1), c=1.0).item() == 3 and f(torch.ones(1), b=4.0).item() == 7


def test_the_last_short_batch():
    def run(jit):
        model, optimizer, step = trainer(jit)
        losses = []
        for _ in range(3):
            for x, y in [*batches(3), (batches(1)[0][0][:4], batches(1)[0][1][:4])]:
                losses.append(step(x, y).item())
        return losses, *state(model), step

    agree(run)


def test_results_can_be_differentiated_further():
    def run(jit):
        model = net()
        forward = torch.compile(lambda x: model(x), jit=jit)
        found = []
        for x, y in batches():
            model.zero_grad()
            loss = F.cross_entropy(forward(x) * 2, y)
            loss.backward()
            found.append(model[0].weight.grad.tolist())
        return *found, forward

    agree(run)


def test_gradients_flow_into_arguments():
    f = torch.compile(lambda x: (x**3).sum(), jit=True)
    for i in range(7):
        x = torch.full((2,), float(i), requires_grad=True)
        f(x * 2).backward()
        assert x.grad.tolist() == [24.0 * i * i] * 2
    assert replayed(f) > 0


def test_double_backward():
    def run(jit):
        w = torch.tensor([1.0, 2.0], requires_grad=True)

        @torch.compile(jit=jit)
        def penalty(x):
            (g,) = torch.autograd.grad((w**3 * x).sum(), w, create_graph=True)
            return (g**2).sum()

        found = []
        for i in range(7):
            w.grad = None
            penalty(torch.full((2,), 1.0 + i)).backward()
            found.append(w.grad.tolist())
        return *found, penalty

    agree(run)


def test_backward_twice_is_an_error():
    w = torch.ones(2, requires_grad=True)
    f = torch.compile(lambda x: (w * w * x).sum(), jit=True)
    for _ in range(6):
        loss = f(torch.ones(2))
        loss.backward()
        with pytest.raises(RuntimeError, match="backward through the graph a second time"):
            loss.backward()


# -- looking inside -------------------------------------------------------------------------------------------------
def test_a_branch_on_a_value_splits():
    def run(jit):
        @torch.compile(jit=jit)
        def f(x):
            y = x * 2
            return (y - 1 if y.sum() > 0 else y + 1).sum()

        return [f(torch.full((2,), float((-1) ** (i // 2)))).item() for i in range(10)], f

    agree(run, replays=False)
    step = torch.compile(lambda x: x * 2 if x.sum() > 0 else x, jit=True)
    step(torch.ones(2))
    assert f"looks at a value at {__file__}" in outcomes(step)


def test_fullgraph_raises_at_the_branch():
    @torch.compile(jit=True, fullgraph=True)
    def f(x):
        y = x * 2
        if y.sum() > 0:
            return y
        return x

    with pytest.raises(RuntimeError, match="(?s)test_footguns.py:.*cond"):
        f(torch.ones(2))


def test_printing_and_item_inside(capsys):
    @torch.compile(jit=True)
    def f(x):
        y = x + 1
        print(y.sum().item())
        return y

    for i in range(6):
        f(torch.full((2,), float(i)))
    assert capsys.readouterr().out.split() == ["2.0", "4.0", "6.0", "8.0", "10.0", "12.0"]


def test_a_forgotten_dependency_is_found():
    class Hidden:
        """Reads something that no code of the function names."""

        def __init__(self):
            self.values = iter([1.0] * 17 + [5.0] * 100)

        def __mul__(self, x):
            return x * self.factor

    hidden = Hidden()
    object.__setattr__(hidden, "factor", 1.0)
    step = torch.compile(lambda x: getattr(hidden, "fac" + "tor") * x, jit=True)
    for _ in range(20):
        assert step(torch.ones(1)).item() == 1
    hidden.factor = 5.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [step(torch.ones(1)).item() for _ in range(60)]
    assert found[-1] == 5 and (found[0] == 5 or any("test_footguns.py" in str(w.message) for w in caught))


# -- nesting and sharing ----------------------------------------------------------------------------------------------
def test_nested_compiled_functions():
    def run(jit):
        model = net()
        inner = torch.compile(lambda x: model(x).relu(), jit=jit)
        outer = torch.compile(lambda x: inner(x).sum() + inner(x * 2).sum(), jit=jit)
        return [outer(x).item() for x, _ in batches()], outer

    agree(run)


def test_modules_compile_themselves():
    model, reference = net(), net()
    model.compile(jit=True)
    assert torch.compile(model, jit=True) is model
    for x, _ in batches():
        np.testing.assert_allclose(model(x).tolist(), reference(x).tolist(), rtol=1e-5)
    assert list(model.state_dict()) == list(reference.state_dict())
    twin = copy.deepcopy(model)
    np.testing.assert_allclose(twin(x).tolist(), model(x).tolist(), rtol=1e-5)


def test_custom_functions_inside():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x

    def run(jit):
        w = torch.ones(2, requires_grad=True)

        @torch.compile(jit=jit)
        def f(x):
            loss = (Square.apply(w) * x).sum()
            loss.backward()
            return loss

        found = []
        for i in range(7):
            w.grad = None
            f(torch.full((2,), float(i)))
            found.append(w.grad.tolist())
        return *found, f

    agree(run)


def test_no_grad_and_evaluation():
    def run(jit):
        model = net().eval()

        @torch.compile(jit=jit)
        @torch.no_grad()
        def evaluate(x, y):
            return (model(x).argmax(1) == y).float().mean()

        return [evaluate(x, y).item() for x, y in batches()], evaluate

    agree(run)


def test_a_function_that_dies_frees_its_model():
    import weakref  # noqa: PLC0415

    model, optimizer, step = trainer(True)
    for x, y in batches(5):
        step(x, y)
    alive = weakref.ref(model)
    del model, optimizer, step
    gc.collect()
    assert alive() is None


def test_a_deleted_batch_is_freed():
    import weakref  # noqa: PLC0415

    _, _, step = trainer(True)
    for x, y in batches(6):
        step(x, y)
    gone = weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None


def test_objects_that_lead_to_more_code():
    """An attribute's own methods name further attributes, found while the first ones are looked at."""

    class Inner:
        scale = 2.0

        def apply(self, x):
            return x * self.scale

    class Outer:
        def __init__(self):
            self.inner, self.other = Inner(), Inner()

        def run(self, x):
            return self.inner.apply(x) + self.other.apply(x)

    outer = Outer()
    f = torch.compile(lambda x: outer.run(x), jit=True)
    for i in range(8):
        outer.inner.scale = 1.0 + i // 4
        assert f(torch.ones(1)).item() == 3.0 + i // 4
