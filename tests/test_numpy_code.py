"""Small calls as numpy code: every primitive that has a rule gives what JAX gives."""

import collections

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import execution
from jax import lax

import eagerjax as torch
from eagerjax.lower import hosted, numpy_kernels, numpy_rules
from eagerjax.lower.numpy_code import Unknown, clocks_in_numpy, translate
from eagerjax.ops.random import eagerjax_clocks, eagerjax_words
from eagerjax.runtime import compat, config

FLOATS, INTS, ALL = ("float32", "float64"), ("int8", "int32", "int64", "uint8"), ("float32", "float64", "int32", "bool")


def draw(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if np.dtype(dtype).kind == "f":
        return (rng.standard_normal(shape) * 2).astype(dtype)
    return rng.integers(0 if dtype.startswith("u") else -5, 6, shape).astype(dtype)


AS_FOR_USERS = {"xla_backend_optimization_level": 3}
"""Numbers that cancel differ by their rounding, which this decides: what numpy code stands in for is compiled like that."""


def same(function, *arrays):
    """`function` as numpy code against JAX itself. Returns the primitives that were translated."""
    with compat.x64():
        closed = jax.make_jaxpr(function)(*[jax.ShapeDtypeStruct(np.shape(a), a.dtype) for a in arrays])
        expected = [np.asarray(e) for e in jax.tree.leaves(jax.jit(function, compiler_options=AS_FOR_USERS)(*arrays))]
        run, _, _ = translate(closed)
    before = [np.array(a) for a in arrays]
    with np.errstate(all="ignore"):
        found = run(*arrays)
    assert len(found) == len(expected)
    for f, e in zip(found, expected):
        assert f.dtype == e.dtype and f.shape == e.shape
        np.testing.assert_allclose(f, e, rtol=2e-5 if e.dtype == np.float32 else 1e-10, atol=1e-6)
    for a, b in zip(arrays, before):
        np.testing.assert_array_equal(a, b)
    return primitives(closed.jaxpr)


def primitives(jaxpr):
    found = set()
    for equation in jaxpr.eqns:
        found.add(equation.primitive.name)
        for value in equation.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                found |= primitives(inner)
    return found


UNARY = {
    **dict.fromkeys((lax.neg, lax.abs, lax.sign), ("float32", "float64", "int8", "int32", "int64")),
    **dict.fromkeys((lax.exp, lax.exp2, lax.expm1, lax.tanh, lax.sin, lax.cos, lax.tan, lax.sinh, lax.cosh, lax.atan,
                     lax.asinh, lax.cbrt, lax.logistic, lax.floor, lax.ceil, lax.is_finite, lax.erf, lax.erfc,
                     lax.lgamma, lax.round, lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)), FLOATS),
    **dict.fromkeys((lax.square, lambda x: lax.integer_pow(x, 3)), (*FLOATS, "int32")),
    **dict.fromkeys((lambda x: lax.integer_pow(x, -2), lambda x: lax.integer_pow(x, 7)), FLOATS),
    lax.bitwise_not: ("int32", "uint8", "bool"),
}  # fmt: skip
POSITIVE = (lax.log, lax.log1p, lax.sqrt, lax.rsqrt, lax.digamma)
UNIT = (lax.asin, lax.acos, lax.atanh, lax.erf_inv)
BINARY = {
    **dict.fromkeys((lax.add, lax.sub, lax.mul), (*FLOATS, *INTS)),
    **dict.fromkeys((lax.max, lax.min, lax.eq, lax.ne), (*FLOATS, *INTS, "bool")),
    **dict.fromkeys((lax.lt, lax.le, lax.gt, lax.ge), (*FLOATS, *INTS)),
    **dict.fromkeys((lax.div, lax.rem), (*FLOATS, *INTS)),
    **dict.fromkeys((lax.bitwise_and, lax.bitwise_or, lax.bitwise_xor), (*INTS, "bool")),
    **dict.fromkeys((lax.atan2, lax.nextafter), FLOATS),
}


