"""Downloads: to a temporary file beside the target, checked, then renamed; a half file is never left behind."""

import hashlib
import os
import tempfile
import urllib.request


def fetch(name, mirrors, target, sha256, timeout=30):
    """Get `name` from the first of `mirrors` that has it. Raises RuntimeError that tells what to place where."""
    failures = []
    for mirror in mirrors:
        try:
            return download(mirror + name, target, sha256, timeout)
        except (OSError, ValueError) as error:
            failures.append(f"{mirror}: {error}")
    tried = "\n  ".join(failures)
    raise RuntimeError(
        f"{name} could not be downloaded:\n  {tried}\nWithout a connection, place the file (SHA-256 {sha256}) at "
        f"{target}, or use vision.datasets.Digits, which needs no download."
    )


def download(url, target, sha256, timeout=30):
    """Put what is at `url` into `target`. Raises ValueError where its SHA-256 is another one."""
    folder = os.path.dirname(target)
    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix=os.path.basename(target) + ".", suffix=".part", dir=folder)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(url, timeout=timeout) as response:
            while chunk := response.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise ValueError(f"the file is damaged: SHA-256 {digest.hexdigest()}, should be {sha256}")
        os.replace(path, target)
    except BaseException:
        os.unlink(path)
        raise
