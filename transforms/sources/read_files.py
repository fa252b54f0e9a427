"""Read the records of references as a run does: a defect is a reject, and none is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import PassedOver, Reference, Reject
from warta.transforms.core.reject_context import context_of_reference
from warta.transforms.core.run_or_reject import iterate_or_reject
from warta.transforms.core.storage import public_uri
from warta.transforms.sources.queues.registry import queue_named
from warta.transforms.sources.readers import read_reference
from warta.transforms.sources.registry import Records

Read = Callable[[Reference, InputLimits, bool], Records]
"""(reference, limits, strict) -> its records; if strict, a defect is raised, not rejected."""


def read_files(reference: Reference, limits: InputLimits, strict: bool) -> Records:
    """Return the records of a file, feed or range of messages.

    A defect of warta's is a reject, and ends the reading.

    Args:
      reference: What to read.
      limits: Bounds for one record.
      strict: Raise a defect instead.

    Returns:
      Its records, read as they are asked for.

    Raises:
      QueueError: A queue does not answer. Its messages are not rejects: they will be read.
    """
    queue = queue_named(reference.kind)
    if queue is not None and queue.offsets is not None:
        yield from queue.offsets.read(reference, limits)
        return
    records = iterate_or_reject(
        read_reference(reference, limits), "read", public_uri(reference.uri), strict=strict
    )
    for record in records:
        if isinstance(record, Reject):
            yield replace(record, context=context_of_reference(reference))
        else:
            yield record


@dataclass(frozen=True, slots=True)
class ReadFirst:
    """Read no more than so many records of all references together, in their order.

    For trials: one worker reads them all, since only so it is known which are the first.

    Args:
      references: What to read, in place of the one reference that is passed on.
      records: How many; what follows them is not opened.
    """

    references: tuple[Reference, ...]
    records: int

    def __call__(self, reference: Reference, limits: InputLimits, strict: bool) -> Records:
        """Return the first records."""
        left = self.records
        for one in self.references:
            for record in read_files(one, limits, strict):
                yield record
                left -= not isinstance(record, PassedOver)
                if not left:
                    return
