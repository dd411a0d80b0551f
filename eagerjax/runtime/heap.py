"""What the C library does with freed memory."""

import ctypes
import os
import sys

OURS = "EAGERJAX_HEAP"
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
SETTINGS = ((TOP_PAD, 64 << 20), (MMAP_THRESHOLD, 32 << 20), (TRIM_THRESHOLD, 1 << 30))


def keep():
    """Let glibc keep freed blocks for the next step, up to a gigabyte, where PyTorch's allocators on devices do the same.

    By default it hands large blocks back, and takes them anew for each step with a page fault for every 4 KB: up to a quarter
    of a large step, depending on how the heap happens to lie. Above all, a heap of a thread that has become empty goes
    unless there is a pad to keep. Whoever has set malloc up himself (MALLOC_... or GLIBC_TUNABLES in the environment), or
    EAGERJAX_HEAP=libc, keeps that; other C libraries have no such settings. See docs/decisions/0018-middle-sizes-in-numpy.md.
    """
    theirs = any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ)
    if theirs or os.environ.get(OURS) == "libc" or not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        for setting, value in SETTINGS:
            libc.mallopt(setting, value)
