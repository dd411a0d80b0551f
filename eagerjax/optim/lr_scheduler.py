"""torch.optim.lr_scheduler: the schedules, which live in `schedules/`."""

from eagerjax.optim.schedules.base import EPOCH_DEPRECATION_WARNING as EPOCH_DEPRECATION_WARNING
from eagerjax.optim.schedules.base import LRScheduler as LRScheduler
from eagerjax.optim.schedules.base import _LRScheduler as _LRScheduler
from eagerjax.optim.schedules.compose import ChainedScheduler as ChainedScheduler
from eagerjax.optim.schedules.compose import SequentialLR as SequentialLR
from eagerjax.optim.schedules.cosine import CosineAnnealingLR as CosineAnnealingLR
from eagerjax.optim.schedules.cosine import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from eagerjax.optim.schedules.cycle import CyclicLR as CyclicLR
from eagerjax.optim.schedules.cycle import OneCycleLR as OneCycleLR
from eagerjax.optim.schedules.functions import LambdaLR as LambdaLR
from eagerjax.optim.schedules.functions import MultiplicativeLR as MultiplicativeLR
from eagerjax.optim.schedules.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from eagerjax.optim.schedules.steps import ConstantLR as ConstantLR
from eagerjax.optim.schedules.steps import ExponentialLR as ExponentialLR
from eagerjax.optim.schedules.steps import LinearLR as LinearLR
from eagerjax.optim.schedules.steps import MultiStepLR as MultiStepLR
from eagerjax.optim.schedules.steps import PolynomialLR as PolynomialLR
from eagerjax.optim.schedules.steps import StepLR as StepLR
