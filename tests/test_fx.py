"""eagerjax.fx: programs as graphs. The texts stated here are PyTorch 2.13's."""

import copy
import inspect
import math
import operator
import pickle
import subprocess
import sys
import threading

import pytest

import eagerjax as torch
import eagerjax.nn.functional as F
from eagerjax import fx, nn
from eagerjax.fx import doors
from eagerjax.fx.experimental.optimization import fuse, remove_dropout
from eagerjax.fx.passes.shape_prop import ShapeProp
from eagerjax.vision import models
from eagerjax.vision.models.feature_extraction import create_feature_extractor, get_graph_node_names


def counted(x, parts):
    return x * parts


fx.wrap("counted")
fx.wrap("sized")


def sized(x):
    return len(x)


class Net(nn.Module):
    """Most of what graphs have: a parameter, a buffer, a layer called twice, nested names, a constant."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
        self.register_buffer("b", torch.arange(3.0))
        self.lin = nn.Linear(3, 3)
        self.seq = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Linear(3, 3)))

    def forward(self, x, y=2, *args, **kw):
        x = self.seq(self.lin(self.lin(x))) * self.w + (self.b - x)
        return F.softmax(x, -1), {"a": torch.relu(x.view(x.size(0), -1)), "k": [x[:, None], (torch.max(x, 1)[0],)]}, args


NET = '''


def forward(self, x, y = 2, *args, **kw):
    _args = args
    _kw = kw
    lin = self.lin(x)
    lin_1 = self.lin(lin);  lin = None
    seq_0 = getattr(self.seq, "0")(lin_1);  lin_1 = None
    seq_1_0 = getattr(getattr(self.seq, "1"), "0")(seq_0);  seq_0 = None
    w = self.w
    mul = seq_1_0 * w;  seq_1_0 = w = None
    b = self.b
    sub = b.sub(x);  b = x = None
    add = mul + sub;  mul = sub = None
    softmax = torch.nn.functional.softmax(add, dim = -1, _stacklevel = 3, dtype = None)
    size = add.size(0)
    view = add.view(size, -1);  size = None
    relu = torch.relu(view);  view = None
    getitem = add[(slice(None, None, None), None)]
    max_1 = torch.max(add, 1);  add = None
    getitem_1 = max_1[0];  max_1 = None
    return (softmax, {'a': relu, 'k': [getitem, (getitem_1,)]}, _args)
    '''


def test_generated_code_reads_as_pytorchs():
    traced = fx.symbolic_trace(Net())
    assert traced.code == NET
    assert list(traced.state_dict()) == list(Net().state_dict())


def test_it_is_the_same_text_as_live_pytorch():
    real = pytest.importorskip("torch")
    source = inspect.getsource(Net)
    found = {"torch": real, "nn": real.nn, "F": real.nn.functional}
    exec(source, found)
    traced = real.fx.symbolic_trace(found["Net"]())
    ours = fx.symbolic_trace(Net())
    assert ours.code == traced.code
    assert str(ours.graph) == str(traced.graph)


def test_a_traced_module_computes_the_same():
    torch.manual_seed(0)
    module, x = Net(), torch.randn(2, 3)
    traced = fx.symbolic_trace(module)
    expected, found = module(x, 2, 3), traced(x, 2, 3)
    assert torch.equal(found[0], expected[0]) and torch.equal(found[1]["k"][1][0], expected[1]["k"][1][0]) and found[2] == (3,)


@pytest.mark.parametrize("jit", [False, True])
def test_a_traced_module_trains(jit):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    traced = fx.symbolic_trace(copy.deepcopy(module))

    def losses(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = model(x).pow(2).mean()
            loss.backward()
            optimizer.step()
            return loss

        step = torch.compile(step, jit=True) if jit else step
        torch.manual_seed(1)
        return [step(torch.randn(4, 3)).item() for _ in range(5)]

    assert losses(traced) == losses(module)


GRAPH = """graph():
    %x : torch.Tensor [num_users=1] = placeholder[target=x]
    %y : [num_users=1] = placeholder[target=y](default=1.5)
    %lin : [num_users=1] = call_module[target=lin](args = (%x,), kwargs = {})
    %add : [num_users=1] = call_function[target=torch.add](args = (%lin, %y), kwargs = {alpha: 2})
    %view : torch.Tensor [num_users=1] = call_method[target=view](args = (%add, -1), kwargs = {})
    %lin_weight : [num_users=1] = get_attr[target=lin.weight]
    return (view, lin_weight)"""


def by_hand():
    graph = fx.Graph()
    x, y = graph.placeholder("x", torch.Tensor), graph.placeholder("y", default_value=1.5)
    added = graph.call_function(torch.add, (graph.call_module("lin", (x,)), y), {"alpha": 2})
    view = graph.call_method("view", (added, -1), type_expr=torch.Tensor)
    graph.output((view, graph.get_attr("lin.weight")), torch.Tensor)
    return graph


def test_graphs_made_by_hand():
    graph = by_hand()
    assert str(graph) == GRAPH
    assert "def forward(self, x : torch.Tensor, y = 1.5) -> torch.Tensor:" in graph.python_code("self").src
    held = nn.Module()
    held.lin = nn.Linear(2, 2)
    made = fx.GraphModule(held, graph, "Mine")
    assert type(made).__name__ == "Mine" and made.lin is held.lin
    assert torch.equal(made(torch.ones(2, 2))[0], (held.lin(torch.ones(2, 2)) + 3.0).view(-1))


def test_editing_a_graph(capsys):
    graph = by_hand()
    added = next(n for n in graph.nodes if n.name == "add")
    with pytest.raises(RuntimeError, match="Tried to erase Node add but it still had 1 users"):
        graph.erase_node(added)
    with graph.inserting_after(added):
        relu = graph.call_function(F.relu, (added,), {"inplace": False})
    added.replace_all_uses_with(relu, lambda user: user is not relu)
    graph.lint()
    assert "relu = torch.nn.functional.relu(add, inplace = False);  add = None" in graph.python_code("self").src
    assert added.next is relu and relu.args == (added,) and list(added.users) == [relu]
    assert graph.find_nodes(op="call_function", target=F.relu) == [relu]
    graph.call_function(torch.relu, (added,))
    assert graph.eliminate_dead_code() and len(graph.find_nodes(op="call_function", target=torch.relu)) == 0
    copied = copy.deepcopy(graph)
    assert str(copied) == str(graph)
    copied.print_tabular()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["opcode", "name", "target", "args", "kwargs"]
    assert lines[2].startswith("placeholder    x           x ")
    with pytest.raises(TypeError, match="does not support mutation"):
        relu.kwargs["inplace"] = True
    other = fx.Graph().placeholder("other")
    graph.call_function(torch.relu, (other,))
    with pytest.raises(RuntimeError, match="does not belong to this Graph"):
        graph.lint()


def test_names_of_nodes():
    graph = fx.Graph()
    x = graph.placeholder("add")
    wanted = ("add", "add", "add_1", "add_7", "add", "relu_3", "relu", "relu", "class", "0abc", "a.b", "x_0", "x_0")
    names = [graph.create_node("call_function", operator.add, (x, x), name=name).name for name in wanted]
    assert names == "add_1 add_2 add_3 add_7 add_8 relu_3 relu relu_4 class_1 _0abc a_b x_0 x_1".split()


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (lambda x: F.relu(x), "relu = torch.nn.functional.relu(x, inplace = False)"),
        (lambda x: torch.relu(x), "relu = torch.relu(x)"),
        (lambda x: torch.arctan(x), "arctan = torch.arctan(x)"),
        (lambda x: F.gelu(x), "gelu = torch._C._nn.gelu(x)"),
        (lambda x: F.sigmoid(x), "sigmoid = x.sigmoid()"),
        (lambda x: torch.linalg.norm(x), "linalg_norm = torch._C._linalg.linalg_norm(x)"),
        (lambda x: torch.einsum("ij->i", x), "einsum = torch.functional.einsum('ij->i', x)"),
        (lambda x: torch.split(x, 2, 1), "split = torch.functional.split(x, 2, dim = 1)"),
        (lambda x: F.max_pool2d(x, 2), "max_pool2d = torch.nn.functional.max_pool2d(x, 2, stride = None, padding = 0, "
                                       "dilation = 1, ceil_mode = False, return_indices = False)"),
        (lambda x: torch.cat([x, x], dim=1), "cat = torch.cat([x, x], dim = 1)"),
        (lambda x: 2 ** x, "pow_1 = 2 ** x"),
        (lambda x: abs(x), "abs_1 = _operator_abs(x)"),
        (lambda x: x.T, "getattr_1 = x.T"),
        (lambda x: x.to(torch.float16), "to = x.to(torch.float16)"),
        (lambda x: x.masked_fill(x, -float("inf")), "masked_fill = x.masked_fill(x, -inf)"),
        (lambda x: x.new_zeros(3, device=torch.device("cpu")), "new_zeros = x.new_zeros(3, device = device(type='cpu'))"),
        (lambda x: math.sqrt(x), "sqrt = math_sqrt(x)"),
        (lambda x: counted(x, 2), f"counted = {__name__.replace('.', '_')}_counted(x, 2)"),
        (lambda x: torch.ones(2) + x, "add = _tensor_constant0.add(x)"),
        (lambda x: torch.zeros((2, x)), "zeros = torch.zeros((2, x))"),
    ],
)  # fmt: skip
def test_what_is_done_with_a_proxy_becomes_a_line(function, line):
    code = fx.symbolic_trace(function).code
    assert f"    {line};  " in code


def test_targets_are_the_public_functions():
    traced = fx.symbolic_trace(lambda x: F.relu(torch.relu(x)) + torch.arctan(x))
    targets = [n.target for n in traced.graph.nodes if n.op == "call_function"]
    assert targets == [torch.relu, F.relu, torch.arctan, operator.add]
    assert F.relu is not torch.relu and torch.arctan is not torch.atan


@pytest.mark.parametrize(
    ("function", "error", "text"),
    [
        (lambda x: 1 if x else 2, fx.proxy.TraceError, "symbolically traced variables cannot be used as inputs to control flow"),
        (lambda x: [i for i in x], fx.proxy.TraceError, "Proxy object cannot be iterated."),  # noqa: C416
        (lambda x: len(x), RuntimeError, "'len' is not supported in symbolic tracing by default."),
        (lambda x: int(x), TypeError, "int\\(\\) argument must be"),
        (lambda x: range(x), TypeError, "cannot be interpreted as an integer"),
        (lambda x: nn.Linear(3, 3)(x), NameError, "module is not installed as a submodule"),
    ],
)
def test_what_cannot_be_traced(function, error, text):
    with pytest.raises(error, match=text):
        fx.symbolic_trace(function)
    assert not fx.is_fx_tracing() and "__call__" in vars(nn.Module)


def test_two_names_for_a_proxy_say_how_many_there_are():
    def unpacked(x):
        a, b = x.chunk(2)
        return a + b

    assert torch.equal(fx.symbolic_trace(unpacked)(torch.arange(4.0)), torch.tensor([2.0, 4.0]))


def test_arguments_given_beforehand():
    def chosen(x, b=3, c=None):
        return x + b if b > 2 and c is None else x

    with pytest.raises(fx.proxy.TraceError):
        fx.symbolic_trace(chosen)
    traced = fx.symbolic_trace(chosen, concrete_args={"b": 5, "c": None})
    assert "def forward(self, x, b_1 = 3, c_1 = None):\n    eq = b_1 == 5;  b_1 = None\n" in traced.code
    assert torch.equal(traced(torch.ones(2), 5), torch.full((2,), 6.0))
    with pytest.raises(AssertionError, match="b has been specialized to have value 5 but got another value"):
        traced(torch.ones(2), 4)


def test_tracers_of_ones_own():
    class Inside(fx.Tracer):
        def is_leaf_module(self, m, path):
            return isinstance(m, nn.Linear) or (super().is_leaf_module(m, path) and not isinstance(m, nn.ReLU))

        def create_node(self, kind, target, args, kwargs, name=None, type_expr=None):
            node = super().create_node(kind, target, args, kwargs, name, type_expr)
            node.tag = kind
            return node

    graph = Inside().trace(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    assert [(n.tag, n.name) for n in graph.nodes] == [
        ("placeholder", "input_1"), ("call_module", "_0"), ("call_function", "relu"), ("output", "output")]  # fmt: skip


def test_functions_notice_proxies_only_while_there_are_some():
    """Other programs do not pay: the public functions' own bodies are back when the last proxy has gone."""
    code = torch.relu.__code__
    proxy = fx.Proxy(fx.Graph().placeholder("x"))
    assert torch.relu.__code__ is not code and repr(torch.relu(proxy)) == "Proxy(relu)"
    assert torch.equal(torch.relu(torch.tensor([-1.0, 1.0])), torch.tensor([0.0, 1.0]))
    del proxy
    assert torch.relu.__code__ is code and not doors._alive


