"""Optimizers with torch's names, options and state; every step is one fused program."""

from eagerjax.optim import lr_scheduler as lr_scheduler, swa_utils as swa_utils
from eagerjax.optim.adadelta import Adadelta as Adadelta
from eagerjax.optim.adafactor import Adafactor as Adafactor
from eagerjax.optim.adagrad import Adagrad as Adagrad
from eagerjax.optim.adam import Adam as Adam
from eagerjax.optim.adamax import Adamax as Adamax
from eagerjax.optim.adamw import AdamW as AdamW
from eagerjax.optim.asgd import ASGD as ASGD
from eagerjax.optim.lbfgs import LBFGS as LBFGS
from eagerjax.optim.muon import Muon as Muon
from eagerjax.optim.nadam import NAdam as NAdam
from eagerjax.optim.optimizer import Optimizer as Optimizer
from eagerjax.optim.radam import RAdam as RAdam
from eagerjax.optim.rmsprop import RMSprop as RMSprop
from eagerjax.optim.rprop import Rprop as Rprop
from eagerjax.optim.sgd import SGD as SGD
from eagerjax.optim.sparse_adam import SparseAdam as SparseAdam
from eagerjax.optim.transformation import Optax as Optax, from_optax as from_optax
