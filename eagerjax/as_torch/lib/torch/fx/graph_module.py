"""torch.fx.graph_module: a name that libraries look up while they are imported."""

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"
