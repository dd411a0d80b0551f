"""One fused update per optimizer rule: all parameters of a group, their slots and the step count in one op.

Each op returns a flat tuple: the new parameters, then each kind of slot, then what all of them share (the step
count). Optional slots are empty sequences and give nothing. Hyperparameters are numbers or 0-dim arrays, so a
schedule never compiles anew. A decay rate arrives as `rest = 1 - beta`: in float32 that is exact to the last
digit where `beta` itself (0.999) would not be. A `weight_decay` of None leaves the term out of the program.
"""

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import REGISTRY, Tensors, op


class Function:
    """Annotation: a function or a structure of a tree, part of the program."""


HALF = (jnp.dtype("float16"), jnp.dtype("bfloat16"))


# -- shared parts ------------------------------------------------------------------------
def every(rule, params, grads, *slots, **numbers):
    """`rule(p, g, *slots, **numbers) -> (p, *slots)` for each parameter, as one flat tuple column by column."""
    rows = [_row(rule, row, numbers) for row in zip(params, grads, *(s for s in slots if s))]
    return tuple(new for column in zip(*rows) for new in column)


def _row(rule, row, numbers):
    """One parameter in its arithmetic: half precision in float32, complex as pairs of reals."""
    dtype = jnp.dtype("float32") if row[0].dtype in HALF else jnp.finfo(row[0].dtype).dtype
    new = rule(*(_real(a).astype(dtype) for a in row), **{k: as_number(v, dtype) for k, v in numbers.items()})
    return tuple(_like(n, old) for n, old in zip(new, (row[0], *row[2:])))


def _real(array):
    return jnp.stack([array.real, array.imag], -1) if jnp.iscomplexobj(array) else array


def _like(new, old):
    if jnp.iscomplexobj(old):
        new = new[..., 0] + 1j * new[..., 1]
    return new.astype(old.dtype)


