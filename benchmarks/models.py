"""The models, written once: every function takes the torch-like package, so one source runs on PyTorch and on eagerjax.

A `Workload` is a whole training step as a user writes it. Names of parameters are those of `state_dict()`, and
`handwritten.py` uses the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

BATCHES = 4
"""Batches that a run goes round; they are tensors before the clock starts."""


@dataclass(frozen=True)
class Workload:
    """`model(torch)`, `loss(torch, model, *batch)`, `batch(rng)` as numpy arrays, and which optimizer with which options.

    `parts` names the submodules that have an optimizer each; `train(torch, model, optimizers, *batch)` is the step where it is
    not the usual one.
    """

    name: str
    title: str
    model: Callable
    loss: Callable
    batch: Callable
    optimizer: str
    options: dict[str, Any]
    parts: tuple = ()
    train: Callable | None = None
    small: bool = False  # does a step take so little that several of them are worth one call?


def draw_batches(workload, seed=0):
    """The numpy batches of a workload."""
    rng = np.random.default_rng(seed)
    return [workload.batch(rng) for _ in range(BATCHES)]


def initial_weights(torch, workload):
    """{name: array}: what `state_dict()` of a fresh model holds."""
    torch.manual_seed(0)
    return {name: value.detach().numpy().copy() for name, value in workload.model(torch).state_dict().items()}


STEPS = 8
"""Steps in one call of a `small` workload."""
SELDOM = 10
"""One of how many losses a loop looks at that prints it now and then."""


def training_step(torch, workload, weights, batches, jit=False, compiled=False):
    """`step() -> loss`: the next batch's forward, backward and update, on `torch` or what stands for it.

    `step(look=False)` does not look at its loss. With `jit` (eagerjax only) the step is compiled as a whole; with `compiled`
    (PyTorch) the modules are.
    """
    train = update_of(torch, workload, weights, compiled)
    train = torch.compile(train, jit=True) if jit else train
    tensors = [tuple(torch.tensor(array) for array in batch) for batch in batches]
    count = 0

    def step(look=True):
        nonlocal count
        batch = tensors[count % len(tensors)]
        count += 1
        loss = train(*batch)
        return loss.item() if look else None

    return step


def seldom(step):
    """`steps() -> loss` of the last of SELDOM steps, the only one that is looked at."""

    def steps():
        for _ in range(SELDOM - 1):
            step(look=False)
        return step()

    return steps


def training_steps(torch, workload, weights, batches):
    """`steps() -> losses` of the next STEPS batches, in one call of a function compiled by eagerjax."""
    train = torch.compile(update_of(torch, workload, weights), jit=True, steps_per_call=STEPS)
    columns = zip(*[batches[i % len(batches)] for i in range(STEPS)], strict=True)
    tensors = [torch.tensor(np.stack(column)) for column in columns]
    return lambda: train(*tensors).tolist()


def update_of(torch, workload, weights, compiled=False):
    """`update(*batch) -> loss` of a fresh model with these weights."""
    model = workload.model(torch)
    model.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    parts = [getattr(model, name) for name in workload.parts] or [model]
    if compiled and not workload.parts:
        model = torch.compile(model)
    for name in workload.parts if compiled else ():
        setattr(model, name, torch.compile(getattr(model, name)))
    optimizers = [getattr(torch.optim, workload.optimizer)(part.parameters(), **workload.options) for part in parts]

    if workload.train is not None:
        train_all = workload.train
        return lambda *batch: train_all(torch, model, optimizers, *batch)
    (optimizer,), loss_of = optimizers, workload.loss

    def train(*batch):
        optimizer.zero_grad()
        loss = loss_of(torch, model, *batch)
        loss.backward()
        optimizer.step()
        return loss

    return train


def floats(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def classify(torch, model, x, y):
    return torch.nn.functional.cross_entropy(model(x), y)


def classify_tokens(torch, model, tokens, targets):
    scores = model(tokens)
    return torch.nn.functional.cross_entropy(scores.view(-1, scores.shape[-1]), targets.view(-1))


# -- images ------------------------------------------------------------------------------------------
def mlp(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn(torch):
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def resnet18(torch, width=64):
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self, channels, out, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out)
            self.down = None
            if stride != 1 or channels != out:
                self.down = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            return F.relu(y + (x if self.down is None else self.down(x)))

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
            self.bn = nn.BatchNorm2d(width)
            blocks, channels = [], width
            for out, stride in ((width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 2)):
                blocks += [Block(channels, out, stride), Block(out, out, 1)]
                channels = out
            self.blocks = nn.Sequential(*blocks)
            self.head = nn.Linear(channels, 10)

        def forward(self, x):
            x = F.relu(self.bn(self.conv(x)))
            return self.head(self.blocks(x).mean((2, 3)))

    return ResNet()


# -- sequences ---------------------------------------------------------------------------------------
def gpt(torch, vocabulary=65, length=128, width=128, heads=4, layers=4):
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def attend(self, x):
            b, t, d = x.shape
            q, k, v = (part.view(b, t, heads, d // heads).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).reshape(b, t, d))

        def forward(self, x):
            x = x + self.attend(self.ln1(x))
            return x + self.down(F.gelu(self.up(self.ln2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
            self.blocks = nn.Sequential(*[Block() for _ in range(layers)])
            self.ln, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens):
            places = torch.arange(tokens.shape[1])
            return self.head(self.ln(self.blocks(self.tokens(tokens) + self.positions(places))))

    return GPT()


def char_rnn(torch, vocabulary=65, width=64, hidden=128):
    nn = torch.nn

    class CharRNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.lstm = nn.Embedding(vocabulary, width), nn.LSTM(width, hidden)
            self.head = nn.Linear(hidden, vocabulary)

        def forward(self, tokens):
            states, _ = self.lstm(self.embed(tokens))
            return self.head(states)

    return CharRNN()


def vae(torch):
    nn, F = torch.nn, torch.nn.functional

    class VAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc, self.mu, self.logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
            self.dec, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

        def forward(self, x, noise):
            h = F.relu(self.enc(x))
            mu, logvar = self.mu(h), self.logvar(h)
            z = mu + noise * torch.exp(0.5 * logvar)
            return self.out(F.relu(self.dec(z))), mu, logvar

    return VAE()


def vae_loss(torch, model, x, noise):
    """The noise comes with the batch, so that all libraries see the same."""
    out, mu, logvar = model(x, noise)
    bce = torch.nn.functional.binary_cross_entropy_with_logits(out, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (bce + kld) / x.shape[0]


def dcgan(torch, noise=64, width=32):
    nn = torch.nn

    def up(channels, out, *geometry):
        return [nn.ConvTranspose2d(channels, out, 4, *geometry, bias=False), nn.BatchNorm2d(out), nn.ReLU()]

    def down(channels, out):
        return [nn.Conv2d(channels, out, 4, 2, 1, bias=False), nn.BatchNorm2d(out), nn.LeakyReLU(0.2)]

    class DCGAN(nn.Module):
        def __init__(self):
            super().__init__()
            self.g = nn.Sequential(
                *up(noise, 4 * width, 1, 0), *up(4 * width, 2 * width, 2, 1), *up(2 * width, width, 2, 1),
                nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh(),
            )  # fmt: skip
            self.d = nn.Sequential(
                nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), *down(width, 2 * width),
                *down(2 * width, 4 * width), nn.Conv2d(4 * width, 1, 4, 1, 0, bias=False), nn.Flatten(0),
            )  # fmt: skip

    return DCGAN()


def train_dcgan(torch, model, optimizers, x, noise):
    """One update of the discriminator, and one of the generator."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    for_g, for_d = optimizers
    ones, zeros = torch.ones(x.shape[0]), torch.zeros(x.shape[0])
    fake = model.g(noise)
    for_d.zero_grad()
    loss_d = bce(model.d(x), ones) + bce(model.d(fake.detach()), zeros)
    loss_d.backward()
    for_d.step()
    for_g.zero_grad()
    loss_g = bce(model.d(fake), ones)
    loss_g.backward()
    for_g.step()
    return loss_d.detach() + loss_g.detach()


