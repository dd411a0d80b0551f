"""Modules below torch.distributed.elastic.multiprocessing."""
