"""Trained weights: which published files there are, where they are looked for, and how a model gets them.

Nothing is downloaded: a file that is missing is named, with the place that it belongs to.
"""

import enum
import functools
import hashlib
import inspect
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from eagerjax.serialization import load
from eagerjax.vision.models.published import PUBLISHED
from eagerjax.vision.transforms.presets import ImageClassification

BUILDERS = {}  # name: the function that makes the model
_ENUMS = {}  # name: its weights
_HOME = "https://download.pytorch.org/models/"


@dataclass
class Weights:
    """One published file: its address, the images it was trained for, and facts about it."""

    url: str
    transforms: object
    meta: dict = field(default_factory=dict)


class WeightsEnum(enum.Enum):
    """The published weights of one model."""

    @classmethod
    def verify(cls, obj):
        """The member that `obj` is or names; None for None. Raises TypeError for the weights of another model."""
        if obj is None or isinstance(obj, cls):
            return obj
        if isinstance(obj, str):
            return cls[obj.replace(cls.__name__ + ".", "")]
        raise TypeError(f"Invalid Weight class provided; expected {cls.__name__} but received "
                        f"{type(obj).__name__}.")  # fmt: skip

    @property
    def url(self):
        return self.value.url

    @property
    def transforms(self):
        return self.value.transforms

    @property
    def meta(self):
        return self.value.meta

    @property
    def path(self):
        """Where the file is looked for: torch.hub's folder, which `TORCH_HOME` moves."""
        cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
        home = os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))
        return os.path.join(home, "hub", "checkpoints", os.path.basename(self.url))

    def get_state_dict(self, progress=True, check_hash=False, **options):
        """The parameters in the file. Raises RuntimeError where it is missing or, with `check_hash`, another one."""
        if not os.path.isfile(self.path):
            raise RuntimeError(f"{self} needs the file {os.path.basename(self.url)}, and eagerjax downloads no weights. "
                               f"Get {self.url} and place it at {self.path}, or give weights= the path of a file of "
                               "yours, or a state_dict.")  # fmt: skip
        if check_hash:
            check(self.path)
        return load(self.path, map_location="cpu", **options)

    def __repr__(self):
        return f"{type(self).__name__}.{self.name}"

    __str__ = __repr__


def check(path):
    """Raises RuntimeError where a file is not the one that its name, model-<start of its SHA-256>.pth, says."""
    want = re.search(r"-([0-9a-f]{8,})\.", os.path.basename(path))
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if want and not digest.startswith(want[1]):
        raise RuntimeError(f'invalid hash value (expected "{want[1]}", got "{digest[: len(want[1])]}"): {path}')


def _enum(name):
    """The enum of a model's files, from the table."""
    title, parameters, files = PUBLISHED[name]
    members = {}
    for member, (file, preset) in files.items():
        meta = {"num_params": parameters, "num_classes": 1000}
        members[member] = Weights(_HOME + file, functools.partial(ImageClassification, **preset), meta)
    members["DEFAULT"] = members[list(members)[-1]]
    made = WeightsEnum(f"{title}_Weights", members, module=__name__)
    _ENUMS[name] = made
    return made


def builder(name, make, model=None, rename=None, tells_loading=False, adapt=None):
    """The public function `name(*, weights=None, progress=True, **options)` of a model, in the list of models.

    make: options to a model; with `tells_loading` it is also told `loading`, whether weights will come.
    rename: from a state_dict with old names to one with today's.
    adapt: (options, enum member or None) to (options, what to do with the model once it holds the weights).
    """
    weights_of = _enum(name)

    def build(*, weights=None, progress=True, **options):
        member, state = _resolve(name, weights_of, weights, options)
        finish = None
        if adapt is not None and (member is not None or state is not None):
            options, finish = adapt(options, member)
        if tells_loading:
            options["loading"] = member is not None or state is not None
        made = make(**options)
        if member is not None:
            state = member.get_state_dict(progress, check_hash=True)
        if state is not None:
            made.load_state_dict(rename(state) if rename else state)
        return finish(made) if finish else made

    home = inspect.getmodule(make)
    setattr(home, weights_of.__name__, weights_of)  # programs import it from the family's module too
    build.__name__ = build.__qualname__ = name
    build.__module__ = home.__name__
    build.__doc__ = (
        f"{(model or make).__name__}: the network {name}, {PUBLISHED[name][1]:,} parameters.\n\n"
        f"weights: a member of {weights_of.__name__} or its name, the path of a file, or a state_dict.\n"
        "options: the class's other arguments."
    )
    BUILDERS[name] = build
    return build


