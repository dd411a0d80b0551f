"""What a replay of a compiled function does besides running its program: guards, commits, gradients."""

import math
import operator
import threading
import warnings

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.record.threads import Thread


def trainer(n=12, **options):
    """(parameters, optimizer, compiled step) with more entries than guards look at one by one."""
    params = [torch.full((2, 3), 1.0 + i / n).requires_grad_() for i in range(n)]
    optimizer = torch.optim.SGD(params, lr=0.01, momentum=0.9)

    @torch.compile(jit=True, **options)
    def step():
        optimizer.zero_grad()
        loss = sum([(p * p).sum() for p in params])
        loss.backward()
        optimizer.step()
        return loss

    return params, optimizer, step


def replays(step):
    return sum(r.calls for v in step.variants.values() for r in v.replays)


def warm(step, calls=4):
    for _ in range(calls):
        step()
    assert replays(step) > 0


def test_a_gradient_that_somebody_holds_keeps_its_value():
    params, _, step = trainer()
    warm(step)
    held = params[0].grad
    values = held.tolist()
    step()
    step()
    assert held.tolist() == values
    assert params[0].grad is not held and params[0].grad.tolist() != values


def test_a_gradient_with_attributes_of_the_users_is_not_used_again():
    params, _, step = trainer()
    warm(step)
    params[0].grad.note = "mine"
    step()
    assert not hasattr(params[0].grad, "note")


def test_gradients_equal_twice_the_parameter_before_each_step():
    params, _, step = trainer()
    for _ in range(8):
        before = params[3].tolist()
        step()
        np.testing.assert_allclose(params[3].grad.numpy(), 2 * np.array(before, np.float32), rtol=1e-6)


@pytest.mark.parametrize("change", ["slot", "slots", "moved", "order"])
def test_a_changed_optimizer_state_is_noticed(change):
    """Eager and compiled go on alike after the state was tampered with between two replays."""
    ends = []
    for jit in (False, True):
        params, optimizer, step = trainer()
        step = step if jit else step.function
        for _ in range(4):
            step()
        state = optimizer.state
        if change == "slot":
            state[params[2]]["momentum_buffer"] = torch.zeros(2, 3)
        elif change == "slots":
            state[params[2]] = {"momentum_buffer": torch.ones(2, 3)}
        elif change == "moved":
            state[params[2]], state[params[3]] = state[params[3]], state[params[2]]
        else:
            state[params[2]] = state.pop(params[2])
        for _ in range(4):
            step()
        ends.append([p.tolist() for p in params])
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-6)


def test_a_list_of_parameters_that_grows_or_changes_is_noticed():
    params, _, step = trainer()
    warm(step)
    params.append(torch.full((2, 3), 5.0).requires_grad_())
    with_it = step().item()
    assert with_it == pytest.approx(sum(float((p * p).sum()) for p in params[:-1]) + 150, rel=0.2)
    params[0] = torch.zeros(2, 3, requires_grad=True)
    assert step().item() < with_it


def test_writing_to_a_value_that_a_graph_saved_is_refused_when_it_goes_backward():
    """The compiled function overwrites what an exponential kept for its reverse pass."""
    x = torch.ones(3, requires_grad=True)

    @torch.compile(jit=True)
    def double(t):
        with torch.no_grad():
            t.mul_(2)

    for _ in range(4):
        y = x.exp()
        y.sum().item()
        double(y.detach())
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_a_compilation_that_takes_long_says_so(monkeypatch, capsys):
    monkeypatch.setattr("eagerjax.runtime.progress.AFTER", 0.0)
    params, _, step = trainer(3)
    step().item()
    said = capsys.readouterr().err
    assert "eagerjax: compiling" in said and "test_replay.py" in said and "done after" in said
    warm(step)
    capsys.readouterr()
    monkeypatch.setattr("eagerjax.runtime.progress.AFTER", 60.0)
    trainer(4)[2]().item()
    assert capsys.readouterr().err == ""


def test_a_batch_that_comes_again_is_on_the_device_and_may_still_change():
    x = torch.tensor(np.arange(3, dtype=np.float32))
    double = torch.compile(lambda t: t * 2, jit=True)
    for _ in range(5):
        assert double(x).tolist() == [0, 2, 4]
    x.add_(1)
    assert double(x).tolist() == [2, 4, 6]
    x[0] = 7
    assert double(x).tolist() == [14, 4, 6]


