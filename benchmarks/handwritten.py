"""The same training steps by hand in JAX: one `jax.jit` with donated state, optax, and each operation in its natural form.

Parameters are a flat dict with the names of the PyTorch models; running statistics are another.
"""

import math

import jax
import jax.numpy as jnp
import optax
from jax import lax

OPTIMIZERS = {
    "SGD": lambda lr, momentum: optax.sgd(lr, momentum=momentum),
    "Adam": lambda lr, betas=(0.9, 0.999): optax.adam(lr, *betas),
    "AdamW": lambda lr: optax.adamw(lr, weight_decay=1e-2),
}


def training_step(workload, weights, batches):
    """`step(look=True) -> loss`, from the same initial weights and batches as `models.training_step`."""
    if workload.name == "dcgan":
        return dcgan_step(workload, weights, batches)
    loss_of = LOSSES[workload.name]
    optimizer = OPTIMIZERS[workload.optimizer](**workload.options)
    stats = {k: jnp.array(v) for k, v in weights.items() if "running_" in k}
    params = {k: jnp.array(v) for k, v in weights.items() if k not in stats and "num_batches" not in k}
    opt_state = optimizer.init(params)
    arrays = [tuple(map(jnp.asarray, batch)) for batch in batches]
    count = 0

    def update(params, stats, opt_state, *batch):
        (loss, stats), grads = jax.value_and_grad(loss_of, has_aux=True)(params, stats, *batch)
        updates, opt_state = optimizer.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), stats, opt_state, loss

    update = jax.jit(update, donate_argnums=(0, 1, 2))

    def step(look=True):
        nonlocal params, stats, opt_state, count
        batch = arrays[count % len(arrays)]
        count += 1
        params, stats, opt_state, loss = update(params, stats, opt_state, *batch)
        return loss.item() if look else None

    return step


def dcgan_step(workload, weights, batches):
    optimizer = OPTIMIZERS[workload.optimizer](**workload.options)
    stats = {k: jnp.array(v) for k, v in weights.items() if "running_" in k}
    params = {k: jnp.array(v) for k, v in weights.items() if k not in stats and "num_batches" not in k}
    g, d = ({k: v for k, v in params.items() if k.startswith(part)} for part in "gd")
    state = g, d, stats, optimizer.init(g), optimizer.init(d)
    arrays = [tuple(map(jnp.asarray, batch)) for batch in batches]
    count = 0

    def bce(scores, label):
        return optax.sigmoid_binary_cross_entropy(scores, jnp.full_like(scores, label)).mean()

    def loss_of_d(d, stats, x, fake):
        real, stats = discriminator(d, stats, x)
        false, stats = discriminator(d, stats, fake)
        return bce(real, 1.0) + bce(false, 0.0), stats

    def loss_of_g(fake, d, stats):
        scores, stats = discriminator(d, stats, fake)
        return bce(scores, 1.0), stats

    def update(state, x, noise):
        g, d, stats, of_g, of_d = state
        fake, pull, stats = jax.vjp(lambda g: generator(g, stats, noise), g, has_aux=True)
        (loss_d, stats), grads = jax.value_and_grad(loss_of_d, has_aux=True)(d, stats, x, fake)
        updates, of_d = optimizer.update(grads, of_d, d)
        d = optax.apply_updates(d, updates)
        (loss_g, stats), to_fake = jax.value_and_grad(loss_of_g, has_aux=True)(fake, d, stats)
        updates, of_g = optimizer.update(pull(to_fake)[0], of_g, g)
        return (optax.apply_updates(g, updates), d, stats, of_g, of_d), loss_d + loss_g

    update = jax.jit(update, donate_argnums=0)

    def step(look=True):
        nonlocal state, count
        batch = arrays[count % len(arrays)]
        count += 1
        state, loss = update(state, *batch)
        return loss.item() if look else None

    return step


# -- layers ----------------------------------------------------------------------------------------
def linear(p, name, x):
    out = x @ p[name + ".weight"].T
    bias = p.get(name + ".bias")
    return out if bias is None else out + bias


def conv(p, name, x, stride=1, padding=0):
    out = lax.conv_general_dilated(x, p[name + ".weight"], (stride, stride), ((padding, padding),) * 2,
                                   dimension_numbers=("NCHW", "OIHW", "NCHW"))  # fmt: skip
    bias = p.get(name + ".bias")
    return out if bias is None else out + bias[:, None, None]


def conv_transpose(p, name, x, stride=1, padding=0):
    weight = jnp.flip(p[name + ".weight"], (2, 3))
    edge = weight.shape[2] - 1 - padding
    return lax.conv_general_dilated(x, weight, (1, 1), ((edge, edge),) * 2, lhs_dilation=(stride, stride),
                                    dimension_numbers=("NCHW", "IOHW", "NCHW"))  # fmt: skip


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def batch_norm(p, stats, new, name, x, momentum=0.1, eps=1e-5):
    """Training mode; the running statistics go to `new`."""
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    n = x.size // x.shape[1]
    for key, value in (("running_mean", mean), ("running_var", var * (n / (n - 1)))):
        key = f"{name}.{key}"
        new[key] = (1 - momentum) * stats[key] + momentum * value
    wide = lambda v: v[:, None, None]  # noqa: E731
    normal = (x - wide(mean)) * wide(lax.rsqrt(var + eps))
    return normal * wide(p[name + ".weight"]) + wide(p[name + ".bias"])


