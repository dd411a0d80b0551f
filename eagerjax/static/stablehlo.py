"""A program of jax.export as plain data and StableHLO bytes, and back: no pickle, and no package besides JAX.

(`jax.export.Exported.serialize` needs `flatbuffers`, which is not always there.) The program is put into the place of one
with the same arguments and results that this process makes; StableHLO itself is stable across versions.
"""

import dataclasses

import jax
import jax.export
import jax.numpy as jnp

from eagerjax.runtime import compat

_KEPT = ("platforms", "module_kept_var_idx", "calling_convention_version", "uses_global_constants")
"""Facts of an Exported, besides its arguments and results, that say how to call it."""


def take_apart(exported):
    """(facts for JSON, StableHLO bytes)."""
    if exported.ordered_effects or exported.unordered_effects:
        raise RuntimeError("a program that calls back into Python can't be exported")
    facts = {name: getattr(exported, name) for name in _KEPT if hasattr(exported, name)}
    facts["arguments"] = [aval_facts(a) for a in exported.in_avals]
    facts["results"] = [aval_facts(a) for a in exported.out_avals]
    return facts, exported.mlir_module_serialized


def aval_facts(aval):
    return [[d if isinstance(d, int) else str(d) for d in aval.shape], aval.dtype.name]


def put_together(facts, module):
    """The function of a flat list of arguments that gives a flat list of results."""
    scope = jax.export.SymbolicScope()
    structs = [struct(f, scope) for f in facts["arguments"]]
    results = [struct(f, scope) for f in facts["results"]]

    def like(arguments):
        return [jnp.zeros(r.shape, r.dtype) for r in results]

    with compat.x64():
        shell = jax.export.export(jax.jit(like), platforms=facts["platforms"])(structs)
    given = {name: facts[name] for name in _KEPT if name in facts and hasattr(shell, name)}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    return dataclasses.replace(shell, mlir_module_serialized=module, **given)


def struct(facts, scope):
    shape, dtype = facts
    if any(isinstance(d, str) for d in shape):
        shape = jax.export.symbolic_shape(",".join(map(str, shape)), scope=scope)
    return jax.ShapeDtypeStruct(tuple(shape), jnp.dtype(dtype))
