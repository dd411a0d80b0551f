"""From indices to a batch; the same in the main process and in a worker."""

from eagerjax.utils.data.collate import default_collate


class MapFetcher:
    """Reads items by index."""

    def __init__(self, dataset, collate_fn, batched, drop_last):
        self.dataset = dataset
        self.collate_fn = collate_fn
        self.batched = batched

    def fetch(self, index):
        dataset = self.dataset
        if not self.batched:
            return self.collate_fn(dataset[index])
        if self.collate_fn is default_collate and hasattr(dataset, "_collated"):
            batch = dataset._collated(index)
            if batch is not None:
                return batch
        return self.collate_fn(self.items(index))

    def items(self, index):
        """The samples of a batch, before they are put together."""
        if getattr(self.dataset, "__getitems__", None):
            return self.dataset.__getitems__(index)
        return [self.dataset[i] for i in index]


class StreamFetcher:
    """Takes items off an iterator; raises StopIteration at its end."""

    def __init__(self, dataset, collate_fn, batched, drop_last):
        self.iterator = iter(dataset)
        self.collate_fn = collate_fn
        self.batched = batched
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, index):
        return self.collate_fn(self.items(index))

    def items(self, index):
        """As many samples as the batch has places, fewer at the end."""
        if self.ended:
            raise StopIteration
        if not self.batched:
            return next(self.iterator)
        found = []
        for _ in index:
            try:
                found.append(next(self.iterator))
            except StopIteration:
                self.ended = True
                break
        if not found or (self.drop_last and len(found) < len(index)):
            raise StopIteration
        return found