def as_number(value, dtype):
    """A hyperparameter in the arithmetic of `dtype`; Python numbers, flags and None stay what they are."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return jnp.reshape(value, ()).astype(dtype)


def wide(value):
    """A number in float64, for what depends on the step count: 1 - beta**step cancels badly in float32."""
    return jnp.reshape(jnp.asarray(value, jnp.float64), ())


def decayed(g, p, weight_decay, maximize):
    """The gradient to descend, with the L2 term `weight_decay * p`."""
    g = -g if maximize else g
    return g if weight_decay is None else g + weight_decay * p


def shrunk(p, lr, weight_decay):
    """The parameter after decoupled weight decay."""
    return p if weight_decay is None else p * (1 - lr * weight_decay)


def lerp(old, new, rest):
    return old + rest * (new - old)


def moments(g, m, v, rest1, rest2):
    """Running averages of the gradient and of its square."""
    return lerp(m, g, rest1), (1 - rest2) * v + rest2 * g * g


# -- rules ---------------------------------------------------------------------------------
@op(homes="", differentiable=True)
def _sgd_update(params: Tensors, grads: Tensors, momentum_buffers: Tensors, lr, momentum, dampening, weight_decay,
                *, nesterov: bool, maximize: bool):  # fmt: skip
    """`buf = momentum * buf + (1 - dampening) * g; p -= lr * buf`; a new buffer is zeros with dampening 0."""

    def rule(p, g, buf=None, *, lr, momentum, dampening, weight_decay):
        g = decayed(g, p, weight_decay, maximize)
        if buf is None:
            return (p - lr * g,)
        buf = momentum * buf + (1 - dampening) * g
        return p - lr * (g + momentum * buf if nesterov else buf), buf

    return every(rule, params, grads, momentum_buffers, lr=lr, momentum=momentum, dampening=dampening,
                 weight_decay=weight_decay)  # fmt: skip


@op(homes="")
def _adam_update(params: Tensors, grads: Tensors, exp_avgs: Tensors, exp_avg_sqs: Tensors, max_exp_avg_sqs: Tensors,
                 step, lr, rest1, rest2, eps, weight_decay, *, decoupled: bool, maximize: bool):  # fmt: skip
    """Adam, AdamW (`decoupled`) and AMSGrad: `p -= lr * m_hat / (sqrt(v_hat) + eps)`."""
    step = step + 1
    t = wide(step)
    scale = wide(lr) / (1 - (1 - wide(rest1)) ** t)
    root = 1 / jnp.sqrt(1 - (1 - wide(rest2)) ** t)

    def rule(p, g, m, v, peak=None, *, lr, scale, root, rest1, rest2, eps, weight_decay):
        if decoupled:
            p = shrunk(p, lr, weight_decay)
        g = decayed(g, p, None if decoupled else weight_decay, maximize)
        m, v = moments(g, m, v, rest1, rest2)
        peak = None if peak is None else jnp.maximum(peak, v)
        p = p - scale * (m / (jnp.sqrt(v if peak is None else peak) * root + eps))
        return (p, m, v) if peak is None else (p, m, v, peak)

    new = every(rule, params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, lr=lr, scale=scale, root=root,
                rest1=rest1, rest2=rest2, eps=eps, weight_decay=weight_decay)  # fmt: skip
    return (*new, step)


@op(homes="")
def _rmsprop_update(params: Tensors, grads: Tensors, square_avgs: Tensors, momentum_buffers: Tensors,
                    grad_avgs: Tensors, step, lr, rest, eps, momentum, weight_decay,
                    *, centered: bool, maximize: bool):  # fmt: skip
    """`p -= lr * g / (sqrt(mean of g²) + eps)`, around the mean gradient if `centered`, with momentum if given."""

    def rule(p, g, square, *more, lr, rest, eps, momentum, weight_decay):
        buf, mean = (more + (None, None))[:2] if momentum_buffers else (None, *more, None)[:2]
        g = decayed(g, p, weight_decay, maximize)
        square = (1 - rest) * square + rest * g * g
        mean = lerp(mean, g, rest) if centered else None
        change = g / (jnp.sqrt(square - mean * mean if centered else square) + eps)
        if buf is not None:
            change = buf = momentum * buf + change
        return tuple(x for x in (p - lr * change, square, buf, mean) if x is not None)

    new = every(rule, params, grads, square_avgs, momentum_buffers, grad_avgs, lr=lr, rest=rest, eps=eps,
                momentum=momentum, weight_decay=weight_decay)  # fmt: skip
    return (*new, step + 1)


@op(homes="")
def _adagrad_update(params: Tensors, grads: Tensors, sums: Tensors, step, lr, lr_decay, eps, weight_decay,
                    *, maximize: bool):  # fmt: skip
    """`p -= lr / (1 + (step - 1) * lr_decay) * g / (sqrt(sum of g²) + eps)`."""

    def rule(p, g, total, *, rate, eps, weight_decay):
        g = decayed(g, p, weight_decay, maximize)
        total = total + g * g
        return p - rate * (g / (jnp.sqrt(total) + eps)), total

    rate = wide(lr) / (1 + wide(step) * wide(lr_decay))
    return (*every(rule, params, grads, sums, rate=rate, eps=eps, weight_decay=weight_decay), step + 1)


@op(homes="")
def _adadelta_update(params: Tensors, grads: Tensors, square_avgs: Tensors, acc_deltas: Tensors, step, lr, rest, eps,
                     weight_decay, *, maximize: bool):  # fmt: skip
    """`p -= lr * g * sqrt(mean of past changes² + eps) / sqrt(mean of g² + eps)`."""

    def rule(p, g, square, acc, *, lr, rest, eps, weight_decay):
        g = decayed(g, p, weight_decay, maximize)
        square = (1 - rest) * square + rest * g * g
        change = jnp.sqrt(acc + eps) / jnp.sqrt(square + eps) * g
        return p - lr * change, square, (1 - rest) * acc + rest * change * change

    new = every(rule, params, grads, square_avgs, acc_deltas, lr=lr, rest=rest, eps=eps, weight_decay=weight_decay)
    return (*new, step + 1)


@op(homes="")
def _adamax_update(params: Tensors, grads: Tensors, exp_avgs: Tensors, exp_infs: Tensors, step, lr, rest1, rest2, eps,
                   weight_decay, *, maximize: bool):  # fmt: skip
    """Adam with the running maximum of |g| in place of the root mean square."""
    step = step + 1

    def rule(p, g, m, peak, *, scale, rest1, rest2, eps, weight_decay):
        g = decayed(g, p, weight_decay, maximize)
        m = lerp(m, g, rest1)
        peak = jnp.maximum((1 - rest2) * peak, jnp.abs(g) + eps)
        return p - scale * (m / peak), m, peak

    scale = wide(lr) / (1 - (1 - wide(rest1)) ** wide(step))
    new = every(rule, params, grads, exp_avgs, exp_infs, scale=scale, rest1=rest1, rest2=rest2, eps=eps,
                weight_decay=weight_decay)  # fmt: skip
    return (*new, step)


@op(homes="")
def _nadam_update(params: Tensors, grads: Tensors, exp_avgs: Tensors, exp_avg_sqs: Tensors, step, mu_product, lr,
                  rest1, rest2, eps, weight_decay, momentum_decay, *, decoupled: bool, maximize: bool):  # fmt: skip
    """Adam with Nesterov momentum, whose weight `mu` grows with the step."""
    step = step + 1
    t, beta1, slow = wide(step), 1 - wide(rest1), wide(momentum_decay)
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * slow))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * slow))
    mu_product = (mu_product * mu).astype(mu_product.dtype)
    now = wide(lr) * (1 - mu) / (1 - wide(mu_product))
    ahead = wide(lr) * mu_next / (1 - wide(mu_product) * mu_next)
    correction = 1 - (1 - wide(rest2)) ** t

    def rule(p, g, m, v, *, lr, now, ahead, correction, rest1, rest2, eps, weight_decay):
        g = -g if maximize else g
        if decoupled:
            p = shrunk(p, lr, weight_decay)
        else:
            g = decayed(g, p, weight_decay, False)
        m, v = moments(g, m, v, rest1, rest2)
        return p - (now * g + ahead * m) / (jnp.sqrt(v / correction) + eps), m, v

    new = every(rule, params, grads, exp_avgs, exp_avg_sqs, lr=lr, now=now, ahead=ahead, correction=correction,
                rest1=rest1, rest2=rest2, eps=eps, weight_decay=weight_decay)  # fmt: skip
    return (*new, step, mu_product)


@op(homes="")
def _radam_update(params: Tensors, grads: Tensors, exp_avgs: Tensors, exp_avg_sqs: Tensors, step, lr, rest1, rest2,
                  eps, weight_decay, *, decoupled: bool, maximize: bool):  # fmt: skip
    """Adam whose adaptive part is rectified, and left out while the variance of v is not tractable."""
    step = step + 1
    t, power = wide(step), (1 - wide(rest2)) ** wide(step)
    rho_inf = 2 / wide(rest2) - 1
    rho = rho_inf - 2 * t * power / (1 - power)
    tractable = rho > 5
    safe = jnp.where(tractable, rho, 6.0)
    rectified = jnp.sqrt((safe - 4) * (safe - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * safe) * (1 - power))
    scale = wide(lr) / (1 - (1 - wide(rest1)) ** t)

    def rule(p, g, m, v, *, lr, scale, rectified, rest1, rest2, eps, weight_decay):
        if decoupled:
            p = shrunk(p, lr, weight_decay)
        g = decayed(g, p, None if decoupled else weight_decay, maximize)
        m, v = moments(g, m, v, rest1, rest2)
        return p - scale * m * jnp.where(tractable, rectified / (jnp.sqrt(v) + eps), 1), m, v

    new = every(rule, params, grads, exp_avgs, exp_avg_sqs, lr=lr, scale=scale, rectified=rectified, rest1=rest1,
                rest2=rest2, eps=eps, weight_decay=weight_decay)  # fmt: skip
    return (*new, step)


@op(homes="")
def _rprop_update(params: Tensors, grads: Tensors, prevs: Tensors, step_sizes: Tensors, step, etaminus, etaplus,
                  smallest, largest, *, maximize: bool):  # fmt: skip
    """Only the sign of the gradient counts; each element's step grows while the sign stays, else shrinks."""

    def rule(p, g, prev, size, *, etaminus, etaplus, smallest, largest):
        g = -g if maximize else g
        agreement = g * prev
        factor = jnp.where(agreement > 0, etaplus, jnp.where(agreement < 0, etaminus, 1))
        size = jnp.clip(size * factor, smallest, largest)
        g = jnp.where(agreement < 0, 0, g)
        return p - jnp.where(g > 0, size, jnp.where(g < 0, -size, 0)), g, size

    new = every(rule, params, grads, prevs, step_sizes, etaminus=etaminus, etaplus=etaplus, smallest=smallest,
                largest=largest)  # fmt: skip
    return (*new, step + 1)


