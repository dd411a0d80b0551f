"""Tables of text."""

import types


def tabulated(head, rows):
    """Columns under their heads, two spaces apart; a column is at least two wider than its head."""
    rows = [[text(cell) for cell in row] for row in rows]
    widths = [max([len(name) + 2, *(len(row[i]) for row in rows)]) for i, name in enumerate(head)]
    lines = [head, ["-" * w for w in widths], *rows]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in lines)


def text(cell):
    if isinstance(cell, types.FunctionType):  # whose own text says the place in the package, not the name
        return f"<function {cell.__name__} at {id(cell):#x}>"
    return str(cell)