def by_dtype(table):
    """{dtype: one function of the results of all}: JAX compiles them together."""
    found = {}
    for function, dtypes in table.items():
        for dtype in dtypes:
            found.setdefault(dtype, []).append(function)
    return {d: lambda *a, functions=tuple(fs): tuple(f(*a) for f in functions) for d, fs in found.items()}


@pytest.mark.parametrize("shape", [(), (3, 4)])
def test_one_operand(shape):
    for dtype, function in by_dtype(UNARY).items():
        same(function, draw(shape, dtype))
    for dtype, function in by_dtype(dict.fromkeys(POSITIVE, FLOATS)).items():
        same(function, np.abs(draw(shape, dtype)) + np.dtype(dtype).type(0.1))
    for dtype, function in by_dtype(dict.fromkeys(UNIT, FLOATS)).items():
        same(function, np.tanh(draw(shape, dtype)) * np.dtype(dtype).type(0.9))


@pytest.mark.parametrize("shape", [(), (3, 4)])
def test_two_operands(shape):
    for dtype, function in by_dtype(BINARY).items():
        same(function, draw(shape, dtype), draw(shape, dtype, 1))
    same(lax.pow, np.abs(draw(shape, "float32")), draw(shape, "float32", 1))
    same(lax.pow, draw(shape, "float32"), draw(shape, "int32", 1))
    same(lambda p, a, b: jnp.where(p, a, b), draw(shape, "bool"), draw(shape, "float32"), draw(shape, "float32", 1))
    same(lambda a: lax.clamp(np.float32(-1), a, np.float32(1)), draw(shape, "float32"))


def test_special_values():
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, -3.7, 0.5, 1.5, 2.5], np.float32)
    functions = (lax.exp, lax.tanh, lax.sign, lax.round, lax.logistic, lax.is_finite, jnp.argmax, jnp.argmin, jnp.sort,
                     lambda a: lax.max(a, np.float32(0)), lambda a: lax.max(a, a[::-1]), lambda a: a.astype(np.int32),
                     lambda a: a.astype(np.int8), lambda a: a.astype(np.uint8), lambda a: a.astype(bool))  # fmt: skip
    same(lambda a: tuple(f(a) for f in functions), x)
    most = np.array([-(2**31), 2**31 - 1, 7, -7], np.int32)
    zero = np.array([0, 0, 0, -2], np.int32)
    same(lax.div, most, zero)
    same(lax.rem, most, zero)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int16", "int64", "uint8", "bool"])
def test_choices_among_many_elements(dtype):
    """By masks of bits: exactly the chosen bits, NaN and -0.0 among them."""
    which, yes, no = draw((40, 50), "bool"), draw((40, 50), dtype, 1), draw((40, 50), dtype, 2)
    if np.dtype(dtype).kind == "f":
        yes[0, :4], no[0, :4] = (np.nan, np.inf, -0.0, -np.inf), (-0.0, np.nan, np.inf, -0.0)
    zero = yes.dtype.type(0)
    for function in (
        jnp.where,
        lambda w, a, b: jnp.where(w, a, zero),
        lambda w, a, b: jnp.where(w, zero, b),
        lambda w, a, b: jnp.where(w, a[0], b.T.reshape(40, 50)),
        lambda w, a, b: jnp.where(w.T, a.T, b.T),
    ):
        assert "select_n" in same(function, which, yes, no)
        with compat.x64():
            (found,) = translate(jax.make_jaxpr(function)(which, yes, no))[0](which, yes, no)
            expected = np.asarray(function(which, yes, no))
        assert np.ascontiguousarray(found).tobytes() == expected.tobytes()


def test_a_choice_of_minus_zero_keeps_its_sign():
    which = draw((40, 50), "bool")
    (found,) = translate(jax.make_jaxpr(lambda w: jnp.where(w, jnp.float32(1), jnp.float32(-0.0)))(which))[0](which)
    assert np.signbit(found).sum() == (~which).sum()


