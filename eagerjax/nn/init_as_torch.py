"""The initialisations that draw by rejection in PyTorch: the same draws, where PyTorch's own numbers are drawn."""

import math

import numpy as np

from eagerjax.namespace import torch


def truncated(values, mean, std, a, b, generator):
    """Normal values within [a, b], in a tensor like `values`: drawn anew until all of them are."""
    if _cdf((b - mean) / std) - _cdf((a - mean) / std) > 0.3:
        return _redrawn(values, mean, std, a, b, generator)
    log_peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def draw():
        """Even candidates, and which of them are to be drawn anew: the more, the less likely they are."""
        candidates = torch.empty_like(values).uniform_(a, b, generator=generator)
        heights = (candidates - mean).div(std).pow(2).mul(-0.5).sub(log_peak)
        return candidates, torch.empty_like(values).uniform_(generator=generator).log() > heights

    result, pending = draw()
    while pending.any():
        candidates, again = draw()
        result, pending = torch.where(pending, candidates, result), pending & again
    return result


def _redrawn(values, mean, std, a, b, generator):
    low, high = (torch.tensor(v, dtype=values.dtype).item() for v in (a, b))
    result = values.normal_(mean, std, generator=generator)
    while (outside := (result < low) | (result > high)).any():
        result = torch.where(outside, torch.empty_like(values).normal_(mean, std, generator=generator), result)
    return result


def _cdf(x):
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def zeros_per_column(matrix, count):
    """Where `count` elements of each column are to be zero, drawn column by column from the default generator."""
    rows, columns = matrix.shape
    chosen = np.zeros((rows, columns), bool)
    for column in range(columns):
        chosen[torch.randperm(rows).tolist()[:count], column] = True
    return torch.tensor(chosen, device=matrix.device)
