"""nn.init and nn.utils against PyTorch."""

import copy
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
eagerjax = pytest.importorskip("eagerjax")
BOTH = (torch, eagerjax)


def numbers(tensor):
    """A tensor's values in float64."""
    return np.asarray(tensor.detach().tolist(), np.float64)


def filled(T, shape, scale=1.0):
    """A tensor of fixed values that look random."""
    count = int(np.prod(shape))
    return T.tensor((np.sin(np.arange(count) * 1.7) * scale).reshape(shape).astype(np.float32))


def same(fn, rtol=1e-4, atol=1e-5):
    """`fn` of each library gives equal numbers."""
    want, got = (fn(T) for T in BOTH)
    assert len(want) == len(got)
    for w, g in zip(want, got, strict=True):
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=rtol, atol=atol)


# -- init -----------------------------------------------------------------------------------------
DRAWS = [
    ("uniform_", (40, 50), (-2.0, 3.0), {}),
    ("normal_", (40, 50), (1.0, 2.0), {}),
    ("trunc_normal_", (40, 50), (), {}),
    ("trunc_normal_", (40, 50), (), {"std": 2.0, "a": -1.0, "b": 3.0}),
    ("trunc_normal_", (40, 50), (0.0, 1.0, 5.0, 6.0), {}),
    ("trunc_normal_", (40, 50), (0.0, 1.0, -9.0, -8.0), {}),
    ("xavier_uniform_", (40, 50), (), {"gain": 2.0}),
    ("xavier_normal_", (8, 6, 5, 5), (), {}),
    ("kaiming_uniform_", (40, 50), (), {"a": 0.3, "mode": "fan_out"}),
    ("kaiming_normal_", (8, 6, 5, 5), (), {"nonlinearity": "relu"}),
    ("orthogonal_", (60, 40), (), {"gain": 1.5}),
    ("sparse_", (40, 50), (), {"sparsity": 0.3, "std": 1.0}),
]