def test_conversions():
    kinds = (*ALL, "int64", "uint8")
    for a in kinds:
        same(lambda x: tuple(x.astype(b) for b in kinds), draw((3, 4), a))
    same(lambda x: lax.bitcast_convert_type(x, np.int32), draw((5,), "float32"))


@pytest.mark.parametrize("dtype", ALL)
def test_shapes(dtype):
    x, y = draw((2, 3, 4), dtype), draw((3,), dtype, 1)
    same(lambda a: a.reshape(6, 4).T, x)
    same(lambda a: a.transpose(2, 0, 1)[::-1, :, 1:3], x)
    same(lambda a: lax.slice(a, (0, 1, 0), (2, 3, 4), (1, 1, 2)), x)
    same(lambda a, b: jnp.concatenate([a, jnp.broadcast_to(b[None, :, None], (2, 3, 1))], 2), x, y)
    same(lambda a: lax.broadcast_in_dim(a, (3, 2), (0,)), y)
    same(lambda a: lax.broadcast_in_dim(a, (2, 3), (1,)), y)
    same(lambda a: lax.broadcast_in_dim(lax.broadcast_in_dim(a, (2, 3), (1,)), (2, 3, 5), (0, 1)), y)
    same(lambda a: jnp.broadcast_to(a, (2, 3)).sum(1).reshape(-1), y)
    same(lambda a: (jnp.squeeze(a[:1], 0), jnp.expand_dims(a, 1)), x)
    same(lambda a: jnp.split(a, [1, 3], axis=2), x)
    same(lambda: lax.broadcasted_iota(np.int32, (3, 4), 1) + 1)
    same(lambda a, b: (jnp.stack([a, b], 1), jnp.stack([a[0, 0, 0], b[1, 1, 1]])), x, x[::-1])
    same(lambda a: (jnp.tile(a, (2, 3)), jnp.unstack(a, axis=1)), x)
    zero = np.zeros((), dtype)
    for edges in ([(1, 2, 0)], [(-1, 0, 0)], [(0, -1, 2)], [(2, 1, 1)], [(-2, 3, 1)]):
        same(lambda a, edges=edges: lax.pad(a, zero, edges), y)
    same(lambda a: lax.pad(a, zero, [(0, 0, 0), (1, 1, 1), (-1, 2, 0)]), x)


@pytest.mark.parametrize("dtype", ALL)
def test_reductions_and_scans(dtype):
    x = draw((2, 3, 4), dtype)
    for axis in (None, 0, 1, (0, 2), ()):
        if dtype == "bool":
            same(lambda a, axis=axis: (a.all(axis), a.any(axis)), x)
        else:
            same(lambda a, axis=axis: (a.sum(axis), a.prod(axis), a.max(axis), a.min(axis)), x)
    same(lambda a: (jnp.argmax(a, 1), jnp.argmin(a, 2)), x)
    for reverse in (False, True) if dtype != "bool" else ():
        for scan in (lax.cumsum, lax.cumprod, lax.cummax, lax.cummin):
            same(lambda a, scan=scan, reverse=reverse: scan(a, 1, reverse), x)
    same(lambda a: lax.sort(a, dimension=1), x)
    same(lambda a, b: lax.sort((a, b), dimension=2, num_keys=1), x, draw((2, 3, 4), "float32", 2))


