"""A line search that satisfies the strong Wolfe conditions: sufficient decrease, and a flat enough slope."""

import math


class Point:
    """One place on the line: step `t`, loss `f`, gradient `g`, slope along the line."""

    __slots__ = ("f", "g", "slope", "t")

    def __init__(self, t, f, g, slope):
        self.t = t
        self.f = f
        self.g = g
        self.slope = slope


def cubic_minimum(a, b, bounds=None):
    """The minimum of the cubic through two points with their slopes, kept within `bounds`."""
    low, high = bounds or (min(a.t, b.t), max(a.t, b.t))
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if a.t <= b.t:
        best = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        best = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(best, low), high)


class StrongWolfe:
    """`at(t)` evaluates the objective on the line; `start` is the point at t = 0."""

    def __init__(self, at, start, length, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
        self.evaluate = at
        self.start = start
        self.length = length  # the largest element of the direction
        self.c1 = c1
        self.c2 = c2
        self.tolerance = tolerance_change
        self.max = max_ls
        self.evaluations = 0

    def at(self, t):
        self.evaluations += 1
        return self.evaluate(t)

    def too_high(self, point):
        return point.f > self.start.f + self.c1 * point.t * self.start.slope

    def flat(self, point):
        return abs(point.slope) <= -self.c2 * self.start.slope

    def search(self, t):
        """The best point found, trying step `t` first."""
        bracket, tries, done = self.bracket(t)
        return bracket[0] if done else self.zoom(bracket, tries)

    def bracket(self, t):
        """Two points between which a good one lies, how many tries it took, and whether the first is good already."""
        before, point = self.start, self.at(t)
        tries = 0
        while tries < self.max:
            if self.too_high(point) or (tries > 1 and point.f >= before.f):
                return [before, point], tries, False
            if self.flat(point):
                return [point], tries, True
            if point.slope >= 0:
                return [before, point], tries, False
            bounds = (point.t + 0.01 * (point.t - before.t), point.t * 10)
            before, point = point, self.at(cubic_minimum(before, point, bounds))
            tries += 1
        return [self.start, point], tries, False

    def zoom(self, bracket, tries):
        """Narrow the bracket down; the lowest point in the end."""
        low, high = sorted(bracket, key=lambda point: point.f)
        stuck = False
        while tries < self.max and abs(high.t - low.t) * self.length >= self.tolerance:
            t, stuck = inside(low, high, stuck)
            point = self.at(t)
            tries += 1
            if self.too_high(point) or point.f >= low.f:
                low, high = sorted((low, point), key=lambda point: point.f)
                continue
            if self.flat(point):
                return point
            if point.slope * (high.t - low.t) >= 0:
                high = low
            low = point
        return low


def inside(low, high, stuck):
    """(a step between two points, whether it is too near to one of them); the second time it is moved away."""
    left, right = min(low.t, high.t), max(low.t, high.t)
    t, margin = cubic_minimum(low, high), 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if stuck or t >= right or t <= left:
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, True
