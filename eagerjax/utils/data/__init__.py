"""Datasets, samplers and the DataLoader, as in torch.utils.data."""

from eagerjax.utils.data.collate import default_collate as default_collate, default_convert as default_convert
from eagerjax.utils.data.dataloader import DataLoader as DataLoader
from eagerjax.utils.data.dataset import (
    ChainDataset as ChainDataset,
    ConcatDataset as ConcatDataset,
    Dataset as Dataset,
    IterableDataset as IterableDataset,
    StackDataset as StackDataset,
    Subset as Subset,
    TensorDataset as TensorDataset,
    random_split as random_split,
)
from eagerjax.utils.data.distributed import DistributedSampler as DistributedSampler
from eagerjax.utils.data.sampler import (
    BatchSampler as BatchSampler,
    RandomSampler as RandomSampler,
    Sampler as Sampler,
    SequentialSampler as SequentialSampler,
    SubsetRandomSampler as SubsetRandomSampler,
    WeightedRandomSampler as WeightedRandomSampler,
)
from eagerjax.utils.data.worker_info import get_worker_info as get_worker_info