@op(homes="")
def _asgd_update(params: Tensors, grads: Tensors, axs: Tensors, step, eta, mu, lr, lambd, alpha, t0, weight_decay,
                 *, maximize: bool):  # fmt: skip
    """Averaged SGD: `ax` is the average of the parameters since step `t0`."""
    step = step + 1

    def rule(p, g, ax, *, eta, mu, lambd, weight_decay):
        p = p * (1 - lambd * eta) - eta * decayed(g, p, weight_decay, maximize)
        return p, jnp.where(mu == 1, p, ax + (p - ax) * mu)

    new = every(rule, params, grads, axs, eta=eta, mu=mu, lambd=lambd, weight_decay=weight_decay)
    t, rate = wide(step), wide(lr)
    eta_next = rate / (1 + wide(lambd) * rate * t) ** wide(alpha)
    mu_next = 1 / jnp.maximum(1, t - wide(t0))
    return (*new, step, eta_next.astype(eta.dtype), mu_next.astype(mu.dtype))


@op(homes="")
def _adafactor_update(params: Tensors, grads: Tensors, row_vars: Tensors, col_vars: Tensors, variances: Tensors, step,
                      lr, beta2_decay, eps1, eps2, d, weight_decay, *, maximize: bool):  # fmt: skip
    """Adafactor; the first parameters are matrices with factored second moments, the rest vectors with whole ones."""
    step = step + 1
    t = wide(step)
    numbers = {
        "lr": lr, "rest": t ** wide(beta2_decay), "rho": jnp.minimum(wide(lr), 1 / jnp.sqrt(t)), "eps2": eps2, "d": d,
        "weight_decay": weight_decay,
    }  # fmt: skip

    def finish(p, g, var, smallest, *, lr, rest, rho, eps2, d, weight_decay):
        alpha = jnp.maximum(eps2, _rms(p)) * rho
        change = g / jnp.sqrt(jnp.maximum(var, smallest * smallest))
        return shrunk(p, lr, weight_decay) - alpha / jnp.maximum(1.0, _rms(change) / d) * change

    def matrix(p, g, row, col, **given):
        g, smallest, rest = -g if maximize else g, given.pop("smallest"), given["rest"]
        row = lerp(row, jnp.mean(g * g, -1, keepdims=True), rest)
        col = lerp(col, jnp.mean(g * g, -2, keepdims=True), rest)
        var = row * col / jnp.maximum(jnp.mean(row, -2, keepdims=True), smallest)
        return finish(p, g, var, smallest, **given), row, col

    def vector(p, g, var, **given):
        g, smallest = -g if maximize else g, given.pop("smallest")
        var = lerp(var, g * g, given["rest"])
        return finish(p, g, var, smallest, **given), var

    n = len(row_vars)
    numbers["smallest"] = float(jnp.finfo(params[0].dtype).eps) if eps1 is None else eps1
    matrices = every(matrix, params[:n], grads[:n], row_vars, col_vars, **numbers)
    vectors = every(vector, params[n:], grads[n:], variances, **numbers)
    rest_of_them = len(params) - n
    return (*matrices[:n], *vectors[:rest_of_them], *matrices[n:], *vectors[rest_of_them:], step)


