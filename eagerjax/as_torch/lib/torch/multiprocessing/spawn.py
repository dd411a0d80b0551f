"""`spawn`: one function in several new processes, whose errors are the caller's."""

import multiprocessing.connection
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings

from eagerjax.as_torch.lib.torch.multiprocessing.context import SPAWNING, context_of

PATIENCE = 30.0
"""Seconds after which a process that was asked to end is ended."""


class ProcessException(Exception):
    """A process that was started failed."""

    def __init__(self, msg, error_index, error_pid):
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self):
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """It raised an exception, whose traceback the message holds."""


class ProcessExitedException(ProcessException):
    """It ended with an exit code, or by a signal."""

    def __init__(self, msg, error_index, error_pid, exit_code, signal_name=None):
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self):
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


def _wrap(fn, i, args, error_file):
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass
    except Exception:  # noqa: BLE001  (the function's own; the parent raises it)
        with open(error_file, "w") as file:
            file.write(traceback.format_exc())
        sys.exit(1)


def end_with_parent():
    """Where the parent is gone, the process is interrupted, as PyTorch has it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGINT)


class ProcessContext:
    """Processes that were started together; `error_files`: where each writes its traceback."""

    def __init__(self, processes, error_files):
        self.processes, self.error_files = processes, error_files
        self.sentinels = {process.sentinel: i for i, process in enumerate(processes)}

    def pids(self):
        return [int(process.pid) for process in self.processes]

    def join(self, timeout=None, grace_period=None):
        """Wait for one or more to end; True when all have. Where one has failed, the others are ended, and it raises."""
        ready = multiprocessing.connection.wait(list(self.sentinels), timeout) if self.sentinels else ()
        for sentinel in ready:
            index = self.sentinels.pop(sentinel)
            self.processes[index].join()
            if self.processes[index].exitcode != 0:
                self.end_all(grace_period)
                raise self.error_of(index)
        return not self.sentinels

    def end_all(self, grace_period):
        """End the processes that are left: first kindly."""
        if grace_period is not None:
            self.wait_for_all(grace_period)
        for process in self.processes:
            if process.is_alive():
                process.terminate()
        self.wait_for_all(PATIENCE if grace_period is None else grace_period)
        for process in self.processes:
            if process.is_alive():
                process.kill()
            process.join()

    def wait_for_all(self, seconds):
        end = time.monotonic() + seconds
        for process in self.processes:
            process.join(max(0, end - time.monotonic()))

    def error_of(self, i):
        """The exception for process `i`, which has failed."""
        pid, code, path = self.processes[i].pid, self.processes[i].exitcode, self.error_files[i]
        if os.path.exists(path):
            with open(path) as file:
                text = file.read()
            os.unlink(path)
            return ProcessRaisedException(f"\n\n-- Process {i} terminated with the following error:\n{text}", i, pid)
        if code >= 0:
            return ProcessExitedException(f"process {i} terminated with exit code {code}", i, pid, code)
        name = signal.Signals(-code).name if -code in {*signal.Signals} else f"<Unknown signal {-code}>"
        return ProcessExitedException(f"process {i} terminated with signal {name}", i, pid, code, name)


class SpawnContext(ProcessContext):
    """The old name of ProcessContext."""

    def __init__(self, processes, error_files):
        warnings.warn("SpawnContext is renamed to ProcessContext since 1.4 release.", stacklevel=2)
        super().__init__(processes, error_files)


def start_processes(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Call `fn(i, *args)` in each of `nprocs` processes, and wait for them; with `join=False`, give their context."""
    context = SPAWNING if start_method == "spawn" else context_of(start_method)
    processes, files = [], []
    for i in range(nprocs):
        descriptor, path = tempfile.mkstemp(prefix="eagerjax-error-")
        os.close(descriptor)
        os.unlink(path)
        process = context.Process(target=_wrap, args=(fn, i, args, path), daemon=daemon)
        process.start()
        processes.append(process)
        files.append(path)
    started = ProcessContext(processes, files)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Call `fn(i, *args)` in each of `nprocs` new processes. Raises ProcessRaisedException with the traceback of one that
    raised, ProcessExitedException for one that ended with another exit code than 0."""
    if start_method != "spawn":
        warnings.warn(f"This method only supports start_method=spawn (got: {start_method}).\nTo use a different start_method "
                      "use:\n\t\t torch.multiprocessing.start_processes(...)", FutureWarning, stacklevel=2)  # fmt: skip
    return start_processes(fn, args, nprocs, join, daemon)
