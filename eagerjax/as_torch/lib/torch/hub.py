"""torch.hub: files of weights, kept in a folder."""

import hashlib
import importlib.util
import os
import re
import sys
import tempfile
import urllib.request
from urllib.parse import urlparse as urlparse

from eagerjax.as_torch.missing import refuse
from eagerjax.as_torch.paths import follow

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
_hub_dir = None


def __getattr__(name):
    """`tqdm`: programs import it from here, where the library is installed (PyTorch has a stand-in where it is not)."""
    if name != "tqdm":
        raise AttributeError(f"module 'torch.hub' has no attribute {name!r}")
    return importlib.import_module("tqdm").tqdm


def _get_torch_home():
    cache = os.path.join(os.getenv("XDG_CACHE_HOME", "~/.cache"), "torch")
    return os.path.expanduser(os.getenv("TORCH_HOME", cache))


def get_dir():
    """The folder of downloads."""
    return _hub_dir or os.path.join(_get_torch_home(), "hub")


def set_dir(d):
    """Set the folder of downloads."""
    global _hub_dir  # noqa: PLW0603  a process-wide setting, as in PyTorch
    _hub_dir = os.path.expanduser(d)


def download_url_to_file(url, dst, hash_prefix=None, progress=True):
    """Download; the file appears when it is complete. Raises RuntimeError if its SHA-256 does not start as it should."""
    dst = os.path.expanduser(dst)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False) as part:
        try:
            with urllib.request.urlopen(url) as answer:
                while block := answer.read(1 << 20):
                    digest.update(block)
                    part.write(block)
            if hash_prefix and not digest.hexdigest().startswith(hash_prefix):
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}")')
        except BaseException:
            os.unlink(part.name)
            raise
    os.replace(part.name, dst)


def load_state_dict_from_url(url, model_dir=None, map_location=None, progress=True, check_hash=False, file_name=None,
                             weights_only=False):  # fmt: skip
    """The state dict at an address, downloaded once."""
    model_dir = model_dir or os.path.join(get_dir(), "checkpoints")
    os.makedirs(model_dir, exist_ok=True)
    filename = file_name or os.path.basename(urlparse(url).path)
    cached = os.path.join(model_dir, filename)
    if not os.path.exists(cached):
        sys.stderr.write(f'Downloading: "{url}" to {cached}\n')
        found = HASH_REGEX.search(filename) if check_hash else None
        download_url_to_file(url, cached, found.group(1) if found else None, progress)
    return follow("torch").load(cached, map_location=map_location, weights_only=weights_only)


def load(repo_or_dir, model, *args, source="github", **kwargs):
    """A model by the `hubconf.py` of a folder (`source="local"`). Repositories are not downloaded."""
    if source != "local":
        refuse('torch.hub.load of a repository (source="local" with a folder is)')
    return getattr(_hubconf(repo_or_dir), model)(*args, **kwargs)


def list(repo_or_dir, *args, source="github", **kwargs):
    """The models that the `hubconf.py` of a folder offers."""
    if source != "local":
        refuse('torch.hub.list of a repository (source="local" with a folder is)')
    found = vars(_hubconf(repo_or_dir))
    return [name for name, value in found.items() if callable(value) and not name.startswith("_")]


def _hubconf(folder):
    spec = importlib.util.spec_from_file_location("hubconf", os.path.join(folder, "hubconf.py"))
    made = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(str(folder))
    return made