def layer_norm(p, name, x, eps=1e-5):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + eps) * p[name + ".weight"] + p[name + ".bias"]


def attention(q, k, v):
    """Causal; q, k, v: (batch, time, heads, width)."""
    t = q.shape[1]
    scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(q.shape[-1])
    scores = jnp.where(jnp.tril(jnp.ones((t, t), bool)), scores, -jnp.inf)
    return jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v)


def lstm(p, name, x):
    """x: (time, batch, width)."""
    w_ih, w_hh = p[name + ".weight_ih_l0"].T, p[name + ".weight_hh_l0"].T
    bias = p[name + ".bias_ih_l0"] + p[name + ".bias_hh_l0"]

    def cell(carry, x):
        h, c = carry
        i, f, g, o = jnp.split(x @ w_ih + h @ w_hh + bias, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    start = jnp.zeros((x.shape[1], w_hh.shape[0]))
    return lax.scan(cell, (start, start), x)[1]


def cross_entropy(scores, labels):
    return optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean()


# -- models: (params, stats, *batch) -> (loss, new stats) -----------------------------------------------
def mlp(p, stats, x, y):
    for layer in ("0", "2"):
        x = jax.nn.relu(linear(p, layer, x))
    return cross_entropy(linear(p, "4", x), y), stats


def cnn(p, stats, x, y):
    for layer in ("0", "3"):
        x = max_pool(jax.nn.relu(conv(p, layer, x, padding=1)))
    x = jax.nn.relu(linear(p, "7", x.reshape(x.shape[0], -1)))
    return cross_entropy(linear(p, "9", x), y), stats


def resnet18(p, stats, x, y):
    new = {}
    norm = lambda name, x: batch_norm(p, stats, new, name, x)  # noqa: E731
    x = jax.nn.relu(norm("bn", conv(p, "conv", x, padding=1)))
    for i, stride in enumerate((1, 1, 2, 1, 2, 1, 2, 1)):
        block = f"blocks.{i}."
        h = jax.nn.relu(norm(block + "bn1", conv(p, block + "conv1", x, stride, 1)))
        h = norm(block + "bn2", conv(p, block + "conv2", h, 1, 1))
        if block + "down.0.weight" in p:
            x = norm(block + "down.1", conv(p, block + "down.0", x, stride))
        x = jax.nn.relu(h + x)
    return cross_entropy(linear(p, "head", x.mean((2, 3))), y), new


def gpt(p, stats, tokens, targets, heads=4, layers=4):
    x = p["tokens.weight"][tokens] + p["positions.weight"][: tokens.shape[1]]
    b, t, d = x.shape
    for i in range(layers):
        block = f"blocks.{i}."
        qkv = linear(p, block + "qkv", layer_norm(p, block + "ln1", x))
        q, k, v = (part.reshape(b, t, heads, d // heads) for part in jnp.split(qkv, 3, axis=-1))
        x = x + linear(p, block + "out", attention(q, k, v).reshape(b, t, d))
        h = jax.nn.gelu(linear(p, block + "up", layer_norm(p, block + "ln2", x)), approximate=False)
        x = x + linear(p, block + "down", h)
    return cross_entropy(linear(p, "head", layer_norm(p, "ln", x)), targets), stats


def char_rnn(p, stats, tokens, targets):
    states = lstm(p, "lstm", p["embed.weight"][tokens])
    return cross_entropy(linear(p, "head", states), targets), stats


def vae(p, stats, x, noise):
    h = jax.nn.relu(linear(p, "enc", x))
    mu, logvar = linear(p, "mu", h), linear(p, "logvar", h)
    h = jax.nn.relu(linear(p, "dec", mu + noise * jnp.exp(0.5 * logvar)))
    bce = optax.sigmoid_binary_cross_entropy(linear(p, "out", h), x).sum()
    kld = -0.5 * jnp.sum(1 + logvar - mu**2 - jnp.exp(logvar))
    return (bce + kld) / x.shape[0], stats


def generator(p, stats, x):
    """(images, new stats)"""
    new = dict(stats)
    for layer, geometry in ((0, (1, 0)), (3, (2, 1)), (6, (2, 1))):
        x = jax.nn.relu(batch_norm(p, stats, new, f"g.{layer + 1}", conv_transpose(p, f"g.{layer}", x, *geometry)))
    return jnp.tanh(conv_transpose(p, "g.9", x, 2, 1)), new


def discriminator(p, stats, x):
    """(scores, new stats)"""
    new = dict(stats)
    x = jax.nn.leaky_relu(conv(p, "d.0", x, 2, 1), 0.2)
    for layer in (2, 5):
        x = jax.nn.leaky_relu(batch_norm(p, stats, new, f"d.{layer + 1}", conv(p, f"d.{layer}", x, 2, 1)), 0.2)
    return conv(p, "d.8", x).reshape(-1), new


LOSSES = {f.__name__: f for f in (mlp, cnn, resnet18, gpt, char_rnn, vae)}
