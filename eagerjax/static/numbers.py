"""Python's numbers in compiled functions: when two are one, and which steps took the number that an argument brings."""

NUMBERS = (int, float, complex)


def alike(a, b):
    """Of one value: 0.0 is not -0.0, whose inverse is another, and what is not a number is like itself."""
    if a != b:
        return a != a and b != b
    return (bool(a) and type(a) is not complex) or repr(complex(a)) == repr(complex(b))


def explain_numbers(before, after):
    """{index of a number: positions that took its value} for all numbers that differ between two recordings of one path.

    `before` and `after` are (Recording, numbers of the call). None if some number of the trace changed and no argument (or
    watched value) changed with it.
    """
    (old, old_numbers), (new, new_numbers) = before, after
    fixed = {p for p, _ in new.words} | {p for *_, first, last, _ in new.updates for p in range(first, last)}
    changed = [p for p, (a, b) in enumerate(zip(old.scalars, new.scalars)) if not alike(a, b) and p not in fixed]
    moved = [i for i, (a, b) in enumerate(zip(old_numbers, new_numbers)) if not alike(a, b)]
    found = [(i, p) for i in moved for p in changed
             if is_taken(old_numbers[i], old.scalars[p]) and is_taken(new_numbers[i], new.scalars[p])]  # fmt: skip
    exact = {p for i, p in found if type(old_numbers[i]) is type(old.scalars[p])}
    free = {}
    for i, p in found:
        if p not in exact or type(old_numbers[i]) is type(old.scalars[p]):
            free.setdefault(i, []).append(p)
    return free if set(changed) <= {p for places in free.values() for p in places} else None


def is_taken(number, scalar):
    """May a number of the trace be this one? It may have become a float on the way."""
    return alike(number, scalar) and (type(scalar) is type(number) or (type(scalar) is float and type(number) is int))
