"""Linear regression, line by line: tensors, autograd, and a training loop without nn or optim, then with them."""

import argparse
import sys

from tqdm import tqdm

import eagerjax as torch

TRUE_WEIGHT = [[2.0], [-3.4]]
TRUE_BIAS = 4.2
ALLOWED_ERROR = 0.02  # of every weight and of the bias


def make_data(count):
    """Points (count, 2) and y = X w + b plus a little noise (count, 1)."""
    x = torch.randn(count, 2)
    y = x @ torch.tensor(TRUE_WEIGHT) + TRUE_BIAS
    y += 0.01 * torch.randn(y.shape)
    return x, y


def by_hand(x, y, steps, lr):
    """Gradient descent on two tensors that require gradients."""
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in tqdm(range(steps), desc="by hand", mininterval=1):
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
            w.grad.zero_()
            b.grad.zero_()
    return w, b


def with_modules(x, y, steps, lr):
    """The same with nn.Linear, a loss module and an optimizer, in random batches."""
    model = torch.nn.Linear(2, 1)
    loss_fn = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in tqdm(range(steps), desc="with nn and optim", mininterval=1):
        rows = torch.randint(0, len(x), (64,))
        loss = loss_fn(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.weight.T, model.bias


def error(w, b):
    """The largest distance of a learned number from the true one."""
    return max((w - torch.tensor(TRUE_WEIGHT)).abs().max().item(), (b - TRUE_BIAS).abs().item())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="200 steps")
    args = parser.parse_args()
    steps = 200 if args.quick else args.steps

    torch.manual_seed(args.seed)
    x, y = make_data(1000)
    errors = [error(*fit(x, y, steps, args.lr)) for fit in (by_hand, with_modules)]
    print(f"largest error: by hand {errors[0]:.4f}, with nn and optim {errors[1]:.4f} (allowed: {ALLOWED_ERROR})")
    return int(max(errors) > ALLOWED_ERROR)


if __name__ == "__main__":
    sys.exit(main())
