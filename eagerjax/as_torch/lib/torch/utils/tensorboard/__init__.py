"""torch.utils.tensorboard: scalars and texts as event files that TensorBoard reads."""

import os
import socket
import time
import warnings

from eagerjax.as_torch.lib.torch.utils.tensorboard import events

__all__ = ["SummaryWriter"]


class FileWriter:
    """One event file."""

    def __init__(self, log_dir, filename_suffix=""):
        os.makedirs(log_dir, exist_ok=True)
        stamp = f"{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{time.time_ns() % 10**6}"
        name = f"events.out.tfevents.{stamp}{filename_suffix}"
        self.log_dir = log_dir
        self.file = open(os.path.join(log_dir, name), "ab")
        self.file.write(events.record(events.version()))

    def get_logdir(self):
        return self.log_dir

    def write(self, value, step, walltime):
        self.file.write(events.record(events.event(value, step, walltime)))

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.close()


class SummaryWriter:
    """Writes scalars and texts. Images, histograms, graphs and the like are dropped, with a warning for each kind."""

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        started = time.strftime("%b%d_%H-%M-%S")
        self.log_dir = str(log_dir) if log_dir else os.path.join("runs", f"{started}_{socket.gethostname()}{comment}")
        self.filename_suffix = filename_suffix
        self.writers, self.refused = {}, set()
        self._writer(self.log_dir)

    def _writer(self, folder):
        if folder not in self.writers:
            self.writers[folder] = FileWriter(folder, self.filename_suffix)
        return self.writers[folder]

    @property
    def file_writer(self):
        return self._writer(self.log_dir)

    def _get_file_writer(self):
        return self.file_writer

    def get_logdir(self):
        return self.log_dir

    def _write(self, value, step, walltime, folder=None):
        self._writer(folder or self.log_dir).write(value, step, walltime)

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """A number at a step."""
        self._write(events.scalar(str(tag), float(scalar_value)), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Several numbers that belong in one diagram, each in a file of its own."""
        for tag, number in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            self._write(events.scalar(main_tag, float(number)), global_step, walltime, folder)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        """A text at a step."""
        self._write(events.text(f"{tag}/text_summary", str(text_string)), global_step, walltime)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """The settings as a text, the results as scalars."""
        rows = "\n".join(f"|{key}|{value}|" for key, value in hparam_dict.items())
        self.add_text("hparams", f"|param|value|\n|-|-|\n{rows}", global_step)
        for tag, number in metric_dict.items():
            self.add_scalar(tag, number, global_step)

    def __getattr__(self, name):
        if not name.startswith("add_"):
            raise AttributeError(f"'SummaryWriter' object has no attribute {name!r}")

        def drop(*args, **kwargs):
            if name not in self.refused:
                self.refused.add(name)
                warnings.warn(f"SummaryWriter.{name} is not supported by eagerjax: nothing is written", stacklevel=2)

        return drop

    def flush(self):
        for writer in self.writers.values():
            writer.flush()

    def close(self):
        for writer in self.writers.values():
            writer.close()
        self.writers.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
