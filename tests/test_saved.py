"""What a backward pass keeps: writing in place to it is refused, exactly where PyTorch refuses."""

import pytest

import eagerjax

torch = pytest.importorskip("torch", reason="compares with live PyTorch: install the conformance extra")

OPS = {
    "maximum": lambda lib, a, b: lib.maximum(a, b),
    "atan2": lambda lib, a, b: lib.atan2(a, b),
    "div": lambda lib, a, b: a / b,
    "mul": lambda lib, a, b: a * b,
    "add": lambda lib, a, b: a + b,
    "where": lambda lib, a, b: lib.where(lib.tensor([True, False, True]), a, b),
    "max": lambda lib, a, b: a.max(0)[0] * 1 + b.sum(),
    "max_all": lambda lib, a, b: a.max() + b.sum(),
    "median": lambda lib, a, b: a.median(0)[0] + b.sum(),
    "std": lambda lib, a, b: a.std() + b.sum(),
    "prod": lambda lib, a, b: a.prod() + b.sum(),
    "logsumexp": lambda lib, a, b: a.logsumexp(0) + b.sum(),
    "softmax": lambda lib, a, b: a.softmax(0) + b,
    "sigmoid": lambda lib, a, b: a.sigmoid() + b,
    "relu": lambda lib, a, b: a.relu() + b,
    "gelu": lambda lib, a, b: lib.nn.functional.gelu(a) + b,
    "l1_loss": lambda lib, a, b: lib.nn.functional.l1_loss(a, b),
    "mse_loss": lambda lib, a, b: lib.nn.functional.mse_loss(a, b),
    "diagonal": lambda lib, a, b: a.expand(3, 3).diagonal() + b,
    "dot": lambda lib, a, b: a @ b,
    "cumprod": lambda lib, a, b: a.cumprod(0) + b,
    "norm": lambda lib, a, b: a.norm() + b.sum(),
    "kron": lambda lib, a, b: lib.kron(a, b),
    "index_add": lambda lib, a, b: a.index_add(0, lib.tensor([0, 1, 1]), b),
    "clamp": lambda lib, a, b: a.clamp(0, 1) + b,
    "lerp": lambda lib, a, b: a.lerp(b, 0.5),
    "sort": lambda lib, a, b: a.sort()[0] + b,
    "pow": lambda lib, a, b: a.pow(b),
    "square": lambda lib, a, b: a**2 + b,
}


def outcome(lib, op, overwritten):
    """Does backward run when one operand is overwritten after the call? (None: no operand is; backward runs twice.)"""
    leaves = [lib.tensor([0.5, 2.0, 1.5], requires_grad=True), lib.tensor([1.0, 0.25, 3.0], requires_grad=True)]
    operands = [leaf * 1 for leaf in leaves]
    result = op(lib, *operands).sum()
    try:
        if overwritten is None:
            lib.autograd.grad(result, operands)
            lib.autograd.grad(result, operands)
        else:
            operands[overwritten].detach().zero_()
            result.backward()
    except RuntimeError as error:
        return "refused" if "modified by an inplace" in str(error) or "second time" in str(error) else str(error)
    return "runs"


@pytest.mark.parametrize("name", sorted(OPS))
def test_backward_refuses_what_pytorch_refuses(name):
    """Each operand overwritten, and backward run twice."""
    for which in (0, 1, None):
        assert outcome(eagerjax, OPS[name], which) == outcome(torch, OPS[name], which), which


def test_labels_and_indices_are_kept(mode):
    """Integer operands count as well."""
    for call in (
        lambda x, i: x.gather(0, i),
        lambda x, i: x.index_select(0, i),
        lambda x, i: x[i],
        lambda x, i: eagerjax.nn.functional.cross_entropy(x.expand(3, 3), i),
    ):
        x, i = eagerjax.ones(3, requires_grad=True) * 1, eagerjax.tensor([0, 1, 2])
        y = call(x, i).sum()
        i.zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            y.backward()


