"""Worker processes, seen from the main process: plain subprocesses, so no script needs a guard and no thread of JAX
is ever forked. One thread for each worker receives its batches; a worker that dies is noticed at once.
"""

import collections
import importlib.util
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

from eagerjax.utils.data import wire
from eagerjax.utils.data.worker_loop import STATE

_DIED = object()
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def pack(dataset, collate_fn, worker_init_fn):
    """(pickle, buffers) of what every worker needs. Raises ImportError where cloudpickle is missing."""
    try:
        import cloudpickle  # noqa: PLC0415
    except ImportError as error:
        raise ImportError("DataLoader(num_workers > 0) needs cloudpickle: pip install cloudpickle") from error
    buffers = []
    program = cloudpickle.dumps((dataset, collate_fn, worker_init_fn), protocol=5, buffer_callback=buffers.append)
    return program, [bytearray(b.raw()) for b in buffers]


class Worker:
    """One process, the socket to it, and the batches that have come back."""

    def __init__(self):
        self.sock, theirs = socket.socketpair()
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker_main.py")
        env = {**dict.fromkeys(_ONE_THREAD, "1"), **os.environ, "JAX_PLATFORMS": "cpu"}
        with theirs:
            command = [sys.executable, "-P", program, str(theirs.fileno()), root]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=env)
        self.inbox = queue.SimpleQueue()
        self.early = collections.deque()  # answers that came while another message was waited for
        threading.Thread(target=_receive, args=(self.sock, self.inbox), daemon=True).start()

    def send(self, message):
        """Send; a worker that is gone is reported when its answer is waited for."""
        try:
            wire.send(self.sock, message)
        except (ConnectionError, OSError):
            self.inbox.put(_DIED)

    def answer(self, epoch, timeout, index):
        """(kind, value) of the next answer in this epoch. Raises RuntimeError if it does not come."""
        while True:
            try:
                message = self.early.popleft() if self.early else self.inbox.get(timeout=timeout or None)
            except queue.Empty:
                raise RuntimeError(f"DataLoader timed out after {timeout} seconds, waiting for {index}") from None
            if message is _DIED:
                raise RuntimeError(f"{self.fate()} It was loading {index}.")
            if isinstance(message, Exception):
                raise RuntimeError("a batch of a DataLoader worker could not be unpickled") from message
            if message[0] == epoch:
                return message[1:]

    def random_state(self, ahead):
        """(as its pass began, before the last `ahead` batches that it was asked for)."""
        self.send((STATE, ahead))
        while True:
            message = self.inbox.get()
            if message is _DIED:
                raise RuntimeError(f"{self.fate()} It was asked for its random state.")
            if not isinstance(message, Exception) and message[0] == STATE:
                return message[1]
            self.early.append(message)

    def fate(self):
        """How the process ended, in words."""
        pid = self.process.pid
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:
            return f"DataLoader worker (pid {pid}) closed its connection."
        if code >= 0:
            return f"DataLoader worker (pid {pid}) exited unexpectedly with exit code {code}."
        hint = " It may have run out of memory." if -code == signal.SIGKILL else ""
        return f"DataLoader worker (pid {pid}) is killed by signal: {signal.Signals(-code).name}.{hint}"


def _receive(sock, inbox):
    """The thread of one worker: whatever arrives goes into the inbox, whoever waits."""
    while True:
        try:
            inbox.put(wire.receive(sock))
        except (EOFError, OSError):
            inbox.put(_DIED)
            return
        except Exception as error:  # noqa: BLE001  (of unpickling; told to whoever waits for the batch)
            inbox.put(error)


def start(count, setup, seed, idle=()):
    """`count` workers that have been sent all they need; `setup` is what they have in common. Idle ones come first."""
    if importlib.util.find_spec("fcntl") is None:
        raise NotImplementedError("DataLoader(num_workers > 0) is not supported on Windows: use num_workers=0")
    fit = [worker for worker in idle if worker.process.poll() is None]
    workers, surplus = fit[:count], fit[count:]
    stop(surplus)
    try:
        while len(workers) < count:
            workers.append(Worker())
        for i, worker in enumerate(workers):
            worker.send(("setup", {**setup, "id": i, "count": count, "seed": seed + i, "path": sys.path}))
    except BaseException:
        stop(workers)
        raise
    return workers


def stop(workers, patience=0.5):
    """End the processes: closing the connection lets them go; those that are busy are ended after a moment."""
    for worker in workers:
        try:
            worker.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    deadline = time.monotonic() + patience
    for end in (None, subprocess.Popen.terminate, subprocess.Popen.kill):
        for worker in workers:
            if end is not None and worker.process.poll() is None:
                end(worker.process)
        for worker in workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
        deadline = time.monotonic() + patience
    for worker in workers:
        worker.sock.close()
    workers.clear()
