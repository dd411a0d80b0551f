"""torch.utils.tensorboard.writer."""

from eagerjax.as_torch.lib.torch.utils.tensorboard import FileWriter, SummaryWriter  # noqa: F401
