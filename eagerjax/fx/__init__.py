"""Programs as graphs: traced by running them on stand-ins for values, changed, and generated as Python again.

`symbolic_trace(module)` gives a GraphModule: a module that does the same, whose `graph` lists the steps and whose `code` is
Python. Change the graph, `recompile()`, and run it, train it or trace it again.
"""

from eagerjax.fx import experimental, immutable_collections, passes  # noqa: F401
from eagerjax.fx._symbolic_trace import PH, Tracer, is_fx_tracing, symbolic_trace, wrap  # noqa: F401
from eagerjax.fx.graph import CodeGen, Graph
from eagerjax.fx.graph_module import GraphModule
from eagerjax.fx.interpreter import Interpreter, Transformer
from eagerjax.fx.node import Node, has_side_effect, map_aggregate, map_arg  # noqa: F401
from eagerjax.fx.proxy import Proxy, TraceError  # noqa: F401
from eagerjax.fx.subgraph_rewriter import replace_pattern

__all__ = ["CodeGen", "Graph", "GraphModule", "Interpreter", "Node", "Proxy", "Tracer", "Transformer", "has_side_effect",
           "replace_pattern", "symbolic_trace", "wrap"]  # fmt: skip
