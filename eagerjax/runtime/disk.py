"""Compiled programs on disk, so that a second process need not compile them: on unless EAGERJAX_CACHE=off.

JAX's own cache can be had only by its global configuration, which is the user's; where the user has set it, this one keeps
out of the way. See docs/decisions/0014-programs-on-disk.md.
"""

import functools
import hashlib
import os
import pickle
import secrets
import stat
import sys
import time
import warnings

import jax
import numpy as np

MAGIC = b"eagerjax program 1\n"
WORTH = 0.1
"""Seconds of compiling from which on a program is kept."""
ROOM = 2 << 30
"""Bytes that the folder may hold; what was not used for longest goes first."""
STRANGE = (RuntimeError, ValueError, TypeError, NotImplementedError, EOFError, pickle.UnpicklingError)
"""What JAX raises for programs (or on backends) that cannot be stored, and for what cannot be loaded here."""
counts = {"loaded": 0, "stored": 0}


@functools.cache
def folder():
    """Where programs are kept; None where they are not: switched off, or a folder that others could write to."""
    wanted = os.environ.get("EAGERJAX_CACHE", "")
    if wanted.lower() in ("off", "0", "no", "false") or getattr(jax.config, "jax_compilation_cache_dir", None):
        return None
    path = os.path.abspath(os.path.expanduser(wanted)) if wanted else os.path.join(home(), "eagerjax", "programs")
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        facts = os.stat(path)
    except OSError:
        return None
    if hasattr(os, "getuid") and (facts.st_uid != os.getuid() or stat.S_IMODE(facts.st_mode) & 0o022):
        warnings.warn(f"compiled programs are not kept: others may write to {path} (EAGERJAX_CACHE names another folder, or "
                      "is off)", RuntimeWarning, stacklevel=2)  # fmt: skip
        return None
    return path


def home():
    """The user's folder for caches."""
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches")
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


@functools.cache
def machine():
    """All besides the program that an executable depends on."""
    import jaxlib.version  # noqa: PLC0415

    device = jax.devices()[0]
    facts = [MAGIC, jax.__version__, jaxlib.version.__version__, device.platform, device.device_kind,
             device.client.platform_version, sys.version, os.environ.get("XLA_FLAGS", ""),
             os.environ.get("LIBTPU_INIT_ARGS", ""), features()]  # fmt: skip
    return repr(facts).encode()


def features():
    """What the processor can do: an executable uses all of it."""
    try:
        with open("/proc/cpuinfo") as file:
            return sorted({line for line in file if line.startswith(("flags", "Features", "model name"))})
    except OSError:
        import platform  # noqa: PLC0415

        return [platform.machine(), platform.processor()]


def key_of(lowered, options):
    """The name of a program's file; None for one that calls back into Python, or runs on several devices."""
    text = lowered.as_text()
    alone = "num_partitions = 1 " in text and "num_replicas = 1 " in text
    if not alone or "callback" in text or "__elided__" in text:
        return None
    return hashlib.sha256(machine() + repr(sorted((options or {}).items())).encode() + text.encode()).hexdigest()


def on_first_device(arrays):
    """Are all arrays where new ones are made? An executable is for one device."""
    first = jax.devices()[0]
    return all(
        isinstance(a, (np.ndarray, np.generic)) or (len(a.devices()) == 1 and first in a.devices()) for a in arrays
    )


def prepared(jitted, arguments, options):
    """(a function that runs the program, its executable if it is at hand): one that was kept, or `jitted` itself, which is
    compiled (and kept) now."""
    where = folder()
    if where is None or not on_first_device(arguments):
        return jitted, None
    lowered = jitted.lower(*arguments)
    key = key_of(lowered, options)
    if key is None:
        return jitted, None
    path = os.path.join(where, key)
    found = load(path, key, lowered)
    if found is not None:
        counts["loaded"] += 1
        return either(found, jitted), found
    start = time.perf_counter()
    compiled = lowered.compile()  # `jitted` uses it as well
    if time.perf_counter() - start > WORTH:
        store(path, key, compiled)
    return jitted, compiled


def either(loaded, jitted):
    """The loaded program, or `jitted` for inputs that lie elsewhere than when it was stored (sharded ones, say)."""

    def run(*arguments):
        try:
            return loaded(*arguments)
        except (TypeError, ValueError):  # raised before it runs: what the program itself finds wrong is data
            return jitted(*arguments)

    return run


def load(path, key, lowered):
    """The program of a file; None where there is none, or it is damaged or of another key."""
    from jax.experimental.serialize_executable import deserialize_and_load  # noqa: PLC0415

    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    head, payload = content[: len(MAGIC) + 64], content[len(MAGIC) + 64 :]
    if head != MAGIC + checksum(key, payload):
        return None
    try:
        found = deserialize_and_load(payload, lowered.in_tree, lowered.out_tree)
        os.utime(path)
    except (*STRANGE, OSError):
        return None
    return found


def checksum(key, payload):
    """Of a program and its key: contents that were exchanged between two files are noticed."""
    return hashlib.sha256(key.encode() + payload).hexdigest().encode()


def store(path, key, compiled):
    from jax.experimental.serialize_executable import serialize  # noqa: PLC0415

    try:
        payload = serialize(compiled)[0]
    except STRANGE:
        return  # a program of several heaps, or a backend that does not serialize
    beside = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC + checksum(key, payload) + payload)
        os.replace(beside, path)
        counts["stored"] += 1
        if counts["stored"] == 1:
            make_room()
    except OSError:
        return  # a full disk: the program runs all the same


def make_room():
    """Remove what was not used for longest, and what was never finished."""
    entries = sorted(os.scandir(folder()), key=lambda e: e.stat().st_mtime, reverse=True)
    total = 0
    for entry in entries:
        total += entry.stat().st_size
        if total > ROOM or (entry.name.endswith(".tmp") and time.time() - entry.stat().st_mtime > 3600):
            os.unlink(entry.path)
