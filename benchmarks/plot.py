"""Lines in a plot with two logarithmic axes: their slopes, and the plot as an SVG file, in plain Python."""

import math
import statistics
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 560, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 48
COLOURS = ("#d95f02", "#1f77b4", "#2ca02c", "#7570b3")
STYLE = "text{font:12px sans-serif;fill:#333}.grid{stroke:#e4e4e4}.frame{fill:none;stroke:#888}"


def log_log(title, across, up, lines):
    """The SVG text. `lines` is {name: [(x, y), ...]} of positive numbers; names appear in the legend as they are."""
    xs, ys = ([point[i] for points in lines.values() for point in points] for i in (0, 1))
    x, y = Axis(xs, LEFT, WIDTH - RIGHT), Axis(ys, HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        *grid(x, y),
        words(title, LEFT, 20, "start", "font-weight='bold'"),
        words(across, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10),
        words(up, 16, (TOP + HEIGHT - BOTTOM) / 2, more=f"transform='rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})'"),
    ]
    for number, (name, points) in enumerate(lines.items()):
        parts += line(name, points, x, y, number)
    return "\n".join([*parts, "</svg>", ""])


def exponent(points):
    """The slope of the upper half of the points (two at least) in log-log, by least squares; None for fewer."""
    upper = points[min(len(points) // 2, max(len(points) - 2, 0)) :]
    if len(upper) < 2:
        return None
    return statistics.linear_regression(*([math.log(v) for v in values] for values in zip(*upper))).slope


class Axis:
    """From a value to its place, logarithmically; the ends lie a little beyond the values."""

    def __init__(self, values, start, end):
        low, high = math.log10(min(values)), math.log10(max(values))
        edge = max(0.05 * (high - low), 0.1)
        self.low, self.high, self.start, self.end = low - edge, high + edge, start, end

    def __call__(self, value):
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        """Powers of ten; also 2 and 5 times these where there are few."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        steps = (1,) if self.high - self.low > 2.5 else (1, 2, 5)
        found = [step * 10.0**power for power in powers for step in steps]
        return [value for value in found if self.low <= math.log10(value) <= self.high]


def grid(x, y):
    for value in x.ticks():
        yield f'<line class="grid" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield words(short(value), x(value), HEIGHT - BOTTOM + 16)
    for value in y.ticks():
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        yield words(short(value), LEFT - 6, y(value) + 4, "end")
    yield f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"/>'


def line(name, points, x, y, number):
    """One line with its points, and its place in the legend."""
    colour, height = COLOURS[number % len(COLOURS)], TOP + 18 + 18 * number
    places = [(x(a), y(b)) for a, b in points]
    yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in places)}"/>'
    for a, b in places:
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>'
    yield f'<line stroke="{colour}" stroke-width="2" x1="{LEFT + 10}" x2="{LEFT + 30}" y1="{height - 4}" y2="{height - 4}"/>'
    yield words(name, LEFT + 36, height, "start")


def words(text, x, y, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'


def short(value):
    """1000 as 1k, and so on."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
