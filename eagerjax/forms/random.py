"""Random tensors: by size, like another, and in place."""

from eagerjax.dispatch import apply
from eagerjax.forms import bounds as limits
from eagerjax.forms.bounds import check, check_permutation, check_uniform, largest
from eagerjax.forms.create import check_no_more, make, named_as, plain, size_of
from eagerjax.forms.drawn import laid, whole_range
from eagerjax.install import check_writable, give, write
from eagerjax.namespace import form
from eagerjax.record.trace import state
from eagerjax.runtime import dtype as dt, random as streams
from eagerjax.tensor import Tensor


# -- by size -------------------------------------------------------------------------------
def by_size(name, op, doc):
    def create(
        *size,
        generator=None,
        out=None,
        dtype=None,
        layout=None,
        device=None,
        requires_grad=False,
        pin_memory=False,
        **named,
    ):
        shape = size_of(name, size, named.pop("size", None))
        check_no_more(name, named)
        kind = dtype or (out.dtype if out is not None else dt.get_default_dtype())
        return make(op, shape, dtype=kind, device=device, requires_grad=requires_grad, out=out, generator=generator,
                    layout=layout)  # fmt: skip

    return named_as(create, name, doc)


def by_likeness(name, op, doc):
    def create(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False,
               memory_format=None):  # fmt: skip
        return make(op, laid(input), dtype=dtype or input.dtype, device=input.device if device is None else device,
                    requires_grad=requires_grad, generator=generator, layout=layout)  # fmt: skip

    return named_as(create, name, doc)


for _name, _doc in (("rand", "Uniform values of [0, 1)"), ("randn", "Standard normal values")):
    form(by_size(_name, "_" + _name, f"{_doc}, of a size."), homes="torch")
    form(by_likeness(_name + "_like", "_" + _name, f"{_doc}, shaped like `input`."), homes="torch")


def bounds(args, named):
    """(low, high, what is left) of `f(high, ...)` and `f(low, high, ...)`."""
    args = list(args)
    if "high" in named:
        low = named.pop("low", 0) if "low" in named or not args else args.pop(0)
        return plain(low), plain(named.pop("high")), args
    if "low" in named:
        return plain(named.pop("low")), plain(args.pop(0)), args
    second = len(args) > 1 and not isinstance(args[1], (tuple, list))
    first = plain(args.pop(0))
    return (first, plain(args.pop(0)), args) if second else (0, first, args)


@form(homes="torch")
def randint(
    *args,
    generator=None,
    out=None,
    dtype=None,
    layout=None,
    device=None,
    requires_grad=False,
    pin_memory=False,
    **named,
):
    """randint(high, size), randint(low, high, size): integers of [low, high), int64 unless a dtype is given."""
    if not args and "high" not in named:
        raise TypeError("randint() received an invalid combination of arguments")
    low, high, rest = bounds(args, named)
    shape = size_of("randint", tuple(rest), named.pop("size", None))
    check_no_more("randint", named)
    kind = dtype or (out.dtype if out is not None else dt.int64)
    return draw_integers(low, high, shape, kind, device, requires_grad=requires_grad, out=out, generator=generator,
                         layout=layout)  # fmt: skip


def draw_integers(low, high, shape, kind, device, **options):
    return draw_between(*limits.whole(int(low), int(high), kind), shape, kind, device, **options)


def draw_between(low, high, shape, kind, device, **options):
    """Integers of [low, high), for bounds that were checked."""
    wide = high - low > 2**32 - 1
    return make("_randint_wide" if wide else "_randint", low, high, shape, dtype=kind, device=device, **options)


@form(homes="torch")
def randint_like(
    input, *args, generator=None, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None, **named
):
    """randint_like(input, high), randint_like(input, low, high): integers of [low, high) shaped like `input`."""
    low, high, _ = bounds(args, named)
    check_no_more("randint_like", named)
    return draw_integers(low, high, laid(input), dtype or input.dtype, input.device if device is None else device,
                         requires_grad=requires_grad, generator=generator, layout=layout)  # fmt: skip