def test_a_variable_of_an_outer_function_that_changes_is_noticed():
    factor = torch.tensor(2.0)
    scale = torch.compile(lambda t: t * factor, jit=True)
    for _ in range(5):
        assert scale(torch.ones(1)).item() == 2
    factor = torch.tensor(3.0)
    assert scale(torch.ones(1)).item() == 3


@pytest.fixture
def one_thread(monkeypatch):
    """As in a process in which no second thread has recorded anything: only there do tensors leave their families."""
    monkeypatch.setattr(Thread, "several", False)


def aliased(jit):
    """A training step and its model."""
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    @torch.compile(jit=jit)
    def step(x):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step, model


@pytest.mark.filterwarnings("error")  # the rare check must find nothing
@pytest.mark.parametrize("jit", [False, True])
def test_a_state_dict_does_not_slow_the_training_down(jit, one_thread):
    losses = {}
    for saving in (False, True):
        step, model = aliased(jit)
        x, found = torch.ones(4, 3), []
        for i in range(70):
            found.append(step(x).item())
            if saving and i in (3, 20):
                saved = model.state_dict()  # alive while the 32nd call is checked
            if saving and i == 40:
                saved = None
        assert not saving or saved is None
        assert model.weight._base is None
        losses[saving] = found
    assert losses[True] == losses[False]
    assert not jit or torch.explain(step).replayed > 55


@pytest.mark.parametrize("jit", [False, True])
def test_an_array_that_shows_a_parameter_follows_it_and_is_let_go(jit, one_thread):
    step, model = aliased(jit)
    x = torch.ones(4, 3)
    for _ in range(5):
        step(x)
    array = model.weight.detach().numpy()
    for _ in range(5):
        before = array.copy()
        step(x)
        assert not np.array_equal(array, before) and np.array_equal(array, model.weight.tolist())
    array[0, 0] = 7.0
    assert model.weight[0, 0].item() == 7.0
    del array, before
    for _ in range(3):
        step(x).item()
    assert model.weight._base is None


def test_a_view_that_comes_back_after_the_family_was_left(one_thread):
    weight = torch.nn.Parameter(torch.ones(3))
    row = weight.detach()[1:]
    del row
    optimizer = torch.optim.SGD([weight], lr=1.0)
    for _ in range(2):
        optimizer.zero_grad()
        weight.sum().backward()
        optimizer.step()
    assert weight._base is None and weight._version == 2
    row = weight.detach()[1:]
    row.fill_(5.0)
    assert weight.tolist() == [-1.0, 5.0, 5.0] and weight._version == 3


@pytest.mark.filterwarnings("error")
def test_a_state_dict_changes_nothing_where_several_threads_record(monkeypatch):
    monkeypatch.setattr(Thread, "several", True)
    step, model = aliased(True)
    x = torch.ones(4, 3)
    for i in range(70):
        step(x)
        if i == 3:
            model.state_dict()
    assert torch.explain(step).replayed > 55


class Hidden:
    """Its class is not followed: `__slots__` leave no dictionary to watch."""

    __slots__ = ("value",)


def test_the_rare_check_goes_on_where_somebody_keeps_aliases():
    hidden, weight = Hidden(), torch.nn.Parameter(torch.ones(3))
    hidden.value, read = 1.0, operator.attrgetter("value")
    optimizer = torch.optim.SGD([weight], lr=1.0)

    @torch.compile(jit=True)
    def step(x):
        optimizer.zero_grad()
        (weight * x * read(hidden)).sum().backward()
        optimizer.step()

    for _ in range(5):
        step(torch.ones(3))
    kept = weight.detach()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(145):  # looked at in calls 32, 64 and 128, as they are with the alias
            step(torch.ones(3))
    assert kept.tolist() == [-149.0] * 3
    hidden.value = 2.0
    with pytest.warns(RuntimeWarning, match="did something else"):
        for _ in range(110):
            step(torch.ones(3))


@pytest.mark.parametrize("change", [lambda n: n % 20, lambda n: min(n, 20.0)])
def test_what_the_python_makes_of_a_number_is_compared(change):
    """The first calls cannot tell `n % 20` from n. The rare check can, once they differ."""

    @torch.compile(jit=True)
    def scaled(x, n):
        return x * change(n)

    x = torch.ones(2)
    with pytest.warns(RuntimeWarning, match=r"the first step that differs is at .*test_replay\.py"):
        for n in range(40):
            seen = scaled(x, float(n)).tolist()
    assert seen == [change(39.0)] * 2


