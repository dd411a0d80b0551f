"""Numbers of channels."""


def divisible(value, divisor, min_value=None):
    """The multiple of `divisor` that is nearest to `value`, not below `min_value` nor more than 10 % below `value`."""
    made = max(min_value or divisor, int(value + divisor / 2) // divisor * divisor)
    return made + divisor if made < 0.9 * value else made