@pytest.mark.parametrize("dtype", (*FLOATS, "int32"))
def test_products(dtype):
    for a, b, dims in (
        ((3, 4), (4, 5), (((1,), (0,)), ((), ()))), ((4, 3), (5, 4), (((0,), (1,)), ((), ()))),
        ((4,), (4, 5), (((0,), (0,)), ((), ()))), ((3, 4), (4,), (((1,), (0,)), ((), ()))),
        ((4,), (4,), (((0,), (0,)), ((), ()))),
        ((3,), (4,), (((), ()), ((), ()))), ((2, 3), (4,), (((), ()), ((), ()))),
        ((2, 3, 4), (2, 4, 5), (((2,), (1,)), ((0,), (0,)))), ((3, 2, 4), (5, 4, 2), (((2,), (1,)), ((1,), (2,)))),
        ((2, 3, 4), (4, 5), (((2,), (0,)), ((), ()))), ((2, 3, 4), (3, 4, 5), (((1, 2), (0, 1)), ((), ()))),
        ((2, 3), (2, 3), (((1,), (1,)), ((0,), (0,)))), ((2, 3), (2, 3), (((), ()), ((0, 1), (0, 1)))),
    ):  # fmt: skip
        same(lambda x, y, dims=dims: lax.dot_general(x, y, dims), draw(a, dtype), draw(b, dtype, 1))


@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_of_one_number(dtype):
    """A product or a reduction over a dimension of length 1 sums nothing up."""
    for a, b, left, right in (((5, 1), (1, 3), 1, 0), ((1, 3), (5, 1), 0, 1), ((1, 5), (1, 3), 0, 0), ((5, 1), (3, 1), 1, 1)):
        dims = (((left,), (right,)), ((), ()))
        same(lambda x, y, dims=dims: lax.dot_general(x, y, dims), draw(a, dtype), draw(b, dtype, 1))
    for axes in ((0,), (0, 2)):
        same(lambda x, axes=axes: x.sum(axes), draw((1, 3, 1), dtype))
        same(lambda x, axes=axes: x.max(axes), draw((1, 3, 1), dtype))
    same(lambda x: x.sum(), draw((1, 1), dtype))
    same(lambda x: (lax.logistic(x) * 3 + 1, lax.rsqrt(x * x)), np.float64(0.7).astype(dtype))


@pytest.mark.parametrize("mode", ["clip", "fill", "promise_in_bounds"])
def test_by_index(mode):
    x = draw((5, 6, 7), "float32")
    wild = mode != "promise_in_bounds"
    rows = np.array([[0, 4], [2, 9 if wild else 1]], np.int64)
    for function in (
        lambda a, i: a.at[i].get(mode=mode), lambda a, i: a.at[:, i].get(mode=mode), lambda a, i: a.at[..., i].get(mode=mode),
        lambda a, i: a.at[i, i].get(mode=mode), lambda a, i: a.at[i, :, i].get(mode=mode),
        lambda a, i: a.at[i[0, 1]].get(mode=mode), lambda a, i: a.at[1:4, i].get(mode=mode),
    ):  # fmt: skip
        same(function, x, rows)
    if mode == "clip":
        return
    for how in ("set", "add", "multiply", "min", "max"):
        once = np.array([0, 9 if wild else 2, 3], np.int64)
        same(lambda a, i, v, how=how: getattr(a.at[i], how)(v, mode=mode), x, once, draw((3, 6, 7), "float32", 3))
        same(lambda a, i, v, how=how: getattr(a.at[:, i], how)(v, mode=mode), x, once, draw((5, 3, 7), "float32", 3))
    same(lambda a, i, v: a.at[i].add(v, mode=mode), x, np.array([1, 1, 1], np.int64), draw((3, 6, 7), "float32", 3))
    same(lambda a, i: jnp.take_along_axis(a, i, 1, mode=mode), x, np.arange(5 * 2 * 7).reshape(5, 2, 7) % 6)
    same(lambda a, i: lax.dynamic_slice(a, (i, i + 1, i), (2, 3, 4)), x, np.int32(3))
    same(lambda a, u, i: lax.dynamic_update_slice(a, u, (i, i, i + 1)), x, draw((2, 2, 2), "float32", 4), np.int32(4))