@pytest.mark.parametrize(("name", "shape", "args", "kwargs"), DRAWS)
def test_random_initialisation_has_pytorchs_distribution(name, shape, args, kwargs):
    """Quantiles of many draws agree; the tensor itself comes back."""
    pooled = []
    for T in BOTH:
        draws = []
        for seed in range(4):
            T.manual_seed(seed)
            x = T.zeros(shape, requires_grad=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert getattr(T.nn.init, name)(x, *args, **kwargs) is x
            assert x.is_leaf and x.requires_grad
            draws.append(numbers(x).ravel())
        assert not np.array_equal(draws[0], draws[1])
        pooled.append(np.concatenate(draws))
    shares = np.linspace(0.02, 0.98, 25)
    want, got = (np.quantile(p, shares) for p in pooled)
    np.testing.assert_allclose(got, want, atol=0.2 * (pooled[0].std() + 1e-9))


def test_exact_initialisation():
    """Constants, identities, Dirac kernels, structure of sparse and orthogonal ones, and gains."""
    cases = [("constant_", (3, 4), (0.7,)), ("ones_", (3,), ()), ("zeros_", (3,), ()), ("eye_", (3, 4), ()),
             ("dirac_", (4, 2, 3, 3), ()), ("dirac_", (4, 2, 3), (2,)), ("dirac_", (2, 4, 3, 2, 5), ())]  # fmt: skip
    for name, shape, args in cases:
        same(lambda T: [getattr(T.nn.init, name)(filled(T, shape), *args)])  # noqa: B023
    q = numbers(eagerjax.nn.init.orthogonal_(eagerjax.empty(4, 3, 2), gain=2.0)).reshape(4, 6)
    np.testing.assert_allclose(q @ q.T, 4 * np.eye(4), atol=1e-5)
    sparse = numbers(eagerjax.nn.init.sparse_(eagerjax.empty(10, 6), 0.25))
    assert ((sparse == 0).sum(0) == 3).all()
    for args in (("linear",), ("conv2d",), ("tanh",), ("relu",), ("leaky_relu",), ("leaky_relu", 0.2), ("selu",)):
        assert eagerjax.nn.init.calculate_gain(*args) == pytest.approx(torch.nn.init.calculate_gain(*args))
    shape = (6, 4, 3, 2)
    assert eagerjax.nn.init._calculate_fan_in_and_fan_out(eagerjax.empty(shape)) == (24, 36)


@pytest.mark.parametrize("call", [
    lambda T: T.nn.init.calculate_gain("gelu"),
    lambda T: T.nn.init.calculate_gain("leaky_relu", True),
    lambda T: T.nn.init.xavier_uniform_(T.zeros(3)),
    lambda T: T.nn.init.kaiming_normal_(T.zeros(3, 3), mode="fan"),
    lambda T: T.nn.init.eye_(T.zeros(3)),
    lambda T: T.nn.init.dirac_(T.zeros(3, 3)),
    lambda T: T.nn.init.dirac_(T.zeros(3, 3, 3), 2),
    lambda T: T.nn.init.orthogonal_(T.zeros(3)),
    lambda T: T.nn.init.sparse_(T.zeros(3), 0.1),
])  # fmt: skip
def test_init_errors(call):
    """The same exception types."""
    found = []
    for T in BOTH:
        with pytest.raises(Exception) as caught:
            call(T)
        found.append((caught.type, str(caught.value)))
    assert found[0] == found[1]


def test_old_names_of_init_warn():
    """`uniform` is `uniform_`, and says so."""
    with pytest.warns(FutureWarning, match="deprecated in favor of `nn.init.uniform_`"):
        x = eagerjax.nn.init.uniform(eagerjax.zeros(3), 1, 2)
    assert (numbers(x) >= 1).all()


# -- gradients and vectors --------------------------------------------------------------------------
def with_grads(T):
    """Two parameters with gradients and one without."""
    made = [T.nn.Parameter(filled(T, (3, 2))), T.nn.Parameter(filled(T, (4,))), T.nn.Parameter(filled(T, (2,)))]
    made[0].grad, made[1].grad = filled(T, (3, 2), 3.0), filled(T, (4,), -2.0)
    return made


@pytest.mark.parametrize("norm_type", [2.0, 1, 3.0, float("inf")])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_by_norm(norm_type, max_norm):
    """The norm that is returned, and the gradients after."""

    def run(T):
        params = with_grads(T)
        total = T.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
        return [
            total,
            params[0].grad,
            params[1].grad,
            T.nn.utils.get_total_norm([p.grad for p in params[:2]], norm_type),
        ]

    same(run)


def test_clipping_by_value_and_corners():
    """Values, one tensor, no gradients, and gradients that are not finite."""

    def run(T):
        params = with_grads(T)
        T.nn.utils.clip_grad_value_(params, 0.5)
        none = T.nn.utils.clip_grad_norm_([params[2]], 1.0)
        single = T.nn.utils.clip_grad_norm_(params[0], 0.1)
        return [params[0].grad, params[1].grad, none, single]

    same(run)
    for T in BOTH:
        params = with_grads(T)
        params[0].grad[0, 0] = float("nan")
        with pytest.raises(RuntimeError, match="non-finite"):
            T.nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
        with pytest.warns(UserWarning, match="empty generator"):
            T.nn.utils.clip_grad_norm_((p for p in []), 1.0)


def test_parameters_as_a_vector():
    """There and back, and the copies share no memory with the parameters."""

    def run(T):
        m = T.nn.Linear(3, 2)
        vector = T.nn.utils.parameters_to_vector(m.parameters())
        T.nn.utils.vector_to_parameters(filled(T, tuple(vector.shape)), m.parameters())
        return [m.weight, m.bias, T.nn.utils.parameters_to_vector(m.parameters())]

    same(run)
    with pytest.raises(TypeError):
        eagerjax.nn.utils.vector_to_parameters([1.0], [])


# -- sequences -------------------------------------------------------------------------------------
def test_padding_and_packing():
    """pad_sequence on both sides, and packing with and without the order of lengths."""

    def run(T):
        rnn = T.nn.utils.rnn
        items = [filled(T, (n, 2)) for n in (4, 1, 3)]
        padded = rnn.pad_sequence(items, padding_value=9.0)
        left = rnn.pad_sequence(items, batch_first=True, padding_side="left")
        packed = rnn.pack_padded_sequence(padded, T.tensor([4, 1, 3]), enforce_sorted=False)
        back, lengths = rnn.pad_packed_sequence(packed, batch_first=True, padding_value=-1.0)
        again = rnn.pack_sequence(items, enforce_sorted=False)
        unpadded = rnn.unpad_sequence(padded.transpose(0, 1).clone(), T.tensor([4, 1, 3]), batch_first=True)
        return [padded, left, *packed, back, lengths, *again, *unpadded, *rnn.unpack_sequence(packed)]

    same(run)


@pytest.mark.parametrize("lengths", [[1, 2], [2, 0], [3]])
def test_packing_errors(lengths):
    """Lengths that are not sorted, not positive, too few."""
    for T in BOTH:
        with pytest.raises(RuntimeError):
            T.nn.utils.rnn.pack_padded_sequence(T.zeros(4, 2, 1), T.tensor(lengths))


# -- reparametrization -----------------------------------------------------------------------------
def test_weight_norm_in_both_forms():
    """Names, values, gradients, removal, and loading the older form's state."""

    def run(T, form):
        m = T.nn.Linear(3, 2)
        with T.no_grad():
            m.weight.copy_(filled(T, (2, 3)))
            m.bias.zero_()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            m = form(T)(m)
        names = [n for n, _ in m.named_parameters()]
        out = m(filled(T, (4, 3)))
        (out * filled(T, (4, 2))).sum().backward()
        return names, [out, m.weight, *(p.grad for p in m.parameters())]

    for form in (lambda T: T.nn.utils.weight_norm, lambda T: T.nn.utils.parametrizations.weight_norm):
        (want_names, want), (names, got) = (run(T, form) for T in BOTH)
        assert names == want_names
        for w, g in zip(want, got, strict=True):
            np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-4, atol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = eagerjax.nn.utils.weight_norm(eagerjax.nn.Linear(3, 2))
    new = eagerjax.nn.utils.parametrizations.weight_norm(eagerjax.nn.Linear(3, 2))
    new.load_state_dict(old.state_dict())
    np.testing.assert_allclose(numbers(new.weight), numbers(old.weight), rtol=1e-5)
    eagerjax.nn.utils.remove_weight_norm(old)
    assert [n for n, _ in old.named_parameters()] == ["bias", "weight"]


def test_parametrizations_register_and_leave():
    """Classes, names, assignment through the inverse, copies, caching and removal."""

    def run(T):
        class Double(T.nn.Module):
            def forward(self, x):
                return x * 2

            def right_inverse(self, x):
                return x / 2

        P = T.nn.utils.parametrize
        m = T.nn.Linear(2, 2)
        with T.no_grad():
            m.weight.copy_(filled(T, (2, 2)))
        P.register_parametrization(m, "weight", Double())
        P.register_parametrization(m, "weight", Double())
        seen = [m.weight, m.parametrizations.weight.original]
        m.weight = filled(T, (2, 2), 5.0)
        seen.append(m.parametrizations.weight.original)
        twin = copy.deepcopy(m)
        facts = [type(m).__name__, [n for n, _ in m.named_parameters()], P.is_parametrized(m), repr(m),
                 P.type_before_parametrizations(m) is T.nn.Linear]  # fmt: skip
        with P.cached():
            facts.append(m.weight is m.weight)
        seen.append(twin.weight)
        P.remove_parametrizations(m, "weight")
        facts += [type(m) is T.nn.Linear, type(m.weight) is T.nn.Parameter]
        return facts, [*seen, m.weight]

    (want_facts, want), (facts, got) = (run(T) for T in BOTH)
    assert facts == want_facts
    for w, g in zip(want, got, strict=True):
        np.testing.assert_allclose(numbers(g), numbers(w), rtol=1e-5)


def test_parametrizations_may_not_change_the_shape():
    """Unless they are unsafe; and there must be something to parametrize."""
    for T in BOTH:

        class Wider(T.nn.Module):
            def forward(self, x):
                return T.cat([x, x])  # noqa: B023  used within its round

        with pytest.raises(ValueError, match="may not change the shape"):
            T.nn.utils.parametrize.register_parametrization(T.nn.Linear(2, 2), "weight", Wider())
        with pytest.raises(ValueError, match="does not have a parameter"):
            T.nn.utils.parametrize.register_parametrization(T.nn.Linear(2, 2), "nothing", Wider())


@pytest.mark.parametrize("form", ["old", "new"])
def test_spectral_norm_divides_by_the_largest_singular_value(form):
    """After many power iterations; evaluation mode makes none."""
    m = eagerjax.nn.Linear(4, 3)
    with eagerjax.no_grad():
        m.weight.copy_(filled(eagerjax, (3, 4), 3.0))
    expected = numbers(m.weight) / np.linalg.svd(numbers(m.weight))[1][0]
    utils = eagerjax.nn.utils
    m = (utils.spectral_norm if form == "old" else utils.parametrizations.spectral_norm)(m)
    for _ in range(60):
        m(eagerjax.zeros(1, 4))
    m.eval()
    m(eagerjax.zeros(1, 4))
    np.testing.assert_allclose(numbers(m.weight), expected, rtol=1e-3, atol=1e-4)
    names = {
        "old": {"bias", "weight_orig", "weight_u", "weight_v"},
        "new": {
            "bias",
            "parametrizations.weight.original",
            "parametrizations.weight.0._u",
            "parametrizations.weight.0._v",
        },
    }
    assert set(m.state_dict()) == names[form]


@pytest.mark.parametrize("orthogonal_map", [None, "matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_orthogonal_weights(orthogonal_map, shape):
    """Orthogonal, from the start and after a step."""
    m = eagerjax.nn.utils.parametrizations.orthogonal(
        eagerjax.nn.Linear(shape[1], shape[0]), orthogonal_map=orthogonal_map
    )
    for _ in range(2):
        w = numbers(m.weight)
        gram = w @ w.T if shape[0] < shape[1] else w.T @ w
        np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-4)
        m.weight.sum().backward()
        with eagerjax.no_grad():
            original = m.parametrizations.weight.original
            original -= 0.1 * original.grad


# -- stateless and fusion --------------------------------------------------------------------------
def test_functional_call():
    """Other tensors for one call; tied ones follow, strict complains, the module is as before."""

    def run(T):
        m = T.nn.Sequential(T.nn.Linear(2, 2), T.nn.Linear(2, 2))
        m[1].weight = m[0].weight
        given = {"0.weight": filled(T, (2, 2)), "0.bias": T.zeros(2), "1.bias": T.ones(2)}
        before = m[0].weight
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = T.nn.utils.stateless.functional_call
            out = call(m, given, (filled(T, (3, 2)),))
            errors = []
            for bad in ({"0.weight": T.zeros(2, 2)}, {**given, "x": T.zeros(1)}):
                try:
                    call(m, bad, filled(T, (3, 2)), strict=True, tie_weights=False)
                except RuntimeError as error:
                    errors.append(str(error))
            with pytest.raises(ValueError, match="tied"):
                call(m, {**given, "1.weight": T.zeros(2, 2)}, filled(T, (3, 2)))
        assert m[0].weight is before and m[1].weight is before
        return errors, [out]

    (want_errors, want), (errors, got) = (run(T) for T in BOTH)
    assert [sorted(e) for e in errors] == [sorted(e) for e in want_errors]
    np.testing.assert_allclose(numbers(got[0]), numbers(want[0]), rtol=1e-5)


def test_fusing_batch_normalisation():
    """The fused layer does what both did."""
    for make, bn, shape in (
        (lambda nn: nn.Conv2d(2, 3, 3, bias=False), "BatchNorm2d", (2, 2, 5, 5)),
        (lambda nn: nn.Linear(4, 3), "BatchNorm1d", (2, 4)),
    ):
        layer, norm = make(eagerjax.nn), getattr(eagerjax.nn, bn)(3)
        with eagerjax.no_grad():
            norm.running_mean.copy_(filled(eagerjax, (3,)))
            norm.running_var.copy_(filled(eagerjax, (3,)) + 2)
            norm.weight.copy_(filled(eagerjax, (3,), 2.0))
        both = eagerjax.nn.Sequential(layer, norm).eval()
        utils = eagerjax.nn.utils
        fused = (utils.fuse_conv_bn_eval if shape[2:] else utils.fuse_linear_bn_eval)(layer, norm)
        x = filled(eagerjax, shape)
        np.testing.assert_allclose(numbers(fused(x)), numbers(both(x)), rtol=1e-4, atol=1e-5)


def test_data_parallel_names():
    """The wrapper that PyTorch's checkpoints were saved through, and the way out of it."""
    wrapped = eagerjax.nn.DataParallel(eagerjax.nn.Linear(2, 2))
    state = wrapped.state_dict()
    assert list(state) == ["module.weight", "module.bias"]
    eagerjax.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state) == ["weight", "bias"] and set(state._metadata) == {""}
