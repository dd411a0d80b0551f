"""Random programs as whole functions under `jit=True`: each call must leave what the same lines leave without it."""

import random

import numpy as np
from programs import compare_grad, draw, explained, forbidden, report, start, step, tame

OBSERVES = frozenset({"print", "item", "tolist", "mask_read", "nonzero", "bool"})
CALLS = 6


def plan(lib, torch, seed, steps, draw=draw):
    """[(instruction, does its result join the pool?)] of a program, without those that raise."""
    rng = random.Random(seed)
    pool, mode, chosen = start(torch, random.Random(seed)), {"grad": True}, []
    observes = seed % 4 == 0
    for _ in range(steps):
        instruction = draw(rng, pool)
        if instruction[0] in OBSERVES and not observes:
            continue
        try:
            with torch.set_grad_enabled(mode["grad"]):
                result = step(torch, pool, mode, *instruction)
        except (RuntimeError, IndexError, ValueError, TypeError):
            continue
        keep = torch.is_tensor(result) and not forbidden(result) and tame(torch, result)
        if any(forbidden(t) or not tame(torch, t) for t in pool):
            return chosen
        chosen.append((instruction, keep))
        if keep:
            pool.append(result)
    return chosen


def follow(lib, chosen, *pool):
    """Run the instructions. Returns copies of the tensors that joined the pool."""
    pool, mode = list(pool), {"grad": True}
    for instruction, keep in chosen:
        with lib.set_grad_enabled(mode["grad"]):
            result = step(lib, pool, mode, *instruction)
        if keep:
            pool.append(result)
    return [t.clone() for t in pool[4:]]


def run(torch, lib, seed, steps):
    """One program, called several times both ways. Returns whether it came to be replayed."""
    chosen = plan(lib, torch, seed, steps)
    compiled = lib.compile(lambda *pool: follow(lib, chosen, *pool), jit=True)
    log = [instruction for instruction, *_ in chosen]
    for _ in range(CALLS):
        given, wanted = (start(lib, random.Random(seed)) for _ in range(2))
        try:
            want, expected = follow(lib, chosen, *wanted), None
        except RuntimeError as error:
            want, expected = [], error
        try:
            got, raised = compiled(*given), None
        except RuntimeError as error:
            got, raised = [], error
        assert type(expected) is type(raised), report(seed, log, want, f"{expected!r} / {raised!r}")
        agree(seed, log, [*wanted, *want], [*given, *got])
    return any(r.calls for v in compiled.variants.values() for r in v.replays)


def agree(seed, log, wanted, given):
    for i, (want, got) in enumerate(zip(wanted, given, strict=True)):
        text = f"tensor {i}: {want.tolist()} / {got.tolist()}"
        with explained(lambda: report(seed, log, wanted, text)):  # noqa: B023  (used at once)
            assert want.shape == got.shape and want.dtype == got.dtype
            assert want.requires_grad == got.requires_grad and want.is_leaf == got.is_leaf
            np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-4, atol=1e-5)
            if want.is_leaf:
                compare_grad(want.grad, got.grad)