def test_other_threads_compute_while_one_traces():
    failed = []

    def compute():
        try:
            for _ in range(30):
                assert torch.softmax(torch.ones(2), dim=0).sum().item() == 1.0
        except Exception as error:  # noqa: BLE001  (it is asserted on below)
            failed.append(error)

    thread = threading.Thread(target=compute)
    thread.start()
    for _ in range(5):
        fx.symbolic_trace(Net())
    thread.join()
    assert not failed


def test_copies_and_pickles():
    torch.manual_seed(0)
    traced, x = fx.symbolic_trace(Net().eval()), torch.randn(2, 3)
    for other in (copy.deepcopy(traced), copy.copy(traced), pickle.loads(pickle.dumps(traced))):
        assert other.code == traced.code and not other.training
        assert torch.equal(other(x)[0], traced(x)[0])
    assert copy.deepcopy(traced).w is not traced.w


def test_submodules_of_a_graph_module():
    traced = fx.symbolic_trace(Net())
    assert traced.add_submodule("more.lin", nn.Linear(2, 2))
    assert [name for name, _ in traced.named_modules()] == ["", "lin", "seq", "seq.0", "seq.1", "seq.1.0", "more", "more.lin"]
    traced.delete_all_unused_submodules()
    assert not hasattr(traced, "more") and hasattr(traced.seq, "0")
    assert traced.delete_submodule("seq.0") and not traced.delete_submodule("nothing.there")