@form(homes="torch")
def randperm(
    n, *, generator=None, out=None, dtype=dt.int64, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """The integers 0 .. n - 1 in random order."""
    kind = out.dtype if out is not None else dtype or dt.int64
    check_permutation(plain(n), kind)
    return make(
        "_randperm",
        plain(n),
        dtype=kind,
        device=device,
        requires_grad=requires_grad,
        out=out,
        generator=generator,
        layout=layout,
    )


# -- driven by tensors ---------------------------------------------------------------------
@form(homes="torch")
def normal(mean=0.0, std=1.0, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None,
           requires_grad=False, pin_memory=False):  # fmt: skip
    """Normal values: of tensors of means and deviations, or of numbers and a size."""
    given = [v for v in (mean, std) if isinstance(v, Tensor)]
    if not given and size is None:
        raise TypeError("normal() received an invalid combination of arguments: a size is needed for two numbers")
    shape = (
        size_of("normal", (), size) if size is not None else (mean + std if len(given) == 2 else given[0])._ref.shape
    )
    kind = dtype or (given[0].dtype if given else out.dtype if out is not None else dt.get_default_dtype())
    where = given[0].device if given and device is None else device
    if not isinstance(std, Tensor):  # a message would look at a tensor
        check(std >= 0, f"normal expects std >= 0.0, but found std {std}")
    mean, std = (v.detach() if isinstance(v, Tensor) else v for v in (mean, std))
    made = make("_normal", mean, std, shape, dtype=kind, device=where, requires_grad=requires_grad, out=out,
                generator=generator, layout=layout)  # fmt: skip
    return made if out is not None else drawn_for(made, *given)


def drawn_for(made, *sources):
    """`made` as a result of the tensors that it was drawn in place of, with a gradient of 0."""
    for source in sources:
        if source.requires_grad and state.trace.grad:
            made = apply("_drawn_for", source, made)
    return made


@form
def bernoulli(input, p=None, *, generator=None, out=None):
    """1 with the probability that each element says (or with probability p), else 0; the dtype of `input`."""
    chance = input if p is None else p
    if p is not None and not isinstance(p, Tensor):
        check(0 <= p <= 1, f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    kind = input.dtype if out is None else out.dtype
    made = make("_bernoulli", chance, laid(input), dtype=kind, device=input.device, generator=generator)
    return made if out is None else give(out, made)


def continuous(name, kind):
    """Raises RuntimeError for a dtype that has no values in between."""
    check(kind.is_floating_point, f"{name} distribution is a continuous probability distribution. dtype must be a floating "
                                  f"point but you specified {kind.title}")  # fmt: skip


def supported(kernel, kind, *categories):
    """Raises NotImplementedError for a dtype of none of the categories."""
    if kind.category not in categories:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.title}'")


# -- in place --------------------------------------------------------------------------------
def fill(self, op, *args, generator=None):
    """Overwrite `self` with what a random op draws for its shape and dtype."""
    check_writable(self)
    made = make(op, *args, laid(self), dtype=self.dtype, device=self.device, generator=generator)
    return write(self, drawn_for(made, self))


@form(homes="Tensor")
def normal_(self, mean=0, std=1, *, generator=None):
    """Fill with normal values."""
    check(plain(std) >= 0, f"normal expects std >= 0.0, but found std {std}")
    return fill(self, "_normal", plain(mean), plain(std), generator=generator)


@form(homes="Tensor")
def uniform_(self, from_=0, to=1, *, generator=None, **named):
    """Fill with uniform values of [from, to)."""
    low, high = plain(named.get("from", from_)), plain(to)
    check_uniform(low, high, self.dtype)
    return fill(self, "_uniform", low, high, generator=generator)


@form(homes="Tensor")
def bernoulli_(self, p=0.5, *, generator=None):
    """Fill with 1 with probability p (a number or tensor), else 0."""
    supported("bernoulli_scalar_cpu_", self.dtype, dt.BOOL, dt.INTEGER, dt.FLOATING)
    if not isinstance(p, Tensor):
        check(0 <= p <= 1, f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return fill(self, "_bernoulli", p.detach() if isinstance(p, Tensor) else p, generator=generator)


@form(homes="Tensor")
def exponential_(self, lambd=1, *, generator=None):
    """Fill with exponential values of rate `lambd`."""
    continuous("Exponential", self.dtype)
    check(plain(lambd) > 0, f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return fill(self, "_exponential", plain(lambd), generator=generator)


@form(homes="Tensor")
def geometric_(self, p, *, generator=None):
    """Fill with numbers of trials until success of probability p."""
    supported("geometric_cpu", self.dtype, dt.INTEGER, dt.FLOATING)
    check(0 < plain(p) < 1, f"geometric_ expects p to be in (0, 1), but got p={p}")
    return fill(self, "_geometric", plain(p), generator=generator)


@form(homes="Tensor")
def cauchy_(self, median=0, sigma=1, *, generator=None):
    """Fill with Cauchy values."""
    continuous("Cauchy", self.dtype)
    check(plain(sigma) > 0, f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return fill(self, "_cauchy", plain(median), plain(sigma), generator=generator)


@form(homes="Tensor")
def log_normal_(self, mean=1, std=2, *, generator=None):
    """Fill with exp of normal values."""
    supported("log_normal_cpu", self.dtype, dt.FLOATING)
    check(plain(std) > 0, f"log_normal_ expects std > 0.0, but found std={std}")
    return fill(self, "_log_normal", plain(mean), plain(std), generator=generator)


_UNSAID = object()


@form(homes="Tensor")
def random_(self, from_=_UNSAID, to=_UNSAID, *, generator=None, **named):
    """Fill with integers: random_(to) of [0, to), random_(from, to) of [from, to), random_(from, None) of all from there on.

    Without bounds, of all from 0 on that the dtype holds exactly.
    """
    low, high = named.get("from", from_), to
    check_writable(self)
    if low is _UNSAID and high is _UNSAID:
        made = without_bounds(self, generator)
    elif high is _UNSAID or low is _UNSAID:
        made = draw_integers(0, plain(low if high is _UNSAID else high), laid(self), self.dtype, self.device, generator=generator)
    elif high is None:
        made = without_end(self, int(plain(low)), generator)
    else:
        made = draw_integers(plain(low), plain(high), laid(self), self.dtype, self.device, generator=generator)
    return write(self, drawn_for(made, self))


def without_bounds(self, generator):
    supported("random_kernel_cpu", self.dtype, dt.BOOL, dt.INTEGER, dt.FLOATING)
    end = largest(self.dtype) + 1
    if streams.like_torch():
        return whole_range(laid(self), 0, end, dtype=self.dtype, device=self.device, generator=generator)
    return draw_between(0, end, laid(self), self.dtype, self.device, generator=generator)


def without_end(self, low, generator):
    """Integers from `low` on, up to the largest one that the dtype holds; from the lowest of int64 on, all of them."""
    last = min(largest(self.dtype), limits.HIGHEST) if self.dtype.category < dt.COMPLEX else limits.HIGHEST
    if self.dtype.is_floating_point:
        low, _ = limits.moved(low, last, self.dtype)
        check(low < last, "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to dtype, but "
                          f"got from={low} > to_inc={last}")  # fmt: skip
    if low == limits.LOWEST:
        check(self.dtype in (dt.int64, dt.float64, dt.float32, dt.bfloat16),
              "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16")  # fmt: skip
        low, last = (0, (1 << 64) - 1) if streams.like_torch() else (low, last - 1)  # a range of 64 bits at most
    else:
        limits.check_whole(low, last, self.dtype)
    return draw_between(low, last + 1, laid(self), self.dtype, self.device, generator=generator)
