"""Tell brokers how far a stream has come."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from warta.transforms.sources.queues.queue import retry_until, split_range
from warta.transforms.sources.queues.registry import offsets_of

Ranges = Iterable[tuple[int, int]]
"""Of offsets: the first, and the one after the last."""


def keep_offsets(brought: Mapping[str, Ranges], upto_of: Callable[[str, int, Ranges], int]) -> None:
    """Commit to brokers how far the lake has come: what it has is not read by the next start.

    A broker that is away is waited for: no more messages are taken than it has heard of.

    Args:
      brought: The ranges that a window has brought, by the URI of their partition.
      upto_of: From a partition's URI, the offset that the broker has and the ranges to the offset
        up to which the lake has all.

    Raises:
      QueueError: It was away for too long.
    """
    for name, here in sorted(brought.items()):
        partition = split_range(name)
        offsets = offsets_of(partition[0])
        position = retry_until(partial(offsets.first, *partition))
        upto = upto_of(name, position, here)
        if upto > position:
            retry_until(partial(offsets.commit, *partition, upto))
