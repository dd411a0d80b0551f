"""Where in a graph is a pattern, which is a graph itself?"""

import itertools
from dataclasses import dataclass, field

from eagerjax.fx.node import Node
from eagerjax.fx.paths import follow
from eagerjax.tensor import Tensor


@dataclass
class InternalMatch:
    """One place: which node of the graph stands for which of the pattern."""

    anchors: list
    nodes_map: dict = field(default_factory=dict)
    placeholders: list = field(default_factory=list)
    returning: list = field(default_factory=list)

    @property
    def inner(self):
        """The nodes of the graph that belong to the place, without those that stand for the pattern's arguments."""
        return {n for p, n in self.nodes_map.items() if p.op != "placeholder" and isinstance(n, Node)}

    @property
    def placeholder_nodes(self):
        return [self.nodes_map[p] for p in self.placeholders]

    @property
    def returning_nodes(self):
        return self.returning


def matches(pattern, graph, ignore_literals=False):
    """All places, none of which shares a node with another, in the graph's order."""
    output = pattern.output_node()
    anchors = list(output.all_input_nodes)
    nodes = list(graph.nodes)
    candidates = [[n for n in nodes if alike(a, n, pattern, graph)] for a in anchors]
    found, taken = [], set()
    for chosen in itertools.product(*candidates):
        match = matched(pattern, graph, anchors, chosen, ignore_literals)
        if match is not None and not match.inner & taken:
            taken |= match.inner
            found.append(match)
    return found


def matched(pattern, graph, anchors, chosen, ignore_literals):
    """The place at which the pattern's last nodes are the chosen ones, or None."""
    match = InternalMatch(list(anchors))
    finder = _Finder(pattern, graph, match.nodes_map, ignore_literals)
    if not all(finder.same(a, n) for a, n in zip(anchors, chosen)):
        return None
    match.placeholders = [p for p in pattern.nodes if p.op == "placeholder"]
    if any(p not in match.nodes_map and p.users for p in match.placeholders):
        return None
    for unused in match.placeholders:
        match.nodes_map.setdefault(unused, None)
    match.returning = [match.nodes_map[a] for a in anchors]
    inner = match.inner
    outside = [n for n in inner if n not in match.returning and n.op != "get_attr" and any(u not in inner for u in n.users)]
    return None if outside else match


def alike(wanted, node, pattern, graph):
    """Do two nodes do the same, whatever their arguments are?"""
    if wanted.op != node.op or node.op in ("placeholder", "output"):
        return wanted.op in ("placeholder", node.op)
    if wanted.op == "get_attr":
        (a, _), (b, _) = follow(pattern.owning_module, wanted.target), follow(graph.owning_module, node.target)
        return same_value(a, b)
    return wanted.target == node.target


def same_value(a, b):
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a is b or (a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all()))
    return a is b


class _Finder:
    """Compares nodes and what they take, and notes which stands for which."""

    def __init__(self, pattern, graph, found, ignore_literals):
        self.pattern, self.graph, self.found, self.ignore_literals = pattern, graph, found, ignore_literals

    def same(self, wanted, node):
        if wanted in self.found:
            return self.found[wanted] is node
        if isinstance(node, Node) and node in self.found.values():
            return False  # a node stands for one of the pattern's
        if wanted.op == "placeholder":
            self.found[wanted] = node
            return True
        if not isinstance(node, Node) or not alike(wanted, node, self.pattern, self.graph):
            return False
        self.found[wanted] = node
        return self.values(wanted.args, node.args) and wanted.kwargs.keys() == node.kwargs.keys() and all(
            self.values(value, node.kwargs[name]) for name, value in wanted.kwargs.items())  # fmt: skip

    def values(self, wanted, given):
        if isinstance(wanted, Node):
            return self.same(wanted, given)
        if isinstance(wanted, (tuple, list)):
            return isinstance(given, (tuple, list)) and len(wanted) == len(given) and all(map(self.values, wanted, given))
        if isinstance(wanted, dict):
            return isinstance(given, dict) and wanted.keys() == given.keys() and all(
                self.values(v, given[k]) for k, v in wanted.items())  # fmt: skip
        if isinstance(wanted, slice) and isinstance(given, slice):
            return self.values((wanted.start, wanted.stop, wanted.step), (given.start, given.stop, given.step))
        if isinstance(given, Node):
            return False
        return self.ignore_literals or (type(wanted) is type(given) and wanted == given)