def test_interpreter_and_transformer():
    seen = []

    class Seen(fx.Interpreter):
        def run_node(self, n):
            seen.append(n.name)
            return super().run_node(n)

    class Swapped(fx.Transformer):
        def call_function(self, target, args, kwargs):
            return super().call_function(operator.mul if target is operator.add else target, args, kwargs)

    traced = fx.symbolic_trace(lambda x: torch.relu(x) + 2)
    assert torch.equal(Seen(traced).run(torch.ones(2)), torch.full((2,), 3.0)) and seen == ["x", "relu", "add", "output"]
    assert torch.equal(Swapped(traced).transform()(torch.ones(2)), torch.full((2,), 2.0))
    ShapeProp(traced).propagate(torch.ones(2, 3))
    assert [tuple(n.meta["tensor_meta"].shape) for n in traced.graph.nodes] == [(2, 3)] * 4


def test_patterns_are_replaced():
    traced = fx.symbolic_trace(lambda x, y: (x * y + y, x * y))
    places = fx.replace_pattern(traced, lambda a, b: a * b + b, lambda a, b: torch.addcmul(b, a, b))
    assert len(places) == 1 and repr(places[0].nodes_map) == "{add: add, mul: mul, a: x, b: y}"
    assert "    mul_1 = x * y\n    addcmul = torch.addcmul(y, x, y);  y = x = None\n" in traced.code
    traced = fx.symbolic_trace(lambda x: torch.relu(x + 1) * F.relu(x + 2))
    assert len(fx.replace_pattern(traced, lambda a: a + 1, lambda a: a - 5)) == 1
    assert "sub = x - 5\n" in traced.code and "x + 2" in traced.code