def _rms(array):
    return jnp.sqrt(jnp.mean(array * array))


@op(homes="")
def _muon_update(params: Tensors, grads: Tensors, momentum_buffers: Tensors, lr, rest, weight_decay, eps,
                 *, nesterov: bool, coefficients: tuple, steps: int, adjust: str):  # fmt: skip
    """SGD with momentum whose update, a matrix, is made orthogonal by Newton-Schulz iterations in bfloat16."""

    def rule(p, g, buf, *, lr, rest, weight_decay, eps):
        buf = lerp(buf, g, rest)
        update = _orthogonal(lerp(buf, g, rest) if nesterov else buf, coefficients, steps, eps)
        rows, columns = p.shape
        ratio = 0.2 * max(rows, columns) ** 0.5 if adjust == "match_rms_adamw" else max(1, rows / columns) ** 0.5
        return shrunk(p, lr, weight_decay) - lr * ratio * update.astype(p.dtype), buf

    return every(rule, params, grads, momentum_buffers, lr=lr, rest=rest, weight_decay=weight_decay, eps=eps)


def _orthogonal(x, coefficients, steps, eps):
    """The orthogonal matrix nearest to `x`, roughly: singular values come near 1."""
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    x = _bfloat16(x.T if tall else x)
    x = _bfloat16(_wider(x) / jnp.maximum(_wider(_bfloat16(jnp.linalg.norm(_wider(x)))), eps))
    for _ in range(steps):
        gram = _bfloat16(_product(x, x.T))
        poly = _bfloat16(b * _wider(gram) + c * _product(gram, gram))
        x = _bfloat16(a * _wider(x) + _product(poly, x))
    return x.T if tall else x


