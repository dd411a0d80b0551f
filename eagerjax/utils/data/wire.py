"""Messages over a socket: pickles whose arrays travel beside them, without a copy on the way."""

import pickle
import struct

import numpy as np

_LENGTH = struct.Struct("!Q")


def send(sock, message):
    """Send a picklable object; what plain pickle cannot name (classes of `__main__`, lambdas) goes by cloudpickle."""
    buffers = []
    try:
        head = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    except Exception:  # noqa: BLE001  (pickle raises whatever __reduce__ raises)
        import cloudpickle  # noqa: PLC0415

        buffers = []
        head = cloudpickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [head, *(b.raw() for b in buffers)]
    sizes = [len(parts), *(len(part) for part in parts)]
    sock.sendall(b"".join(map(_LENGTH.pack, sizes)))
    for part in parts:
        sock.sendall(part)


def receive(sock):
    """The next object. Raises EOFError when the other side is gone."""
    (count,) = _LENGTH.unpack(_read(sock, _LENGTH.size))
    sizes = [_LENGTH.unpack(_read(sock, _LENGTH.size))[0] for _ in range(count)]
    head, *buffers = [_read(sock, size) for size in sizes]
    return pickle.loads(head, buffers=buffers)


def _read(sock, size):
    """`size` bytes in memory of their own."""
    memory = memoryview(np.empty(size, np.uint8))
    at = 0
    while at < size:
        got = sock.recv_into(memory[at:])
        if got == 0:
            raise EOFError
        at += got
    return memory