def test_grad_looks_only_at_what_leads_to_its_inputs(mode):
    """A branch that was overwritten or freed does not matter to autograd.grad, also behind an observation."""
    for observe in (False, True):
        x, w = (eagerjax.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
        kept, other = x.exp(), w.exp()
        if observe:
            kept.tolist(), other.tolist()
        loss = (kept * 2 + other).sum()
        with eagerjax.no_grad():
            other.zero_()
        (g,) = eagerjax.autograd.grad(loss, x, retain_graph=True)
        assert g.tolist() == pytest.approx([5.43656, 14.77811], rel=1e-5)
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            eagerjax.autograd.grad(loss, w)


def test_as_strided_of_a_chunk_is_not_written_to_either():
    """What autograd does not let be written to passes that on to its views, also to those of the whole storage."""
    part = (eagerjax.ones(4, requires_grad=True) * 1).chunk(2)[0]
    for view in (part[:1], part.as_strided((1,), (1,))):
        with pytest.raises(RuntimeError, match="returns multiple views"):
            view.mul_(2)


def test_new_data_under_a_history_change_nothing_of_it(mode):
    """grad of a value whose .data was written to, or that was written to under no_grad, and a hook on it."""
    for write in (lambda t: t.data.mul_(2), silently_doubled):
        for observe in (False, True):
            x = eagerjax.tensor([1.0, 2.0], requires_grad=True)
            middle = x * 3
            later = -middle
            write(middle)
            if observe:
                middle.tolist(), later.tolist()
            (g,) = eagerjax.autograd.grad(later.sum() + 5 * middle.sum(), middle, retain_graph=True)
            assert g.tolist() == [4.0, 4.0]
            middle.register_hook(lambda g: g * 10)
            later.sum().backward()
            assert x.grad.tolist() == [-30.0, -30.0]


def silently_doubled(tensor):
    with eagerjax.no_grad():
        tensor.mul_(2)


def test_grads_of_values_that_meet_later(mode):
    """Two intermediate values, of which one is read after the other's branch has begun."""
    x = eagerjax.ones(2, 3, requires_grad=True)
    moved, same = x.movedim(0, -1), x[:]
    loss = same.sigmoid().sum() + moved.tanh().sum()
    first, second = eagerjax.autograd.grad(loss, [same, moved])
    assert first[0].tolist() == pytest.approx([0.19661193] * 3) and second.shape == (3, 2)
    assert second[0].tolist() == pytest.approx([0.41997434] * 2)


def test_grad_of_an_intermediate_value_stops_there(mode):
    """What lies below the value that is asked for is not looked at, though another input lies in another trace."""
    x = eagerjax.tensor([1.0, 2.0], requires_grad=True)
    low = x.exp()
    middle = low * 3
    middle.tolist()
    loss = (middle**2).sum()
    low.detach().zero_()
    (g,) = eagerjax.autograd.grad(loss, middle, retain_graph=True)
    assert g.tolist() == pytest.approx((middle * 2).tolist())


def test_a_copied_value_is_the_targets_own(mode):
    """After b.copy_(a), writing to a does not overwrite what a call kept of b, and b.copy_(b) keeps b usable."""
    w = eagerjax.tensor([1.0, 2.0], requires_grad=True)
    for again in (False, True):
        a, b = eagerjax.tensor([3.0, 4.0]), eagerjax.zeros(2)
        b.copy_(a)
        if again:
            b.copy_(b)
        y = (w * b).sum()
        a.add_(1)
        (g,) = eagerjax.autograd.grad(y, w)
        assert g.tolist() == [3.0, 4.0]


def test_assigned_data_keep_the_history(mode):
    """a.data = v changes the values; the tensor stays what it was to autograd, as in PyTorch."""
    w = eagerjax.tensor([1.0, 2.0], requires_grad=True)
    a = w * 2
    a.data = (w * 3).detach()
    assert a.requires_grad and a.tolist() == [3.0, 6.0]
    (w * a).sum().backward()
    assert w.grad.tolist() == [5.0, 10.0]


def test_a_detached_view_made_without_grad_mode_has_no_history(mode):
    """A view of a view of a leaf, made under no_grad, claims to require grad; what is detached from it does not."""
    x = eagerjax.tensor(2.0, requires_grad=True)
    with eagerjax.no_grad():
        part = x.expand(2).chunk(2)[-1]
        apart = part.detach()
    assert part.requires_grad and apart.tolist() == [2.0]
    assert not apart.requires_grad and apart.grad_fn is None and not part.data.requires_grad
