"""What other libraries import from here: a model's layers, run one after the other, whose results come out by name."""

from collections import OrderedDict

from eagerjax.nn import ModuleDict
from eagerjax.vision.models.widths import divisible as _make_divisible  # noqa: F401


class IntermediateLayerGetter(ModuleDict):
    """The direct children of `model` up to the last one of `return_layers`, which maps their names to the results' names.

    The children run in their order, each on what the one before gave. Raises ValueError for a name that is no child.

    >>> body = IntermediateLayerGetter(resnet18(), {"layer1": "low", "layer4": "high"})
    >>> list(body(torch.rand(1, 3, 64, 64)))
    ['low', 'high']
    """

    def __init__(self, model, return_layers):
        children = OrderedDict(model.named_children())
        if not set(return_layers) <= set(children):
            raise ValueError("return_layers are not present in model")
        wanted = {str(k): str(v) for k, v in return_layers.items()}
        last = max((i for i, name in enumerate(children) if name in wanted), default=len(children) - 1)
        super().__init__(OrderedDict(list(children.items())[: last + 1]))
        self.return_layers = dict(return_layers)

    def forward(self, x):
        found = OrderedDict()
        for name, layer in self.items():
            x = layer(x)
            if name in self.return_layers:
                found[self.return_layers[name]] = x
        return found
