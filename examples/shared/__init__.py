"""What the examples have in common: arguments, a progress bar, and the stated result that decides the exit code."""

import argparse

from tqdm import tqdm

import eagerjax as torch


def arguments(description, *, steps, quick_steps, lr):
    """The command line of a training script; seeds everything and makes `--device` the default device.

    `quick` is for CI: fewer steps, the same stated result or a weaker one.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--steps", type=int, help=f"steps of training (default: {steps})")
    parser.add_argument("--lr", type=float, default=lr, help="learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or tpu")
    parser.add_argument("--jit", action="store_true", help="run each step as one compiled program")
    parser.add_argument("--quick", action="store_true", help=f"{quick_steps} steps")
    args = parser.parse_args()
    if args.steps is None:
        args.steps = quick_steps if args.quick else steps
    torch.manual_seed(args.seed)
    torch.set_default_device(args.device)
    return args


def train(step, steps, every=50):
    """Call `step()` that often; it returns a loss, which is looked at now and then only: looking waits for it."""
    bar = tqdm(range(steps), mininterval=1)
    for i in bar:
        loss = step()
        if i % every == 0 or i == steps - 1:
            bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)


def result(what, value, *, at_least=None, at_most=None):
    """Print a figure beside the one that is asked for. Returns the script's exit code: 0 where it is reached."""
    if at_least is not None:
        print(f"{what}: {value:.4f} (required: at least {at_least})")
        return int(not value >= at_least)
    print(f"{what}: {value:.4f} (allowed: at most {at_most})")
    return int(not value <= at_most)


def picture(images, shades=" .:-=+*#%@"):
    """Images (n, height, width) of values from 0 to 1 side by side, as text."""
    places = (images.clamp(0, 1) * (len(shades) - 1)).round().to(torch.int64).tolist()
    rows = zip(*places, strict=True)
    return "\n".join("  ".join("".join(2 * shades[p] for p in part) for part in row) for row in rows)
