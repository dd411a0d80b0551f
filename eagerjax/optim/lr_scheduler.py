"""torch.optim.lr_scheduler: the schedules, which live in `schedules/`."""

from eagerjax.optim.schedules.base import (
    EPOCH_DEPRECATION_WARNING as EPOCH_DEPRECATION_WARNING,
    LRScheduler as LRScheduler,
    _LRScheduler as _LRScheduler,
)
from eagerjax.optim.schedules.compose import ChainedScheduler as ChainedScheduler, SequentialLR as SequentialLR
from eagerjax.optim.schedules.cosine import (
    CosineAnnealingLR as CosineAnnealingLR,
    CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts,
)
from eagerjax.optim.schedules.cycle import CyclicLR as CyclicLR, OneCycleLR as OneCycleLR
from eagerjax.optim.schedules.functions import LambdaLR as LambdaLR, MultiplicativeLR as MultiplicativeLR
from eagerjax.optim.schedules.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from eagerjax.optim.schedules.steps import (
    ConstantLR as ConstantLR,
    ExponentialLR as ExponentialLR,
    LinearLR as LinearLR,
    MultiStepLR as MultiStepLR,
    PolynomialLR as PolynomialLR,
    StepLR as StepLR,
)
