"""Guards as code, and the numbers of a replayed call: looked up anew wherever one of them may be another."""

import gc
import types
import weakref
from collections import OrderedDict, defaultdict

import jax
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.counted import Slots
from eagerjax.static import checks
from eagerjax.static.checks import LENGTH, MISSING, read


class Holder:
    rate = 0.5


def cell_of(value):
    return (lambda: value).__closure__[0]


def bound(cell, value):
    cell.cell_contents = value


PLACES = {
    "dict": ({"a": object()}, "a", lambda d: d.update(a=object())),
    "key gone": ({"a": object()}, "a", lambda d: d.clear()),
    "key that is no string": ({(1, 2): object()}, (1, 2), lambda d: d.update({(1, 2): object()})),
    "quoted key": ({"a'\"\n": object()}, "a'\"\n", lambda d: d.clear()),
    "not there": ({}, "a", lambda d: d.update(a=None)),
    "OrderedDict": (OrderedDict({"a": object()}), "a", lambda d: d.update(a=object())),
    "defaultdict": (defaultdict(list, a=object()), "a", lambda d: d.clear()),
    "not there in a defaultdict": (defaultdict(list), "a", lambda d: d.update(a=1)),
    "counted": (Slots({"a": object()}), "a", lambda d: d.update(a=object())),
    "list": ([object(), object()], 1, lambda items: items.__setitem__(1, object())),
    "shorter list": ([object(), object()], 1, lambda items: items.pop()),
    "length": ([1, 2], LENGTH, lambda items: items.append(3)),
    "cell": (cell_of(object()), "cell_contents", lambda cell: bound(cell, object())),
    "True and 1": ({"a": True}, "a", lambda d: d.update(a=1)),
    "-0.0": ({"a": 0.0}, "a", lambda d: d.update(a=-0.0)),
}


@pytest.mark.parametrize("name", PLACES)
def test_each_kind_of_entry_is_seen_to_change(name):
    container, key, change = PLACES[name]
    same = checks.unchanged([(container, key, read(container, key), name)])
    size = None if isinstance(container, types.CellType) else len(container)
    assert same() and same()
    assert size is None or len(container) == size  # looking puts nothing into a defaultdict
    change(container)
    assert not same()


def test_a_cell_that_is_emptied_has_changed():
    cell = cell_of(1)
    same, number = checks.unchanged([(cell, "cell_contents", 1, "cell")]), checks.numbers([(cell, "cell_contents")])
    assert same() and number() == [1]
    del cell.cell_contents
    assert not same() and number() == [MISSING]


def test_a_class_attribute_is_seen_to_change(monkeypatch):
    place = vars(Holder), "rate"
    same, number = checks.unchanged([(*place, Holder.rate, "rate")]), checks.numbers([place])
    assert same() and number() == [0.5]
    monkeypatch.setattr(Holder, "rate", 0.25)
    assert not same() and number() == [0.25]


def test_numbers_that_are_gone_are_named_so_and_the_others_read():
    values, items = {"a": 1, "b": 2.5}, [3]
    numbers = checks.numbers([(values, "a"), (items, 0), (values, "b")])
    assert numbers() == [1, 3, 2.5]
    del values["a"], items[0]
    assert numbers() == [MISSING, MISSING, 2.5]


def test_thousands_of_entries_and_none():
    tables = [{f"name{i}": object() for i in range(50)} for _ in range(80)]
    same = checks.unchanged([(t, k, v, k) for t in tables for k, v in t.items()])
    assert same()
    tables[79]["name49"] = object()
    assert not same()
    assert checks.unchanged([])() is True and checks.numbers([])() == []


def test_what_is_watched_goes_with_the_check():
    gc.disable()
    try:
        holder = Holder()
        check, gone = checks.unchanged([({"a": holder}, "a", holder, "a")]), weakref.ref(holder)
        del holder
        assert check() and gone() is not None
        del check
        assert gone() is None
    finally:
        gc.enable()


# -- numbers of a call -------------------------------------------------------------------------------------
def stepped(optimizer_of, changes, jit):
    """The weight after a step for each of `changes`, which is made to the options before it."""
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer, found = optimizer_of([weight]), []

    def step(scale):
        optimizer.zero_grad()
        loss = (weight * weight * scale).sum()
        loss.backward()
        optimizer.step()
        return loss

    train = torch.compile(step, jit=jit)
    for change in changes:
        change(optimizer.param_groups[0])
        train(torch.tensor(0.5))
        found.append(weight.tolist())
    return found


def nothing(group):
    pass


def put(**options):
    return lambda group: group.update(options)


@pytest.mark.parametrize(
    "changes",
    [
        [nothing] * 4 + [put(lr=0.2)] + [nothing] * 3 + [put(lr=0.1)] + [nothing] * 2,
        [nothing] * 4 + [put(lr=0.1)] * 3 + [put(lr=0), nothing, nothing, put(lr=1), nothing],
        [nothing] * 4 + [put(weight_decay=0.3), nothing, nothing, nothing, put(weight_decay=0.0), nothing],
        [put(lr=0.1 / (i + 1)) for i in range(9)],
        [nothing] * 3 + [put(maximize=True), nothing, nothing, nothing, put(maximize=False), nothing],
    ],
)
def test_options_of_an_optimizer_that_change(changes):
    make = lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.5)  # noqa: E731
    for ours, theirs in zip(stepped(make, changes, True), stepped(make, changes, False), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_options_in_a_list_that_is_written_to():
    """The list is the same object; what is in it is not."""

    def make(params):
        optimizer = torch.optim.Adam(params, lr=0.1)
        optimizer.param_groups[0]["betas"] = [0.9, 0.99]
        return optimizer

    changes = [nothing] * 4 + [lambda group: group["betas"].__setitem__(0, 0.1)] + [nothing] * 3
    for ours, theirs in zip(stepped(make, changes, True), stepped(make, changes, False), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_numbers_that_stay_stay_on_the_device_and_random_words_do_not():
    layer, optimizer_of = torch.nn.Linear(3, 2), torch.optim.SGD
    optimizer = optimizer_of(layer.parameters(), lr=0.1)

    def step(x, drop):
        optimizer.zero_grad()
        out = layer(torch.nn.functional.dropout(x, 0.5) if drop else x)
        loss = out.square().mean()
        loss.backward()
        optimizer.step()
        return loss

    train = torch.compile(step, jit=True)
    for drop in (False, True):
        losses = [train(torch.ones(4, 3), drop).item() for _ in range(8)]
        program = [v.replays[0].program for v in train.variants.values() if v.replays][-1]
        assert isinstance(program.words[1], jax.Array) is (not drop)
        assert len({*losses}) == 8
    optimizer.param_groups[0]["lr"] = 0.0
    assert train(torch.ones(4, 3), False).item() == train(torch.ones(4, 3), False).item()
