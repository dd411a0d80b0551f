"""Networks made quicker for inference: batch norms go into the convolutions before them, dropout goes."""

import copy

from eagerjax import nn
from eagerjax.fx._symbolic_trace import symbolic_trace
from eagerjax.fx.graph_module import GraphModule
from eagerjax.fx.interpreter import Transformer
from eagerjax.fx.node import Node
from eagerjax.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["fuse", "matches_module_pattern", "remove_dropout", "replace_node_module"]

PAIRS = ((nn.Conv1d, nn.BatchNorm1d), (nn.Conv2d, nn.BatchNorm2d), (nn.Conv3d, nn.BatchNorm3d))


def matches_module_pattern(pattern, node, modules):
    """Does `node` call a module of the last class of `pattern`, on what a module of the one before it gives?"""
    if not node.args:
        return False
    for kind, called in zip(pattern, (node.args[0], node)):
        if not isinstance(called, Node) or called.op != "call_module" or type(modules.get(called.target)) is not kind:
            return False
    return True


def replace_node_module(node, modules, new_module):
    """Put another module in the place of the one that `node` calls."""
    path, _, name = node.target.rpartition(".")
    modules[node.target] = new_module
    setattr(modules[path], name, new_module)


def fuse(model, inplace=False, no_trace=False):
    """`model`, in evaluation mode, with each batch norm right after a convolution computed by the convolution."""
    model = model if inplace else copy.deepcopy(model)
    traced = model if no_trace and isinstance(model, GraphModule) else symbolic_trace(model)
    modules = dict(traced.named_modules())
    for pattern in PAIRS:
        for node in traced.graph.nodes:
            if matches_module_pattern(pattern, node, modules) and len(node.args[0].users) == 1:
                fuse_pair(node, modules)
    return GraphModule(traced, traced.graph)


def fuse_pair(node, modules):
    conv, norm = modules[node.args[0].target], modules[node.target]
    if norm.track_running_stats:
        replace_node_module(node.args[0], modules, fuse_conv_bn_eval(conv, norm))
        node.replace_all_uses_with(node.args[0])
        node.graph.erase_node(node)


def remove_dropout(model):
    """`model` without its layers of dropout."""
    traced = symbolic_trace(model)

    class DropoutRemover(Transformer):
        def call_module(self, target, args, kwargs):
            if isinstance(self.submodules[target], nn.Dropout):
                return args[0]
            return super().call_module(target, args, kwargs)

    return DropoutRemover(traced).transform()
