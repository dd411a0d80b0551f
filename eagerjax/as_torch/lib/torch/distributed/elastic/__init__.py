"""Modules below torch.distributed.elastic."""
