"""torch.torch_version: the version, a string that compares as a version."""

import re

from eagerjax.as_torch.table import VERSION

__all__ = ["TorchVersion"]


def _parts(version):
    """Numbers, and what comes before a release: 2.13.0 > 2.13.0rc1 > 2.12."""
    text = ".".join(map(str, version)) if isinstance(version, tuple) else str(version)
    public = text.split("+")[0]
    numbers = re.match(r"[\d.]*", public).group().strip(".").split(".")
    rest = public[len(re.match(r"[\d.]*", public).group()) :].lstrip(".-")
    release = [int(n) for n in numbers if n]
    while release and release[-1] == 0:
        release.pop()
    return release, (rest == "" or rest.startswith("post"), rest)


class TorchVersion(str):
    """The version: a string, compared as a version with strings and tuples."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return _parts(self) == _parts(other) if isinstance(other, (str, tuple)) else NotImplemented

    def __lt__(self, other):
        return _parts(self) < _parts(other)

    def __le__(self, other):
        return _parts(self) <= _parts(other)

    def __gt__(self, other):
        return _parts(self) > _parts(other)

    def __ge__(self, other):
        return _parts(self) >= _parts(other)


__version__ = TorchVersion(VERSION)