def images(n, *shape):
    return lambda rng: (floats(rng, n, *shape), rng.integers(0, 10, n))


def tokens(*shape):
    return lambda rng: (rng.integers(0, 65, shape), rng.integers(0, 65, shape))


SGD = {"lr": 0.01, "momentum": 0.9}
SLOW = {"lr": 1e-4, "momentum": 0.9}  # at 0.01, PyTorch with and without oneDNN is 5e-3 apart after ten steps
ADAM = {"lr": 1e-3}
WORKLOADS = [
    Workload("mlp", "MLP 784-256-128-10, batch 64", mlp, classify, images(64, 784), "SGD", SGD, small=True),
    Workload("cnn", "CNN (LeNet type, 28x28), batch 64", cnn, classify, images(64, 1, 28, 28), "SGD", SGD),
    Workload("resnet18", "ResNet-18, 32x32, batch 32", resnet18, classify, images(32, 3, 32, 32), "SGD", SLOW),
    Workload("gpt", "GPT 4 layers x 128, T 128, batch 8", gpt, classify_tokens, tokens(8, 128), "AdamW", ADAM),
    Workload("char_rnn", "LSTM char-rnn, T 64, h 128, batch 32", char_rnn, classify_tokens, tokens(64, 32), "Adam", ADAM),
    Workload("vae", "VAE 784-400-20, batch 128", vae, vae_loss,
             lambda rng: (rng.random((128, 784), np.float32), floats(rng, 128, 20)), "Adam", ADAM, small=True),
    Workload("dcgan", "DCGAN 32x32, width 32, batch 32", dcgan, None,
             lambda rng: (np.tanh(floats(rng, 32, 3, 32, 32)), floats(rng, 32, 64, 1, 1)), "Adam",
             {"lr": 5e-5, "betas": (0.5, 0.999)}, ("g", "d"), train_dcgan),
]  # fmt: skip


def workload_of(name):
    """The workload of this name."""
    return next(w for w in WORKLOADS if w.name == name)
