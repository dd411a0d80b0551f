"""Traps under `jit=True` in what is passed in, what is looked at, and how functions nest."""

import copy
import gc
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from footguns import agree, batches, net, outcomes, replayed, state, trainer

import eagerjax as torch
from eagerjax.nn import functional as F


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

    with pytest.raises(RuntimeError, match="(?s)test_footguns_calls.py:.*cond"):
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
    assert found[-1] == 5 and (found[0] == 5 or any("test_footguns_calls.py" in str(w.message) for w in caught))


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


def test_writes_through_data_and_then_in_place():
    def run(jit):
        held = torch.ones(3)

        @torch.compile(jit=jit)
        def f(x):
            held.data.mul_(0.5)
            held.add_(x)
            held.detach()[0] = 7.0
            return (held * x).sum()

        return [f(torch.ones(3)).item() for _ in range(7)], held.tolist(), f

    agree(run)


def test_data_assigned_inside():
    def run(jit):
        held = torch.ones(3)

        @torch.compile(jit=jit)
        def f(x):
            held.data = x * 2
            return (held * x).sum()

        return [f(torch.full((3,), float(i))).item() for i in range(6)], held.tolist(), f

    agree(run, replays=False)


def test_a_counter_that_equals_an_argument():
    """Both change alike; the one that the step reads is a float, and an integer's bits are not a float's."""

    class Learner:
        def __init__(self, jit):
            torch.manual_seed(0)
            self.model, self.count = torch.nn.Linear(3, 2), 0
            self.optimizer = torch.optim.SGD(self.model.parameters(), 0.1)
            self.update = torch.compile(self.update, jit=jit)

        def update(self, x, known):
            loss = self.model(x).square().sum() / known
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            return loss

        def learn(self, x):
            self.count += 1
            return self.update(x, float(self.count)).item()

    eager, compiled = Learner(False), Learner(True)
    x = torch.ones(4, 3)
    found = [(eager.learn(x), compiled.learn(x)) for _ in range(8)]
    np.testing.assert_allclose([a for a, _ in found], [b for _, b in found], rtol=1e-3)


def test_numbers_that_were_equal_and_differ_later():
    step = torch.compile(lambda x, a, b: x * a + b * 0, jit=True)
    x = torch.ones(2)
    pairs = [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 5.0), (6.0, 7.0), (8.0, 8.0), (9.0, 2.0)]
    assert [step(x, a, b).tolist() for a, b in pairs] == [[a, a] for a, _ in pairs]


def test_an_attribute_of_another_type():
    class Scaled:
        factor = 1

        def __call__(self, x):
            return x * self.factor

    scaled = Scaled()
    step = torch.compile(lambda x: scaled(x), jit=True)
    x = torch.tensor([1, 2])
    for factor in (1, 2, 3, 4, 2.5, 4.0, True, 5, 1.5):
        scaled.factor = factor
        found, expected = step(x), scaled(x)
        assert found.dtype is expected.dtype and found.tolist() == expected.tolist(), factor


def test_a_float_made_from_a_counter():
    class Counting:
        count = 0

        def __call__(self, x):
            return x * float(self.count)

    counting = Counting()
    step = torch.compile(lambda x: counting(x), jit=True)
    for counting.count in range(1, 9):
        assert step(torch.ones(1)).item() == counting.count