def test_a_node_stands_for_one_of_the_patterns():
    traced = fx.symbolic_trace(lambda x, y: torch.cat([x, x]) + torch.cat([x, y]))
    assert len(fx.replace_pattern(traced, lambda a, b: torch.cat([a, b]), lambda a, b: a @ b)) == 1
    assert "cat = torch.cat([x, x])\n    matmul = x @ y;" in traced.code


def test_a_replacement_brings_its_modules():
    class New(nn.Module):
        def __init__(self):
            super().__init__()
            self.new = nn.Tanh()

        def forward(self, x):
            return self.new(x)

    traced = fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.Flatten()))
    traced.graph.find_nodes(op="call_module", target="1")[0].replace_all_uses_with(traced.graph.find_nodes(op="call_module")[0])
    with traced.graph.inserting_before(traced.graph.output_node()):
        relu = traced.graph.call_function(torch.relu, tuple(traced.graph.find_nodes(op="call_module", target="0")))
    traced.graph.output_node().args = (relu,)
    fx.replace_pattern(traced, lambda x: torch.relu(x), New())
    assert [name for name, _ in traced.named_modules()] == ["", "0", "1", "new"]
    assert traced(torch.ones(1, 2)).abs().max() < 1


def test_fusing_and_dropping():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.ReLU())
    net(torch.randn(4, 1, 5, 5))
    net.eval()
    fused = remove_dropout(fuse(net))
    assert [type(m).__name__ for m in fused.children()] == ["Conv2d", "ReLU"]
    x = torch.randn(2, 1, 5, 5)
    torch.testing.assert_close(fused(x), net(x))


