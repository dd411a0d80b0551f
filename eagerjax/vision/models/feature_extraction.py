"""What a network computes on its way, as outputs: features of chosen layers, by the names of their modules."""

import copy
import inspect
import math
import re
import warnings

from eagerjax import fx, nn
from eagerjax.vision import ops

__all__ = ["create_feature_extractor", "get_graph_node_names"]


class LeafModuleAwareTracer(fx.Tracer):
    """Takes the classes in `leaf_modules` as one node, too."""

    def __init__(self, *args, **kwargs):
        self.leaf_modules = dict.fromkeys(kwargs.pop("leaf_modules", ()))
        super().__init__(*args, **kwargs)

    def is_leaf_module(self, m, module_qualname):
        return isinstance(m, tuple(self.leaf_modules)) or super().is_leaf_module(m, module_qualname)


class NodePathTracer(LeafModuleAwareTracer):
    """Knows for each node a name made of its module's path: `layer1.0.add`, `layer1.0.relu_1`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.current_module_qualname = ""
        self.node_to_qualname, self._calls = {}, {}

    def call_module(self, m, forward, args, kwargs):
        outer = self.current_module_qualname
        self.current_module_qualname = self.path_of_module(m)
        try:
            return super().call_module(m, forward, args, kwargs)
        finally:
            self.current_module_qualname = outer

    def create_proxy(self, kind, target, args, kwargs, name=None, type_expr=None, *rest, **options):
        proxy = super().create_proxy(kind, target, args, kwargs, name, type_expr, *rest, **options)
        self.node_to_qualname[proxy.node] = self._name(proxy.node)
        return proxy

    def _name(self, node):
        """The module's path; a function's name after it; a number where that was there before."""
        parts = [self.current_module_qualname] if self.current_module_qualname else []
        name = re.sub("_[0-9]+$", "", ".".join([*parts, *([] if node.op == "call_module" else [str(node)])]))
        at = self._calls[name] = self._calls.get(name, -1) + 1
        return f"{name}_{at}" if at else name


class DualGraphModule(fx.GraphModule):
    """Has one graph for training and one for evaluation; `train()` and `eval()` choose."""

    def __init__(self, root, train_graph, eval_graph, class_name="GraphModule"):
        both = fx.Graph()
        both.output([both.get_attr(n.target) if n.op == "get_attr" else both.call_module(n.target)
                     for g in (train_graph, eval_graph) for n in g.nodes if n.op in ("get_attr", "call_module")])  # fmt: skip
        super().__init__(root, both, class_name)
        self.train_graph, self.eval_graph = train_graph, eval_graph
        self.train(root.training)

    def train(self, mode=True):
        """Set the mode, and take its graph."""
        self.graph = self.train_graph if mode else self.eval_graph
        return super().train(mode)

    def __deepcopy__(self, memo):
        made = super().__deepcopy__(memo)
        made.graph = made.train_graph if made.training else made.eval_graph
        return made


def traced(model, mode, tracer_kwargs, concrete_args):
    """(tracer, graph) of the model in training or evaluation mode."""
    blocks = [c for _, c in inspect.getmembers(ops, inspect.isclass) if issubclass(c, nn.Module)]
    options = {"autowrap_modules": (math, ops), "leaf_modules": blocks, **(tracer_kwargs or {})}
    tracer = NodePathTracer(**options)
    return tracer, tracer.trace(model.train(mode), concrete_args=concrete_args)


def names_of(tracer):
    return list(tracer.node_to_qualname.values())


def get_graph_node_names(model, tracer_kwargs=None, suppress_diff_warning=False, concrete_args=None):
    """The names of all steps in training mode, and those in evaluation mode: what `create_feature_extractor` can return."""
    training = model.training
    found = [names_of(traced(model, mode, tracer_kwargs, concrete_args)[0]) for mode in (True, False)]
    model.train(training)
    if not suppress_diff_warning:
        warn_of_differences(*found)
    return tuple(found)


def warn_of_differences(train, evaluated):
    if train != evaluated:
        warnings.warn("The nodes obtained by tracing the model in eval mode differ from those in train mode. When choosing nodes "
                      "for feature extraction, you may need to specify output nodes for train and eval mode separately.",
                      stacklevel=3)  # fmt: skip


def create_feature_extractor(model, return_nodes=None, train_return_nodes=None, eval_return_nodes=None, tracer_kwargs=None,
                             suppress_diff_warning=False, concrete_args=None):  # fmt: skip
    """A module that returns a dictionary of what `model` computes at the steps named.

    return_nodes: a list of names as `get_graph_node_names` gives them, or {name: key of the dictionary}. A module's name
    stands for its last step. What comes after the last of them is not computed.
    """
    wanted = by_mode(return_nodes, train_return_nodes, eval_return_nodes)
    training = model.training
    graphs = {}
    found = {mode: traced(model, mode, tracer_kwargs, concrete_args) for mode in (True, False)}
    for mode, (tracer, graph) in found.items():
        check_known(wanted[mode], names_of(tracer))
        graphs[mode] = with_outputs(model, tracer, graph, wanted[mode])
    model.train(training)
    if return_nodes is not None and not suppress_diff_warning:
        warn_of_differences(*(names_of(tracer) for tracer, _ in found.values()))
    return DualGraphModule(model, graphs[True], graphs[False], type(model).__name__)


def by_mode(both, train, evaluated):
    """{is it training: {name: key}}. Raises ValueError where it is not said once."""
    if both is None and train is None and evaluated is None:
        raise ValueError("Either `return_nodes` or `train_return_nodes` and `eval_return_nodes` together, should be specified")
    if (train is None) != (evaluated is None):
        raise ValueError("If any of `train_return_nodes` and `eval_return_nodes` are specified, then both should be specified")
    if (both is None) == (train is None):
        raise ValueError("If `train_return_nodes` and `eval_return_nodes` are specified, then both should be specified")
    asked = {True: both or train, False: both or evaluated}
    return {mode: {str(k): str(v) for k, v in (names if isinstance(names, dict) else dict(zip(names, names))).items()}
            for mode, names in asked.items()}  # fmt: skip


def check_known(wanted, available):
    for query in wanted:
        if not any(re.match(rf"^{re.escape(query)}(\.|$)", name) for name in available):
            raise ValueError(f"node: '{query}' is not present in model. Hint: use `get_graph_node_names` to make sure the "
                             "`return_nodes` you specified are present. It may even be that you need to specify "
                             "`train_return_nodes` and `eval_return_nodes` separately.")  # fmt: skip


def with_outputs(model, tracer, graph, wanted):
    """The graph that returns what is wanted, and computes nothing else."""
    module, wanted, chosen = fx.GraphModule(model, graph), copy.copy(wanted), {}
    for node in reversed(graph.nodes):
        parts = tracer.node_to_qualname.get(node, "").split(".")
        for query in list(wanted):
            if ".".join(parts[: query.count(".") + 1]) == query:
                chosen[wanted.pop(query)] = node
                break
    graph.erase_node(graph.output_node())
    with graph.inserting_after(next(reversed(graph.nodes))):
        graph.output(dict(reversed(chosen.items())))
    module.graph.eliminate_dead_code()
    return graph
