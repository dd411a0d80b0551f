"""torch.utils.model_zoo: the old name of parts of torch.hub."""

from eagerjax.as_torch.lib.torch.hub import load_state_dict_from_url, load_state_dict_from_url as load_url  # noqa: F401
