"""Writing a file so that a crash at any moment leaves either the old one or the new one, whole."""

import contextlib
import os
import secrets
import socket
import stat
import zlib


@contextlib.contextmanager
def replacing(path):
    """A file to write to; at the end it takes the place of `path`. If anything fails, `path` is what it was.

    The bytes are on the disk before the name is: written beside the target, synced, renamed, directory synced.
    What is no regular file (a device, a pipe) is written directly.
    """
    path = os.path.realpath(os.fsdecode(path))
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            yield file
        return
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    remove_leftovers(folder, name)
    beside = os.path.join(folder, f".{name[:100]}.{_HOST}-{os.getpid()}-{secrets.token_hex(6)}.tmp")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            if mode is not None:
                os.chmod(beside, stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    sync_folder(folder)


_HOST = zlib.crc32(socket.gethostname().encode())


def remove_leftovers(folder, name):
    """Remove what processes of this machine began to write for this target before they were killed."""
    start = f".{name[:100]}.{_HOST}-"
    for entry in os.listdir(folder):
        pid = entry.removeprefix(start).partition("-")[0] if entry.startswith(start) and entry.endswith(".tmp") else ""
        if pid.isdecimal() and not is_alive(int(pid)):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, entry))


def is_alive(pid):
    if os.name == "nt":
        return True  # os.kill would end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process
        return True
    return True


def sync_folder(folder):
    """Put the new name itself on the disk, where the system can (Windows cannot open folders)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
