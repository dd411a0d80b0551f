"""Text that every Python carries with it: its own documentation."""

from pydoc_data.topics import topics

import eagerjax as torch


def read_text(length):
    """(text as symbol numbers, the symbols)."""
    text = "\n".join(topics[name] for name in sorted(topics))[:length]
    symbols = sorted(set(text))
    number = {symbol: i for i, symbol in enumerate(symbols)}
    return torch.tensor([number[symbol] for symbol in text]), symbols


def batch_of(text, batch, time):
    """`batch` random stretches of the text, and the same one symbol later: (batch, time) each."""
    starts = torch.randint(0, len(text) - time - 1, (batch, 1))
    rows = starts + torch.arange(time)
    return text[rows], text[rows + 1]