def _wider(array):
    return array.astype(jnp.float32)


def _bfloat16(array):
    """Rounded for good: XLA would be free to leave out a mere cast there and back."""
    return lax.reduce_precision(_wider(array), exponent_bits=8, mantissa_bits=7).astype(jnp.bfloat16)


def _product(x, y):
    return jnp.matmul(x, y, preferred_element_type=jnp.float32)


@op(homes="")
def _lbfgs_direction(grad, old_dirs: Tensors, old_stps: Tensors, ro: Tensors, H_diag):
    """L-BFGS's two loops: minus the gradient times the approximate inverse Hessian. An entry with ro 0 does nothing."""
    history = jnp.stack(old_dirs), jnp.stack(old_stps), jnp.stack(ro)

    def backward(q, entry):
        y, s, r = entry
        al = jnp.dot(s, q) * r
        return q - al * y, al

    q, al = lax.scan(backward, -grad, history, reverse=True)

    def forward(d, entry):
        y, s, r, a = entry
        return d + (a - jnp.dot(y, d) * r) * s, None

    return lax.scan(forward, q * as_number(H_diag, grad.dtype), (*history, al))[0]


@op(homes="")
def _optax_update(params: Tensors, grads: Tensors, leaves: Tensors, lr, *, update: Function, structure: Function):
    """`p += lr * u` for the updates u of an optax transformation, whose state is `leaves` in `structure`."""
    state = jax.tree.unflatten(structure, leaves)
    updates, state = update(list(grads), state, list(params))
    scale = [as_number(lr, p.dtype) for p in params]
    new = [(p + s * u).astype(p.dtype) for p, s, u in zip(params, scale, updates)]
    return (*new, *(jnp.asarray(n, old.dtype) for n, old in zip(jax.tree.leaves(state), leaves)))

for _made in REGISTRY.values():
    if _made.fn.__module__ == __name__:
        _made.update = True  # a path with an update will repeat: lower/policy.py compiles it at first sight