@pytest.mark.parametrize("mode", ["clip", "drop", "promise_in_bounds"])
def test_one_row_or_column_by_number(mode):
    x, row, column = draw((4, 3), "float32"), draw((1, 3), "float32", 1), draw((4, 1), "float32", 2)
    for i in (0, 2, -1) if mode == "promise_in_bounds" else (0, 2, -1, 4, -9):
        at = np.array([i])
        for of in (lambda x: x, jnp.zeros_like):
            same(lambda x, i, r, of=of: (of(x).at[i].add(r, mode=mode), of(x).at[i].set(r, mode=mode)), x, at, row)
            same(lambda x, i, c, of=of: (of(x).at[:, i].mul(c, mode=mode), of(x)[:, 0].at[i].min(c[0], mode=mode)), x, at, column)
        same(lambda x, i: (lax.dynamic_slice(x, (i[0], 0), (2, 3)), lax.dynamic_slice(x, (i[0], i[0]), (4, 1))), x, at)


def test_gradients_of_common_functions():
    x, w, labels = draw((6, 5), "float32"), draw((4, 5), "float32", 1), np.array([0, 3, 1, 1, 2, 0])

    def loss(x, w):
        h = jax.nn.gelu(x @ w.T)
        h = (h - h.mean(0)) * lax.rsqrt(h.var(0) + 1e-5)
        return -jnp.take_along_axis(jax.nn.log_softmax(h), labels[:, None], 1).mean()

    same(jax.value_and_grad(loss, (0, 1)), x, w)


def rows_added(table, index, grad):
    return jnp.zeros_like(table).at[index].add(grad, mode="promise_in_bounds"), table.at[index].get(mode="promise_in_bounds")


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3)])
def test_rows_are_read_and_added_once_or_several_times(shape):
    index = np.resize(np.array([2, 0, 2, 2, 4]), shape)
    same(rows_added, draw((5, 3), "float32"), index, draw((*shape, 3), "float32", 1))


def test_a_lookup_in_a_small_table_is_not_compiled_and_one_in_a_large_table_is():
    """What a scatter costs is what it adds, not what it adds to: trees of words took 90 us for each compiled look-up."""
    table, words = torch.nn.Embedding(50, 128), [torch.tensor(i) for i in (3, 7, 3)]
    with execution("stepwise"):
        sum(table(w).sum() for w in words).backward()
    np.testing.assert_array_equal(table.weight.grad.sum(1).nonzero().flatten().numpy(), [3, 7])
    rows = [jax.make_jaxpr(rows_added)(*[np.zeros(shape, kind) for shape, kind in ((size, "f4"), ((), "i4"), ((128,), "f4"))])
            for size in ((50, 128), (5000, 128))]  # fmt: skip
    small, large = (translate(r)[2] for r in rows)
    assert small < config.most_work_in_numpy < large


def test_what_has_no_rule_is_refused():
    for function, x in (
        (lambda a: lax.fori_loop(0, 3, lambda i, c: c + a, a), draw((3,), "float32")),
        (lambda a: a + 1, draw((3,), "float32").astype(np.float16)),
        (lambda a: a * 1j, draw((3,), "float32")),
        (lambda a: a[:0], draw((3,), "float32")),
    ):
        closed = jax.make_jaxpr(function)(x)
        with pytest.raises(Unknown):
            translate(closed)


def test_every_rule_is_known_to_jax():
    unary = [
        jax.make_jaxpr(f)(np.float32(0.5)).eqns[0].primitive.name for f in (lax.exp, lax.erf, lax.logistic, lax.neg)
    ]
    assert set(unary) <= set(numpy_rules.RULES)


@pytest.mark.parametrize("shift", [0, 1, 7, 31])
def test_shifts_of_signed_numbers_keep_the_sign(shift):
    same(lambda a: lax.shift_right_arithmetic(a, np.int32(shift)), draw((3, 4), "int32") * np.int32(1 << 20))
    assert translated(lambda a: a + lax.shift_right_arithmetic(a, np.int32(3)), draw((3,), "int32"))