def test_numbers_that_are_not_a_number_compare_equal(recwarn):
    @torch.compile(jit=True)
    def scaled(x, n):
        return x * n + float("nan")

    for n in range(40):
        assert scaled(torch.ones(2), float(n)).isnan().all()
    assert [str(w.message) for w in recwarn if w.category is RuntimeWarning] == []  # others may be an earlier test's garbage
    assert sum(r.calls for v in scaled.variants.values() for r in v.replays) > 30


def test_a_number_of_the_program_that_is_not_a_number_stays_the_same(recwarn):
    """Where another function had other numbers at the place it is no constant."""
    for c in (1.0, 2.0, 3.0):
        torch.compile(lambda x, n, c=c: x * n + c, jit=True)(torch.ones(7), c)

    @torch.compile(jit=True)
    def scaled(x, n):
        return x * n + float("nan")

    for n in range(20):
        assert scaled(torch.ones(7), float(n)).isnan().all()
    assert [str(w.message) for w in recwarn if w.category is RuntimeWarning] == []
    assert sum(r.calls for v in scaled.variants.values() for r in v.replays) > 10


def test_arguments_that_are_not_a_number(recwarn):
    @torch.compile(jit=True)
    def filled(x, n):
        return torch.where(x > 0, x, n)

    for n in [1.0, 2.0, *[float("nan")] * 4, 3.0, *[float("nan") for _ in range(20)]]:
        assert filled(torch.tensor([-1.0, 1.0]), n)[0].isnan().item() == (n != n)
    assert [str(w.message) for w in recwarn if w.category is RuntimeWarning] == []
    assert sum(r.calls for v in filled.variants.values() for r in v.replays) > 15

    @torch.compile(jit=True)
    def constant(x, n):
        return x * n, float("nan")

    for _ in range(6):
        assert constant(torch.ones(2), float("nan"))[0].isnan().all()
    assert sum(r.calls for v in constant.variants.values() for r in v.replays) == 4


