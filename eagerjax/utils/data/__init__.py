"""Datasets, samplers and the DataLoader, as in torch.utils.data."""

from eagerjax.utils.data.collate import default_collate as default_collate
from eagerjax.utils.data.collate import default_convert as default_convert
from eagerjax.utils.data.dataloader import DataLoader as DataLoader
from eagerjax.utils.data.dataset import ChainDataset as ChainDataset
from eagerjax.utils.data.dataset import ConcatDataset as ConcatDataset
from eagerjax.utils.data.dataset import Dataset as Dataset
from eagerjax.utils.data.dataset import IterableDataset as IterableDataset
from eagerjax.utils.data.dataset import StackDataset as StackDataset
from eagerjax.utils.data.dataset import Subset as Subset
from eagerjax.utils.data.dataset import TensorDataset as TensorDataset
from eagerjax.utils.data.dataset import random_split as random_split
from eagerjax.utils.data.distributed import DistributedSampler as DistributedSampler
from eagerjax.utils.data.sampler import BatchSampler as BatchSampler
from eagerjax.utils.data.sampler import RandomSampler as RandomSampler
from eagerjax.utils.data.sampler import Sampler as Sampler
from eagerjax.utils.data.sampler import SequentialSampler as SequentialSampler
from eagerjax.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from eagerjax.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler
from eagerjax.utils.data.worker_info import get_worker_info as get_worker_info
