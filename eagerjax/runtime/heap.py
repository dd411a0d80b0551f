"""What the C library does with freed memory."""

import numpy as np

LARGEST = (32 << 20) - (1 << 13)
"""Bytes of the largest block from whose release glibc learns."""


def keep():
    """Let glibc keep freed blocks, as it does in any program that has once freed a large one.

    Until then it maps each block of more than 128 KB anew, and each 4 KB of it cost a page fault, which on a virtual machine
    takes as long as computing them 20 times over. It learns from what is freed, up to 32 MB: such a block is freed here,
    untouched. Other C libraries do not notice. See docs/decisions/0018-middle-sizes-in-numpy.md.
    """
    np.empty(LARGEST, np.uint8)