def test_one_of_several_branches():
    def function(a, b):
        few = lax.cond(jnp.all(a < 1), lambda x, y: (x + y, x.sum()), lambda x, y: (x - y, y.max()), a, b)
        return few, lax.switch(jnp.sum(a > 0), [jnp.sin, jnp.cos, jnp.tanh], b)

    for scale in (-1.0, 0.1, 5.0):
        x = (np.abs(draw((3,), "float32")) * scale).astype(np.float32)
        assert "cond" in same(function, x, draw((3,), "float32", 1))


def test_equal_expressions_are_computed_once():
    run = translated(lambda a: (jnp.exp(a * 2), jnp.exp(a * 2) + 1), draw((3,), "float32"))
    first, second = run(np.float32([0, 1, 2]))
    np.testing.assert_allclose(second, first + 1)
    assert run.__code__.co_nlocals == 1 + 3


def translated(function, *arrays):
    return translate(jax.make_jaxpr(function)(*arrays))[0]


# -- random words ---------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (64,), (65,), (3, 50)])
def test_random_words(shape):
    key = np.array([0x9E3779B9, 0xFFFFFFFF], np.uint32)
    for ours, theirs in zip(numpy_kernels.threefry(key, shape), eagerjax_words(key, shape), strict=True):
        assert ours.dtype == np.uint32
        np.testing.assert_array_equal(ours, np.asarray(theirs), strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_waiting_times_of_rounds_to_come(dtype):
    """They are those of each round's own key, wherever they were made."""
    with compat.x64():
        made = clocks_in_numpy(np.dtype(dtype))
        generator = torch.Generator().manual_seed(3)
        for _ in range(40):
            word = generator.next_word()
            key = np.array([word & 0xFFFFFFFF, word >> 32 & 0xFFFFFFFF], np.uint32)
            ours = numpy_kernels.drawn(np.int64(word), (2, 3), made)
            assert ours.shape == (2, 3) and ours.dtype == dtype
            np.testing.assert_allclose(ours, eagerjax_clocks(key, (2, 3), np.dtype(dtype)), rtol=1e-6)


def draw_of_every_kind():
    torch.manual_seed(5)
    chances = torch.softmax(torch.rand(3, 6), 1)
    return [chances.multinomial(1), chances.multinomial(2), chances[0].multinomial(9, replacement=True), torch.rand(2, 2),
            torch.rand(3, dtype=torch.float64), torch.bernoulli(chances), torch.randperm(20), torch.randint(0, 9, (4,)),
            torch.randint(0, 2**40, (4,))]  # fmt: skip


def test_draws_are_the_same_in_numpy_and_compiled(monkeypatch):
    ours = [t.tolist() for _ in range(3) for t in draw_of_every_kind()]  # one by one, and as a program
    monkeypatch.setattr(config, "compile_small", True)
    monkeypatch.setattr(config, "largest_hosted", -1)
    monkeypatch.setattr(hosted, "_KNOWN", collections.OrderedDict())
    assert [t.tolist() for t in draw_of_every_kind()] * 3 == ours


def test_a_small_network_that_draws_is_not_compiled():
    layer, data = torch.nn.Linear(3, 2), np.ones(3, np.float32)
    for _ in range(4):
        action = torch.multinomial(torch.softmax(layer(torch.from_numpy(data)), 0), 1)
        node = action._ref.node
        assert action.item() in (0, 1)
    (program, *_), *_ = node.programs.values()
    assert program.small


@pytest.mark.parametrize("draws", [5, 12])
def test_faults_of_a_network_that_draws(draws):
    for i in range(draws):
        chances = torch.exp(torch.tensor([0.0, 1.0]) - torch.tensor(float(i)))
        if i == draws - 1:
            chances = torch.where(chances > 0, -chances, chances)
        drawn = torch.multinomial(chances, 1)
        if i < draws - 1:
            drawn.item()
    with pytest.raises(RuntimeError, match="probability tensor contains either `inf`, `nan` or element < 0"):
        drawn.item()