def test_zeros_have_signs():
    """0.0 == -0.0, and yet their inverses differ: as arguments, and as attributes that the guards watch."""

    class Divided(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.by = 0.0

        def forward(self, x, n):
            return x / n, x / self.by

    model = Divided()
    compiled = torch.compile(model, jit=True)
    for n, by in [(0.0, 0.0)] * 4 + [(-0.0, 0.0), (0.0, -0.0), (-0.0, -0.0), (0.0, 0.0)] * 3:
        model.by = by
        for found, zero in zip(compiled(torch.ones(2), n), (n, by)):
            assert found.tolist() == [math.copysign(math.inf, zero)] * 2


def result_of(function, *args):
    torch.manual_seed(0)
    try:
        return function(*args).tolist()
    except (IndexError, RuntimeError, ValueError) as error:
        return type(error), str(error)


def written_at(x, i):
    x = x.clone()
    x[i] = 5.0
    return x


def written_from(x, i):
    x = x.clone()
    x[i : i + 2] = 5.0
    return x


POSITIONS = {
    "index": lambda x, i: x[i] * 1.0,
    "select": lambda x, i: x.select(0, i) * 1.0,
    "slice": lambda x, i: x[i : i + 2] * 1.0,
    "steps": lambda x, i: x[i : i + 4 : 2] * 1.0,
    "narrow": lambda x, i: x.narrow(0, i, 2) * 1.0,
    "write": written_at,
    "write_slice": written_from,
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # in the end nothing is recorded any more: too many calls differ
@pytest.mark.parametrize("name", POSITIONS)
def test_a_position_that_is_an_argument_stays_inside(name):
    """A compiled program clamps positions. What Python would have refused, or made shorter, is not replayed."""
    compiled = torch.compile(POSITIONS[name], jit=True)
    x = torch.arange(8.0)
    for i in (1, 2, 3, 0, 1, 5, 6, 7, 8, 9, -1, -3, -8, -9, 100, 0, 4):
        assert result_of(compiled, x, i) == result_of(POSITIONS[name], x, i), i
    assert sum(r.calls for v in compiled.variants.values() for r in v.replays) > 3


def test_the_last_rows_of_each_epoch():
    """`data[i : i + n]` with an end that is shorter: one program for each length, and rows of the right place."""
    data = torch.arange(44.0).reshape(22, 2)

    @torch.compile(jit=True)
    def total(start):
        return data[start : start + 4].sum(1)

    for _ in range(20):
        for start in range(0, 22, 4):
            assert total(start).tolist() == [4.0 * r + 1 for r in range(start, min(start + 4, 22))]
    (variant,) = total.variants.values()
    assert variant.eager is None and variant.recorded < 12


NUMBERS = {
    "dropout": torch.nn.functional.dropout,
    "channels": lambda x, p: torch.nn.functional.dropout1d(x.reshape(2, 4), p),
    "alpha": torch.nn.functional.alpha_dropout,
    "attention": lambda x, p: torch.nn.functional.scaled_dot_product_attention(*[x.reshape(1, 2, 4)] * 3, dropout_p=p),
    "uniform": lambda x, p: x.clone().uniform_(p, 1.0),
    "normal": lambda x, p: x.clone().normal_(0.0, p),
    "log_normal": lambda x, p: x.clone().log_normal_(0.0, p),
    "exponential": lambda x, p: x.clone().exponential_(p),
    "cauchy": lambda x, p: x.clone().cauchy_(0.0, p),
    "geometric": lambda x, p: x.clone().geometric_(p),
    "batch_norm": lambda x, p: torch.nn.functional.batch_norm(x.reshape(4, 2), None, None, training=True, eps=p),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_python_refuses_is_refused(name):
    compiled = torch.compile(NUMBERS[name], jit=True)
    x = torch.arange(8.0)
    for p in (0.25, 0.5, 0.75, 0.125, 1.5, -0.25, float("nan"), 0.5, 0.0, 1.0):
        ours, theirs = result_of(compiled, x, p), result_of(NUMBERS[name], x, p)
        if type(theirs) is tuple:
            assert ours == theirs
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_recording_that_another_thread_has_cut_is_no_replay():
    """What the other thread has run would be missing in it."""
    total = torch.zeros(2)
    others = [2, 3, 5]

    @torch.compile(jit=True)
    def step(i):
        total.add_(1.0)
        if i in others:
            other = threading.Thread(target=lambda: (total * 2).tolist())
            other.start()
            other.join()
        return total * 3

    for i in range(24):
        assert step(i).tolist() == [3.0 * (i + 1)] * 2
    assert total.tolist() == [24.0] * 2


def pure_replays(function):
    return [r for v in function.variants.values() for r in v.replays if r.pure]


def test_a_call_that_changes_nothing_takes_the_short_way_and_draws_as_without():
    """Random numbers go on, a wrong value is raised when it is looked at and leaves the next call as it was."""
    drawn = {}
    for jit in (False, True):
        torch.manual_seed(3)
        noisy = torch.compile(lambda x: torch.nn.functional.dropout(x, 0.5) + torch.rand(8), jit=jit)
        drawn[jit] = [noisy(torch.ones(8)).tolist() for _ in range(8)]
    assert drawn[True] == drawn[False]
    assert pure_replays(noisy)[0].calls > 2

    pick = torch.compile(lambda table, at: torch.nn.functional.embedding(at, table), jit=True)
    table = torch.arange(6.0).reshape(3, 2)
    for at in (0, 1, 2, 0, 1):
        assert pick(table, torch.tensor([at])).tolist() == [[2.0 * at, 2.0 * at + 1]]
    with pytest.raises(IndexError):
        pick(table, torch.tensor([3])).tolist()
    assert pick(table, torch.tensor([2])).tolist() == [[4.0, 5.0]]
    assert pure_replays(pick)[0].calls > 2


def test_what_changes_something_or_can_be_gone_back_through_takes_the_long_way():
    weight = torch.ones(3, requires_grad=True)
    total = torch.zeros(3)
    back = torch.compile(lambda x: (weight * x).sum(), jit=True)
    add = torch.compile(lambda x: total.add_(x), jit=True)
    for i in range(6):
        back(torch.full((3,), float(i))).backward()
        add(torch.ones(3))
    assert weight.grad.tolist() == [15.0] * 3
    assert total.tolist() == [6.0] * 3
    assert replays(back) and replays(add) and not pure_replays(back) and not pure_replays(add)


def test_a_pure_call_sees_what_was_written_and_outputs_are_its_own():
    x = torch.ones(3)
    double = torch.compile(lambda: x * 2, jit=True)
    kept = [double() for _ in range(4)]
    x.add_(1)
    kept.append(double())
    kept[0].mul_(10)
    assert [k.tolist() for k in kept] == [[20.0] * 3, [2.0] * 3, [2.0] * 3, [2.0] * 3, [4.0] * 3]
    same = torch.compile(lambda t: t, jit=True)
    assert all(same(x) is x for _ in range(5))
