"""What a compiled function reads besides its arguments is watched, at whatever level it changes."""

import copy
import functools
import operator
import pickle
from collections import OrderedDict, defaultdict

import jax
import pytest

import eagerjax as torch
from eagerjax import nn


def compiled(model):
    """The model as a compiled function that has been replayed, and an input."""
    function, x = torch.compile(lambda x: model(x), jit=True), torch.ones(2, 3)
    for _ in range(4):
        function(x)
    assert torch.explain(function).programs
    return function, x


def pair():
    return nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))


def negated(x):
    return -x


def replace_by_reversed(model):
    model._modules = OrderedDict((str(i), m) for i, m in enumerate(reversed([*model])))


CHANGES = {
    "a parameter set": lambda m: setattr(m[0], "weight", nn.Parameter(torch.zeros(3, 3))),
    "a parameter in the dict": lambda m: m[0]._parameters.update(weight=nn.Parameter(torch.zeros(3, 3))),
    "a parameter in the dict by |=": lambda m: m[0]._parameters.__ior__({"weight": nn.Parameter(torch.zeros(3, 3))}),
    "a bias taken away": lambda m: m[0].register_parameter("bias", None),
    "a bias popped": lambda m: m[0].__dict__.update(bias=torch.zeros(3)) or m[0]._parameters.pop("bias"),
    "a layer replaced": lambda m: m.__setitem__(1, nn.ReLU()),
    "a layer deleted": lambda m: m.__delitem__(1),
    "a layer appended": lambda m: m.append(nn.Sigmoid()),
    "another dict of layers": replace_by_reversed,
    "a layer's forward": lambda m: setattr(m[1], "forward", negated),
    "the model's forward": lambda m: setattr(m, "forward", negated),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_layer_is_noticed(change):
    model = pair()
    function, x = compiled(model)
    CHANGES[change](model)
    for _ in range(4):
        torch.testing.assert_close(function(x), model(x))


def test_layers_made_elsewhere_do_not_disturb():
    model = pair()
    function, x = compiled(model)
    recorded = len(torch.explain(function).recordings)
    for _ in range(4):
        nn.Linear(2, 2)
        torch.testing.assert_close(function(x), model(x))
    assert len(torch.explain(function).recordings) == recorded


class Asks(nn.Module):
    """Reads attributes of its layers."""

    def __init__(self, read):
        super().__init__()
        self.linear, self.read = nn.Linear(3, 3), read

    def forward(self, x):
        return self.read(self.linear, x)


def times(layer, x):
    return x * layer.out_features


def set_features(model):
    model.linear.out_features = 7


READERS = {
    "by name": (times, set_features),
    "by getattr": (lambda layer, x: x * getattr(layer, "out_" + "features"), set_features),
    "in a partial": (functools.partial(lambda read, layer, x: read(layer, x), times), set_features),
    "by an attrgetter": (lambda layer, x: x * operator.attrgetter("out_features")(layer), set_features),
    "its mode": (lambda layer, x: x * 2 if layer.training else -x, lambda m: m.linear.eval()),
    "its attributes": (lambda layer, x: x * vars(layer)["out_features"], set_features),
}


@pytest.mark.parametrize("reader", READERS)
def test_an_attribute_of_a_layer_that_code_reads_is_watched(reader):
    read, change = READERS[reader]
    model = Asks(read)
    function, x = compiled(model)
    change(model)
    for _ in range(4):
        torch.testing.assert_close(function(x), model(x))


def test_a_function_that_sets_the_mode_sets_it_in_every_call():
    model = pair()

    @torch.compile(jit=True)
    def function(x):
        model.eval()
        return model(x)

    for _ in range(6):
        model.train()
        function(torch.ones(2, 3))
        assert not any(m.training for m in model.modules())


def test_dropout_follows_the_mode():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    function, x = compiled(model)
    for _ in range(3):
        model.eval()
        torch.testing.assert_close(function(x), model(x))
        model.train()
        function(x)


SLOTS = {
    "a slot replaced": lambda o, p: o.state[p].__setitem__("momentum_buffer", torch.full((3, 3), 5.0)),
    "slots replaced": lambda o, p: o.state.__setitem__(p, {"momentum_buffer": torch.full((3, 3), 5.0)}),
    "slots cleared": lambda o, p: o.state[p].clear(),
    "a slot popped": lambda o, p: o.state[p].pop("momentum_buffer"),
    "the state cleared": lambda o, p: o.state.clear(),
    "a slot written to": lambda o, p: o.state[p]["momentum_buffer"].fill_(5.0),
    "another state": lambda o, p: setattr(o, "state", defaultdict(dict)),
    "the state loaded": lambda o, p: o.load_state_dict(copy.deepcopy(o.state_dict())),
}


@pytest.mark.parametrize("change", SLOTS)
def test_a_change_of_an_optimizers_state_is_noticed(change):
    results = []
    for jit in (False, True):
        torch.manual_seed(0)
        model = pair()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        @torch.compile(jit=jit)
        def step(x, model=model, optimizer=optimizer):
            optimizer.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            optimizer.step()
            return loss

        found = [step(torch.ones(2, 3)).item() for _ in range(5)]
        SLOTS[change](optimizer, model[0].weight)
        found += [step(torch.ones(2, 3)).item() for _ in range(4)]
        results.append(found)
    assert results[0] == pytest.approx(results[1], rel=1e-5)


def test_modules_and_optimizers_are_copied_and_pickled_as_in_pytorch():
    model = pair()
    shallow = copy.copy(model)
    shallow._modules["more"] = nn.ReLU()
    assert "more" in model._modules  # a shallow copy has the same dicts
    del model._modules["more"]
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        function, x = compiled(again)
        again[0].weight = nn.Parameter(torch.zeros(3, 3))
        torch.testing.assert_close(function(x), again(x))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    for slots in (optimizer.state_dict()["state"][0], copy.deepcopy(optimizer).state_dict()["state"][0]):
        assert type(slots) is dict and list(slots) == ["step", "exp_avg", "exp_avg_sq"]
    assert optimizer.state["nobody"] == {} and repr(optimizer.state).startswith("defaultdict(<class 'dict'>, {Parameter")
    assert repr(nn.ReLU()._forward_hooks) == repr(OrderedDict()) and repr(nn.ReLU()._buffers) == "{}"
    sizes = jax.tree.map(torch.numel, optimizer.state[model[0].bias])  # a tree for JAX, as a dict is
    assert sizes == {"step": 1, "exp_avg": 3, "exp_avg_sq": 3}
    assert len(jax.tree.leaves(model[0]._parameters)) == 2
    assert type(pickle.loads(pickle.dumps(optimizer)).state_dict()["state"][0]) is dict
