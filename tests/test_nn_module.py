"""Module, Parameter, containers and hooks: every scenario runs under PyTorch and here, and must tell the same story."""

import copy
import pickle
import re
import warnings
from collections import OrderedDict

import pytest

torch = pytest.importorskip("torch")
eagerjax = pytest.importorskip("eagerjax")

SCENARIOS = []


def scenario(fn):
    """Register a function of the library T that returns what it saw."""
    SCENARIOS.append(fn)
    return fn


def plain(value, library):
    """What a scenario saw, without the library's own types."""
    if isinstance(value, library.Tensor):
        detached = value.detach()
        return ("tensor", tuple(detached.shape), str(detached.dtype), detached.double().tolist())
    if isinstance(value, dict):
        return {k: plain(v, library) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, library) for v in value]
    if isinstance(value, str):
        return re.sub(r"(eagerjax|torch)\.nn\.[\w.]*\.(\w+)", r"nn.\2", value)
    return value


def error(fn):
    """(type, message) of what `fn` raises."""
    try:
        fn()
    except Exception as caught:
        return type(caught).__name__, str(caught).strip("'\"")
    return None


def caught(fn):
    """Categories and messages of the warnings in `fn`."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fn()
    return [(w.category.__name__, str(w.message)) for w in seen]


def net(T):
    """A model with every kind of part, its values set."""

    class Net(T.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = T.nn.Linear(2, 3)
            self.layers = T.nn.Sequential(T.nn.Linear(3, 3), T.nn.ReLU(), T.nn.Linear(3, 1, bias=False))
            self.scale = T.nn.Parameter(T.tensor([1.5]))
            self.register_buffer("mean", T.tensor([0.5, -0.5]))
            self.register_buffer("cache", T.tensor([1.0]), persistent=False)
            self.register_parameter("unused", None)
            self.note = "text"

        def forward(self, x):
            return self.layers(self.fc1(x - self.mean).relu()) * self.scale

    made = Net()
    with T.no_grad():
        for i, p in enumerate(made.parameters()):
            p.copy_((T.arange(p.numel()).reshape(p.shape) - 1.5 - i).float() / 4)
    return made


# -- registration ---------------------------------------------------------------------------------
@scenario
def names_and_order(T):
    m = net(T)
    m.again = m.fc1
    m.shared = m.fc1.weight
    return {
        "parameters": [n for n, _ in m.named_parameters()],
        "with duplicates": [n for n, _ in m.named_parameters(remove_duplicate=False)],
        "own": [n for n, _ in m.named_parameters(recurse=False)],
        "prefixed": [n for n, _ in m.named_parameters(prefix="model")],
        "count": [len(list(m.parameters())), len(list(m.parameters(recurse=False))), len(list(m.buffers()))],
        "same order": [a is b for a, (_, b) in zip(m.parameters(), m.named_parameters(), strict=True)],
        "buffers": [n for n, _ in m.named_buffers()],
        "modules": [n for n, _ in m.named_modules()],
        "all modules": [n for n, _ in m.named_modules(remove_duplicate=False)],
        "children": [n for n, _ in m.named_children()],
        "state": list(m.state_dict()),
        "metadata": list(m.state_dict()._metadata.items()),
        "dir": [n for n in dir(m) if n in ("fc1", "scale", "mean", "note", "unused", "0", "forward")],
    }


@scenario
def assignment_moves_between_kinds(T):
    m = T.nn.Module()
    m.x = 1
    seen = [("x" in m.__dict__, list(m._parameters), list(m._buffers), list(m._modules))]
    values = (
        T.nn.Linear(1, 1),
        T.nn.Parameter(T.zeros(1)),
        None,
        T.nn.Linear(1, 1),
        T.nn.Buffer(T.ones(1), persistent=False),
    )
    for value in values:
        seen.append(error(lambda value=value: setattr(m, "x", value)))
        if seen[-1] is not None:
            del m.x
            m.x = value
        seen.append(("x" in m.__dict__, list(m._parameters), list(m._buffers), list(m._modules),
                     sorted(m._non_persistent_buffers_set)))  # fmt: skip
    m.x = T.zeros(2)
    seen.append((m.x, sorted(m._non_persistent_buffers_set)))
    m.x = None
    seen.append(list(m._buffers.items()))
    del m.x
    return [*seen, hasattr(m, "x"), error(lambda: m.x), error(lambda: delattr(m, "x"))]


@scenario
def registration_errors(T):
    m = net(T)

    class NoInit(T.nn.Module):
        def __init__(self, what):
            self.x = what

    bad = [
        lambda: m.register_parameter("a.b", None),
        lambda: m.register_parameter("", None),
        lambda: m.register_parameter(3, None),
        lambda: m.register_parameter("note", None),
        lambda: m.register_parameter("p", T.zeros(1)),
        lambda: m.register_parameter("p", "text"),
        lambda: m.register_parameter("p", m.scale * 2),
        lambda: m.register_buffer("a.b", None),
        lambda: m.register_buffer("", None),
        lambda: m.register_buffer(3, None),
        lambda: m.register_buffer("fc1", T.zeros(1)),
        lambda: m.register_buffer("b", [1]),
        lambda: m.add_module("a.b", None),
        lambda: m.add_module("", None),
        lambda: m.add_module(3, None),
        lambda: m.add_module("note", T.nn.ReLU()),
        lambda: m.add_module("m", 3),
        lambda: setattr(m, "scale", T.zeros(1)),
        lambda: setattr(m, "scale", 3.0),
        lambda: setattr(m, "fc1", "layer"),
        lambda: setattr(m, "mean", [1]),
        lambda: NoInit(T.nn.Parameter(T.zeros(1))),
        lambda: NoInit(T.nn.ReLU()),
        lambda: T.nn.Module(1),
        lambda: T.nn.Module(a=1),
        lambda: T.nn.Module()(1),
        lambda: m.get_submodule("layers.7"),
        lambda: m.get_submodule("note"),
        lambda: m.get_parameter("layers.0"),
        lambda: m.get_parameter("layers.0.nothing"),
        lambda: m.get_buffer("scale"),
        lambda: m.set_submodule("", T.nn.ReLU()),
        lambda: m.set_submodule("fc1", 3),
        lambda: m.set_submodule("note", T.nn.ReLU()),
        lambda: m.set_submodule("new", T.nn.ReLU(), strict=True),
        lambda: m.train("yes"),
    ]
    return [error(fn) for fn in bad]


@scenario
def parts_by_dotted_name(T):
    m = net(T)
    m.set_submodule("layers.1", T.nn.Tanh())
    m.set_submodule("extra", T.nn.Identity())
    return [
        m.get_submodule("") is m,
        m.get_submodule("layers.0") is m.layers[0],
        m.get_parameter("layers.0.weight") is m.layers[0].weight,
        m.get_buffer("mean") is m.mean,
        repr(m),
    ]


# -- state ------------------------------------------------------------------------------------------
@scenario
def state_dict_aliases_and_loads(T):
    m, other = net(T), net(T)
    state = m.state_dict()
    state["scale"].fill_(7.0)
    seen = [
        m.scale,
        [v.requires_grad for v in state.values()],
        [v.requires_grad for v in m.state_dict(keep_vars=True).values()],
    ]
    weight = other.fc1.weight
    seen.append(repr(other.load_state_dict(state)))
    return [*seen, other.state_dict(), other.fc1.weight is weight]


@scenario
def loading_reports_every_misfit(T):
    m = net(T)
    state = m.state_dict()
    wrong = OrderedDict(state)
    del wrong["fc1.bias"], wrong["mean"]
    wrong["nothing"] = T.zeros(1)
    wrong["layers.9.weight"] = T.zeros(1)
    wrong["layers.0.weight"] = T.zeros(2, 2)
    wrong["layers.2.weight"] = "text"
    loose = {k: v for k, v in wrong.items() if not k.startswith("layers.")}
    kept = m.load_state_dict(loose, strict=False)
    return [
        error(lambda: m.load_state_dict(wrong)),
        error(lambda: m.load_state_dict(wrong, strict=False)),
        error(lambda: m.load_state_dict([1])),
        kept.missing_keys,
        kept.unexpected_keys,
        repr(kept),
    ]


@scenario
def assign_takes_the_tensors_themselves(T):
    m = net(T)
    state = {k: v.clone().double() for k, v in net(T).state_dict().items()}
    m.load_state_dict(state, assign=True)
    return [type(m.scale) is T.nn.Parameter, m.scale, m.scale.requires_grad, m.mean is state["mean"], m.fc1.weight]


@scenario
def scalar_parameters_take_old_checkpoints(T):
    m = T.nn.Module()
    m.p = T.nn.Parameter(T.tensor(1.0))
    m.load_state_dict({"p": T.tensor([3.0])})
    return m.p


@scenario
def extra_state_and_hooks_of_saving(T):
    class Net(T.nn.Module):
        _version = 3

        def __init__(self):
            super().__init__()
            self.w = T.nn.Parameter(T.zeros(1))
            self.got = None

        def get_extra_state(self):
            return {"step": 5}

        def set_extra_state(self, state):
            self.got = state

    seen = []
    m = T.nn.Sequential(Net())
    m[0].register_state_dict_pre_hook(lambda mod, prefix, keep: seen.append(("pre", prefix, keep)))
    m[0].register_state_dict_post_hook(
        lambda mod, state, prefix, meta: seen.append(("post", list(state), prefix, dict(meta)))
    )
    m[0].register_load_state_dict_pre_hook(
        lambda mod, state, prefix, *_: seen.append(("load", type(mod).__name__, sorted(state)))
    )
    m.register_load_state_dict_post_hook(lambda mod, keys: seen.append(("loaded", keys.missing_keys)))
    state = m.state_dict()
    m.load_state_dict(state)
    missing = error(lambda: m.load_state_dict({"0.w": T.zeros(1)}))
    unexpected = error(lambda: T.nn.Sequential(T.nn.ReLU()).load_state_dict({"0._extra_state": 1}))
    m[0].register_state_dict_post_hook(lambda mod, state, prefix, meta: {})
    return [seen, state, m[0].got, missing, unexpected, error(m.state_dict)]


# -- conversions -------------------------------------------------------------------------------------
@scenario
def conversions_keep_parameters(T):
    m = net(T)
    weight, ids = m.fc1.weight, [id(p) for p in m.parameters()]
    m.fc1.weight.grad = T.ones(3, 2)
    m.register_buffer("steps", T.tensor(3))
    seen = []
    for change in (lambda: m.double(), lambda: m.half(), lambda: m.bfloat16(), lambda: m.to(T.float64),
                   lambda: m.to("cpu", T.float32), lambda: m.to(T.zeros(1).double()), lambda: m.float(),
                   lambda: m.to(device="cpu"), lambda: m.cpu()):  # fmt: skip
        assert change() is m
        seen.append([str(t.dtype) for t in (m.fc1.weight, m.fc1.weight.grad, m.mean, m.steps)])
    return [seen, ids == [id(p) for p in m.parameters()], weight.requires_grad, m.state_dict(),
            error(lambda: m.to(T.int64)), error(lambda: m.to("nowhere"))[0]]  # fmt: skip


@scenario
def modes_gradients_and_apply(T):
    m = net(T)
    seen = [m.training, m.eval().training, m.layers[1].training, m.train().layers[1].training]
    m.requires_grad_(False)
    seen.append([p.requires_grad for p in m.parameters()])
    m.requires_grad_(True)
    m(T.tensor([[1.0, 2.0]])).sum().backward()
    seen.append([p.grad for p in m.parameters()])
    m.zero_grad(set_to_none=False)
    seen.append([p.grad for p in m.parameters()])
    m.zero_grad()
    seen.append([p.grad for p in m.parameters()])
    order = []
    assert m.apply(lambda mod: order.append(type(mod).__name__)) is m
    return [*seen, order]


@scenario
def deepcopy_and_pickle(T):
    m = T.nn.Sequential(T.nn.Linear(2, 2), T.nn.BatchNorm1d(2), T.nn.LSTM(2, 2), T.nn.ParameterList([T.ones(2)]))
    m[0].weight.requires_grad_(False)
    seen = []
    for twin in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        seen.append([n for n, _ in twin.named_parameters()])
        seen.append([p.requires_grad for p in twin.parameters()])
        seen.append([a is b for a, b in zip(m.parameters(), twin.parameters(), strict=True)])
        seen.append(repr(twin) == repr(m))
        seen.append(
            all(bool((a == b).all()) for a, b in zip(m.state_dict().values(), twin.state_dict().values(), strict=True))
        )
    return seen


@scenario
def tied_parameters_stay_tied_in_copies(T):
    m = T.nn.ModuleList([T.nn.Linear(2, 2), T.nn.Linear(2, 2)])
    m[1].weight = m[0].weight
    twin = copy.deepcopy(m)
    return [twin[1].weight is twin[0].weight, twin[0].weight is m[0].weight, len(list(twin.parameters()))]


# -- hooks -------------------------------------------------------------------------------------------
@scenario
def forward_hooks_in_order(T):
    seen = []
    m = T.nn.Linear(1, 1, bias=False)
    with T.no_grad():
        m.weight.fill_(2.0)
    m.register_forward_pre_hook(lambda mod, args: seen.append("pre1"))
    m.register_forward_pre_hook(lambda mod, args: args[0] + 1, prepend=True)
    m.register_forward_pre_hook(lambda mod, args, kwargs: (args, kwargs), with_kwargs=True)
    handle = m.register_forward_hook(lambda mod, args, out: out * 10)
    m.register_forward_hook(lambda mod, args, kwargs, out: seen.append((args[0], kwargs, out)), with_kwargs=True)
    first = m(T.tensor([[1.0]]))
    handle.remove()
    handle.remove()
    second = m(T.tensor([[1.0]]))
    with m.register_forward_hook(lambda mod, args, out: out - 1):
        third = m(T.tensor([[1.0]]))
    m.register_forward_pre_hook(lambda mod, args, kwargs: 3, with_kwargs=True)
    return [seen, first, second, third, error(lambda: m(T.zeros(1, 1)))]


@scenario
def always_called_hooks(T):
    seen = []

    class Fails(T.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    def raising(mod, args, out):
        raise KeyError("hook")

    m = Fails()
    m.register_forward_hook(lambda mod, args, out: seen.append("never"))
    m.register_forward_hook(lambda mod, args, out: seen.append(("always", out)), always_call=True)
    m.register_forward_hook(raising, always_call=True)
    messages = caught(lambda: seen.append(error(lambda: m(1))))
    return [seen, messages]


@scenario
def backward_hooks_see_and_change_gradients(T):
    seen = []
    m = T.nn.Linear(2, 1, bias=False)
    with T.no_grad():
        m.weight.copy_(T.tensor([[2.0, 3.0]]))
    m.register_full_backward_pre_hook(lambda mod, go: (go[0] * 2,))
    m.register_full_backward_hook(lambda mod, gi, go: seen.append((gi, go)))
    m.register_full_backward_hook(lambda mod, gi, go: (gi[0] + 1,))
    x = T.tensor([[1.0, 1.0]], requires_grad=True)
    (m(x) * 5).sum().backward()
    return [seen, x.grad, m.weight.grad]


@scenario
def backward_hooks_with_several_values(T):
    seen = []

    class Two(T.nn.Module):
        def forward(self, a, b, n, c):
            return a * 2 + c, b * 3, a.detach()

    m = Two()
    m.register_full_backward_hook(lambda mod, gi, go: seen.append((gi, go)))
    a, b = T.tensor([1.0], requires_grad=True), T.tensor([2.0], requires_grad=True)
    y, z, _ = m(a, b, 3, T.ones(1))
    (y + z * 4).sum().backward()
    seen.append((a.grad, b.grad))
    wrong = T.nn.ReLU()
    wrong.register_full_backward_hook(lambda mod, gi, go: (gi[0], gi[0]))
    return [seen, error(lambda: wrong(a * 1).sum().backward())]


@scenario
def backward_hooks_without_input_gradient(T):
    seen = []
    m = T.nn.Linear(1, 1)
    m.register_full_backward_hook(lambda mod, gi, go: seen.append((gi, go)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m(T.ones(1, 1)).sum().backward()
        with T.no_grad():
            m(T.ones(1, 1))
    both = error(lambda: m.register_backward_hook(lambda *a: None))
    return [seen, both]


@scenario
def hooks_of_all_modules(T):
    seen = []
    M = T.nn.modules.module
    name = lambda mod: type(mod).__name__  # noqa: E731
    handles = [
        M.register_module_forward_pre_hook(lambda mod, args: seen.append(("pre", name(mod)))),
        M.register_module_forward_hook(lambda mod, args, out: seen.append(("post", name(mod)))),
        M.register_module_full_backward_hook(lambda mod, gi, go: seen.append(("back", name(mod)))),
        M.register_module_parameter_registration_hook(lambda mod, key, p: seen.append(("param", key))),
        M.register_module_buffer_registration_hook(lambda mod, key, b: seen.append(("buffer", key))),
        M.register_module_module_registration_hook(lambda mod, key, c: seen.append(("module", key))),
    ]
    try:
        m = T.nn.Sequential(T.nn.BatchNorm1d(2), T.nn.ReLU())
        m(T.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    m(T.ones(2, 2))
    return seen


# -- printing ------------------------------------------------------------------------------------------
@scenario
def printing(T):
    nn = T.nn

    class Lines(nn.Module):
        def extra_repr(self):
            return "one\ntwo"

    return [
        repr(m)
        for m in (
            net(T),
            Lines(),
            nn.Sequential(Lines(), nn.Sequential()),
            nn.ModuleList(),
            nn.ModuleList([nn.Linear(1, 1)] * 3 + [nn.ReLU(), nn.Sequential(nn.ReLU(), Lines())]),
            nn.ModuleDict({"a": nn.ReLU(), "b": nn.ModuleList([nn.Tanh()])}),
            nn.ParameterList([nn.Parameter(T.zeros(2, 3)), T.zeros(1), "text"]),
            nn.ParameterDict({"b": nn.Parameter(T.zeros(2, 3)), "a": T.zeros(()), "c": None}),
            nn.Transformer(8, 2, 1, 1, 16),
        )
    ]


# -- containers ------------------------------------------------------------------------------------------
@scenario
def sequential_as_a_list(T):
    nn = T.nn
    a, b, c, d = (nn.Linear(1, 1), nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    s = nn.Sequential(a, b, c)
    seen = [len(s), s[0] is a, s[-1] is c, list(s[1:]._modules), [x is y for x, y in zip(s[::2], (a, c), strict=True)]]
    s.append(d).insert(1, nn.GELU())
    s.extend(nn.Sequential(nn.Identity()))
    seen.append(repr(s))
    seen.append(repr(s + nn.Sequential(nn.ELU())))
    seen.append(len(s * 2))
    del s[0]
    del s[1:3]
    seen.append(repr(s))
    s[0] = nn.Softplus()
    seen.append((repr(s.pop(-1)), repr(s)))
    s += nn.Sequential(nn.Mish())
    seen.append(repr(s))
    named = nn.Sequential(OrderedDict(first=a, second=b))
    seen.append(
        (
            list(named._modules),
            named.first is a,
            list(named[:1]._modules),
            dir(s) == [n for n in dir(s) if not n.isdigit()],
        )
    )
    bad = [lambda: s[9], lambda: s + 1, lambda: s * "a", lambda: s * 0, lambda: s.insert(9, a), lambda: s["x"]]
    return [*seen, *map(error, bad)]


@scenario
def module_list_and_dict(T):
    nn = T.nn
    ml = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    ml += [nn.ELU()]
    ml.insert(1, nn.GELU())
    ml.append(nn.CELU())
    seen = [repr(ml), repr(ml[1:3]), repr(ml + [nn.SELU()])]
    del ml[0]
    ml[0] = nn.Mish()
    seen += [repr(ml), repr(ml.pop(1)), list(ml._modules), error(lambda: ml[9]), error(lambda: ml.extend(3))]
    md = nn.ModuleDict([["b", nn.ReLU()], ["a", nn.Tanh()]])
    md.update({"z": nn.ELU(), "c": nn.GELU()})
    seen += [list(md), list(md.keys()), "b" in md, repr(md.pop("b")), len(md), error(lambda: md["b"])]
    bad = [lambda: md.update(3), lambda: md.update([3]), lambda: md.update([(1, 2, 3)]), lambda: md.update({"a": 3})]
    seen += [error(fn) for fn in bad]
    md.clear()
    return [*seen, len(md)]


@scenario
def parameter_list_and_dict(T):
    nn = T.nn
    pl = nn.ParameterList([T.zeros(1), nn.Parameter(T.ones(2))])
    pl += [T.full((3,), 2.0), "other"]
    pl[0] = T.ones(4)
    seen = [len(pl), [n for n, _ in pl.named_parameters()], type(pl[0]) is nn.Parameter, pl[3], len(pl[1:3]), pl[-2]]
    seen += [error(lambda: pl[9]), error(lambda: pl.extend(T.zeros(2))), error(lambda: pl(1)), list(pl.state_dict())]
    pd = nn.ParameterDict({"b": T.zeros(1), "a": T.ones(1)})
    pd["c"] = T.zeros(3)
    seen += [list(pd), list(reversed(pd)), [n for n, _ in pd.named_parameters()], pd.get("x", 5), "a" in pd]
    seen += [
        list(pd.copy()),
        list(pd | nn.ParameterDict({"d": T.zeros(1)})),
        pd.popitem()[0],
        len(pd),
        list(pd.fromkeys(["k"], 1)),
    ]
    seen += [error(lambda: pd[3]), error(lambda: pd["x"]), error(lambda: pd.update(3)), error(lambda: pd.update([3]))]
    pd.setdefault("s", T.ones(1))
    seen += [type(pd["s"]) is nn.Parameter, error(lambda: pd(1))]
    pd.clear()
    return [*seen, len(pd)]


# -- parameters ---------------------------------------------------------------------------------------
@scenario
def parameters_alias_their_data(T):
    data = T.zeros(2)
    p = T.nn.Parameter(data)
    with T.no_grad():
        p += 1
    q = T.nn.Parameter(T.arange(3), requires_grad=False)
    r = T.nn.Parameter(p)
    with T.no_grad():
        r.mul_(3)
    return [data, p, r, p.requires_grad, p.is_leaf, isinstance(p, T.Tensor), isinstance(data, T.nn.Parameter),
            isinstance(p * 1, T.nn.Parameter), isinstance(p.data, T.nn.Parameter), q.requires_grad,
            error(lambda: T.nn.Parameter(T.arange(3)))[0], error(lambda: T.nn.Parameter([1.0]))[0],
            tuple(T.nn.Parameter().shape), isinstance(T.nn.Buffer(data), T.nn.Buffer), repr(p), repr(q)]  # fmt: skip


@scenario
def lazy_modules(T):
    m = T.nn.LazyLinear(2)
    seen = [repr(m), repr(m.weight), error(lambda: m.weight.shape)[0], m.has_uninitialized_params()]
    twin = copy.deepcopy(m)
    m(T.zeros(1, 3))
    seen += [repr(m), type(m) is T.nn.Linear, tuple(m.weight.shape), m.weight.requires_grad]
    twin.load_state_dict(m.state_dict())
    seen += [tuple(twin.weight.shape), tuple(twin(T.zeros(1, 3)).shape), list(twin.state_dict())]
    conv = T.nn.LazyConv2d(4, 3, groups=2)
    seen += [tuple(conv(T.zeros(1, 2, 5, 5)).shape), repr(conv), error(lambda: T.nn.LazyConv1d(1, 1)(T.zeros(2)))]
    return seen


@pytest.mark.parametrize("fn", SCENARIOS, ids=lambda fn: fn.__name__)
def test_same_story(fn):
    """A scenario sees the same under PyTorch and here."""
    assert plain(fn(eagerjax), eagerjax) == plain(fn(torch), torch)