def test_features_of_a_network():
    net = models.resnet18().eval()
    train, evaluated = get_graph_node_names(net)
    assert train == evaluated and "layer1.0.relu_1" in train and len(train) == 70
    features = create_feature_extractor(net, {"layer1": "low", "layer2.0.add": "sum"})
    found = features(torch.ones(1, 3, 32, 32))
    assert {k: tuple(v.shape) for k, v in found.items()} == {"low": (1, 64, 8, 8), "sum": (1, 128, 4, 4)}
    assert torch.equal(found["low"], net.layer1(net.maxpool(net.relu(net.bn1(net.conv1(torch.ones(1, 3, 32, 32)))))))
    assert not any(name.startswith("layer3") for name in features.code)
    both = create_feature_extractor(net, train_return_nodes=["layer1"], eval_return_nodes=["fc"])
    assert list(both(torch.ones(1, 3, 32, 32))) == ["fc"]
    with pytest.raises(ValueError, match="node: 'nope' is not present in model"):
        create_feature_extractor(net, ["nope"])


PROGRAM = """
import operator
import torch, torch.fx
from torch.fx import symbolic_trace, Proxy, Graph, GraphModule
from torch.fx.node import map_arg
from torch.fx.proxy import GraphAppendingTracer
from torch.fx._symbolic_trace import is_fx_tracing
from torch.fx.experimental.optimization import fuse
from torchvision.models.feature_extraction import create_feature_extractor

class Profiled(torch.fx.Tracer):
    def trace(self, root, concrete_args=None):
        kind = torch.profiler.record_function
        old = kind.__enter__, kind.__exit__
        def enter(ctx):
            ctx.handle = self.create_proxy("call_function", torch.ops.profiler._record_function_enter, (ctx.name,), {})
        def leave(ctx, *error):
            torch.ops.profiler._record_function_exit(ctx.handle)
        kind.__enter__, kind.__exit__ = enter, leave
        try:
            return super().trace(root, concrete_args)
        finally:
            kind.__enter__, kind.__exit__ = old

def ranged(x):
    torch._assert(x.shape[0] == 2, "two")
    with torch.profiler.record_function("mine"):
        return torch.relu(x)

tracer = Profiled()
module = GraphModule(tracer.trace(ranged) and tracer.root, tracer.graph)
print(module.code)
with torch.autograd.profiler.profile() as prof:
    module(torch.ones(2))
assert "mine" in str(prof)
print(module(torch.tensor([-1.0, 1.0])))
"""

PROFILED = """    getattr_1 = x.shape
    getitem = getattr_1[0];  getattr_1 = None
    eq = getitem == 2;  getitem = None
    _assert = torch._assert(eq, 'two');  eq = _assert = None
    _record_function_enter = torch.ops.profiler._record_function_enter('mine')
    relu = torch.relu(x);  x = None
    _record_function_exit = torch.ops.profiler._record_function_exit(_record_function_enter);  """


def test_programs_that_import_torch(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "eagerjax", str(tmp_path / "program.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert PROFILED in done.stdout and done.stdout.endswith("tensor([0., 1.])\n")


def test_it_loads_on_first_use():
    code = "import sys, eagerjax; assert 'eagerjax.fx' not in sys.modules; eagerjax.fx.symbolic_trace; print('ok')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "ok\n"


def test_names_are_written_small():
    """As PyTorch does it: convA becomes conv_a, and HTTPServer httpserver."""
    names = "convA HTTPServer fcA1 aB_cD W1x conv_2D".split()
    graph = fx.Graph()
    assert [graph.placeholder(name).name for name in names] == "conv_a httpserver fc_a1 a_b_c_d w1x conv_2d".split()


def test_networks_for_images_read_as_torchvisions():
    code = fx.symbolic_trace(models.efficientnet_b0().eval()).code
    line = "stochastic_depth = torchvision_ops_stochastic_depth_stochastic_depth(features_2_1_block_3_1, 0.025, 'row', False)"
    assert line in code and "def forward(self, x : torch.Tensor) -> torch.Tensor:" in code
    assert "    flatten = torch.flatten(avgpool, 1);  avgpool = None\n" in code


def test_what_is_wrapped_runs_whole():
    traced = fx.symbolic_trace(lambda x: x * sized(x))
    assert torch.equal(traced(torch.ones(3)), torch.full((3,), 3.0))