def _resolve(name, weights_of, weights, options):
    """(published weights or None, state_dict or None). Raises ValueError where they do not go with the options."""
    if "pretrained" in options:
        warnings.warn("'pretrained' is deprecated, please use 'weights' instead.", UserWarning, stacklevel=3)
        weights = "DEFAULT" if options.pop("pretrained") else None
    if isinstance(weights, Mapping):
        return None, weights  # load_state_dict copies it, and reads the versions that it may carry
    if isinstance(weights, os.PathLike) or (isinstance(weights, str) and _is_path(weights)):
        return None, _state_in(os.fspath(weights))
    try:
        member = weights_of.verify(weights)
    except KeyError:
        known = ", ".join(weights_of.__members__)
        raise ValueError(f"{name} has no weights {weights!r}: {known}, or the path of a file") from None
    if member is not None:
        classes = options.setdefault("num_classes", member.meta["num_classes"])
        if classes != member.meta["num_classes"]:
            raise ValueError(f"The parameter 'num_classes' expected value {member.meta['num_classes']} "
                             f"but got {classes} instead.")  # fmt: skip
    return member, None


def _is_path(text):
    return os.sep in text or text.endswith((".pth", ".pt", ".safetensors")) or os.path.exists(text)


def _state_in(path):
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there are no weights at {path}")
    if path.endswith(".safetensors"):
        from eagerjax.serialization import load_file  # noqa: PLC0415

        return load_file(path)
    return load(path, map_location="cpu")


# -- models by name ------------------------------------------------------------------------
def list_models(module=None, include=None, exclude=None):
    """Names of all models, sorted; `include` and `exclude` are file name patterns, or several."""
    from fnmatch import fnmatch  # noqa: PLC0415

    def listed(patterns, name):
        return any(fnmatch(name, p) for p in ([patterns] if isinstance(patterns, str) else patterns))

    names = [n for n in BUILDERS if module is None or getattr(module, n, None) is BUILDERS[n]]
    names = [n for n in names if not include or listed(include, n)]
    return sorted(n for n in names if not exclude or not listed(exclude, n))


def get_model_builder(name):
    """The function that makes a model. Raises ValueError for an unknown name."""
    if name.lower() not in BUILDERS:
        raise ValueError(f"Unknown model {name}")
    return BUILDERS[name.lower()]


def get_model(name, **config):
    """A model by its name: `get_model("resnet18", num_classes=10)`."""
    return get_model_builder(name)(**config)


def get_model_weights(name):
    """The enum of a model's published weights, for its name or the function that makes it."""
    name = name if isinstance(name, str) else name.__name__
    get_model_builder(name)
    return _ENUMS[name.lower()]


def get_weight(name):
    """The member of an enum by its full name, as "ResNet50_Weights.IMAGENET1K_V2". Raises ValueError for others."""
    title, _, member = name.partition(".")
    if not member:
        raise ValueError(f"Invalid weight name provided: '{name}'.")
    for enum_ in _ENUMS.values():
        if enum_.__name__ == title:
            return enum_[member]
    raise ValueError(f"The weight enum '{title}' for the specific method couldn't be retrieved.")


def weights_enums():
    """{name: enum} of all models that have been defined."""
    return {enum_.__name__: enum_ for enum_ in _ENUMS.values()}
