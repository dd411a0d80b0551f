"""Gradients of a weight that many calls read: a product of a few rows in each call, and one product of all rows in the end.

The gradient of a weight in `x @ weight.T` is as large as the weight, whatever the rows of x are: to compute it for each call
and to add it up costs two passes over memory for each, where the product of all calls' rows takes one.
"""

import numpy as np

WORTH = 4
"""So many times as many elements as in its two sides must be in a product that is put off."""


def is_worth(rows, height, width):
    """Is a product of `rows` rows of these two lengths to be put off?"""
    return WORTH * rows * (height + width) <= height * width


class RowSum:
    """The sum of `left.T @ right` over pairs of arrays with the same number of rows each, computed when it is asked for."""

    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = [left]
        self.right = [right]

    def add(self, other):
        """Take over the pairs of another one, which is not used any more."""
        self.left += other.left
        self.right += other.right

    def value(self):
        if len(self.left) == 1:
            return self.left[0].T.dot(self.right[0])
        return np.concatenate(self.left).T.dot(np.concatenate(self.right))


def computed(grad):
    """A gradient as an array."""
    return grad.value() if type(grad) is RowSum else grad
