"""Parts of a graph found by their form, and replaced."""

import copy
import typing
from dataclasses import dataclass

from eagerjax.fx._symbolic_trace import symbolic_trace
from eagerjax.fx.graph import Graph
from eagerjax.fx.graph_module import GraphModule, copy_part
from eagerjax.fx.matching import matches
from eagerjax.fx.node import Node, map_arg
from eagerjax.fx.paths import has
from eagerjax.nn.module import Module

__all__ = ["Match", "ReplacedPatterns", "replace_pattern", "replace_pattern_with_filters"]


class Match(typing.NamedTuple):
    """A place that was replaced: the pattern's last node, and which node of the graph stood for which of the pattern."""

    anchor: Node
    nodes_map: dict


@dataclass
class ReplacedPatterns:
    """The same, with the nodes that came in."""

    anchor: Node
    nodes_map: dict
    replacements: list


def replace_pattern(gm, pattern, replacement):
    """Replace each part of `gm` that does what `pattern` does by what `replacement` does. Returns the places.

    Both are functions or modules that are traced; their arguments stand for any values, in the same order in both.
    """
    return [Match(r.anchor, r.nodes_map) for r in replace_pattern_with_filters(gm, pattern, replacement)]


def replace_pattern_with_filters(gm, pattern, replacement=None, match_filters=None, ignore_literals=False,
                                 replacement_callback=None, node_name_match=""):  # fmt: skip
    """`replace_pattern` only where each of the filters, called with (match, graph, pattern's graph), says so."""
    if node_name_match:
        raise NotImplementedError("replace_pattern_with_filters(node_name_match=...) is not supported by eagerjax")
    graph, wanted = gm.graph, graph_of(pattern)
    found = [m for m in matches(wanted, graph, ignore_literals) if all(f(m, graph, wanted) for f in match_filters or ())]
    done, replaced = [], {}
    for match in found:
        new = replacement_callback(match, graph, wanted) if replacement_callback else replacement
        done.append(replace_one(graph, match, graph_of(new), replaced))
    gm.recompile()
    if isinstance(replacement, Module):
        take_parts(gm, replacement)
    return done


def graph_of(what):
    if isinstance(what, Graph):
        return what
    return what.graph if isinstance(what, GraphModule) else symbolic_trace(what).graph


def replace_one(graph, match, new, replaced):
    """Put a copy of the graph `new` where `match` was found."""
    inside = {p: map_arg(match.nodes_map[p], lambda n: replaced.get(n, n)) for p in match.placeholders}
    arguments = [n for n in new.nodes if n.op == "placeholder"]
    if len(arguments) != len(match.placeholders):
        raise AssertionError(f"the replacement takes {len(arguments)} arguments and the pattern {len(match.placeholders)}")
    known = dict(zip(arguments, inside.values()))
    before = len(known)
    users = {user for node in match.returning for user in node.users}
    first = next((n for n in graph.nodes if n in users), None)
    with graph.inserting_before(first if first is not None else match.returning[-1].next):
        result = graph.graph_copy(new, known)
    results = [result] if isinstance(result, Node) else list(result)
    for old, value in zip(match.returning, results, strict=True):
        old.replace_all_uses_with(value)
        replaced[old] = value
    for old in reversed(list(graph.nodes)):
        if old in match.inner and old.op != "get_attr" and not old.users:
            graph.erase_node(old)
    return ReplacedPatterns(match.anchors[0], match.nodes_map, [n for n in list(known.values())[before:] if isinstance(n, Node)])


def take_parts(gm, replacement):
    """Let the module have what the replacement's nodes name, and forget what no node names any more."""
    for node in gm.graph.nodes:
        if node.op in ("call_module", "get_attr") and not has(gm, node.target) and has(replacement, node.target):
            copy_part(copy.deepcopy(replacement), gm, node.target)
    gm.delete_all_unused_submodules()
    gm.graph.lint()
