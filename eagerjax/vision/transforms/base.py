"""What transforms are: modules, as torchvision's, so that `nn.Sequential` holds them and a subclass overrides `forward`."""

from eagerjax.nn import Module


class Transform(Module):
    """A module without parameters. It is ready before `__init__`, which subclasses need not pass on."""

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls)
        Module.__init__(made)
        return made
