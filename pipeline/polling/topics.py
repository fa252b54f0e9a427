"""Topics of Kafka and queues like it, in batches: what has come since the last look is one commit.

Beside the feeds of `warta watch`. It needs no engine that streams: a batch is ranges of offsets,
read by the workers of the local engine or by executors, and the lake's own commit ends it. Offsets
are committed after that. A watch that ends in between reads the messages again, and the lake knows
each of them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from warta.pipeline.beam_options import hushed
from warta.pipeline.console.log import log
from warta.pipeline.inputs import commit_id_of
from warta.pipeline.options import RunOptions, TopicOptions
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import QueueError, RunError
from warta.transforms.core.records import Reference, Source
from warta.transforms.core.redaction import displayable
from warta.transforms.core.storage import one_line, public_uri
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.layout import Run, new_invocation_id
from warta.transforms.lake.opening import clearing, mend
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.versions import versions
from warta.transforms.sources.queues.queue import range_reference, split_range
from warta.transforms.sources.queues.registry import offsets_of

_PARTS_A_CORE = 3
_LEAST_MESSAGES = 100
"""A smaller part costs more than it spreads."""

Graph = Callable[[Lake, Run, Sequence[Reference], dict[str, Any]], None]
"""(lake, run, references, details of the commit): runs the graph over ranges, to its commit."""


@dataclass(slots=True)
class Topics:
    """Where the reading of topics has come to.

    Args:
      options: Which topics, and how much of them at a look.
      settings: Of the graph.
      graph: Runs it.
      cores: Says how many parts are read at once; a cluster may have grown since it was asked.
    """

    options: TopicOptions
    settings: RunOptions
    graph: Graph
    cores: Callable[[], int]
    _positions: dict[tuple[str, int], int] = field(default_factory=dict)
    """What the lake has of a partition, where its group may not say so yet."""
    _troubles: dict[str, str] = field(default_factory=dict)
    """Location -> why its broker cannot be asked: logged once, not at every look."""

    def run_batch(self, lake: Lake, writer: str) -> bool:
        """Read what has come into the topics into the lake.

        Args:
          lake: Held by `writer`.
          writer: For the commit.

        Returns:
          Whether a partition held more than is taken at once: the next batch can begin.

        Raises:
          LakeError, RunError: The lake is as before, and no offset was committed.
        """
        ranges = [one for source in self.options.sources for one in self._ranges(source)]
        if not ranges:
            return False
        mend(lake)
        cores = self.cores()
        references = [part for one in ranges for part in cut(one, cores)]
        started_at = datetime.now(UTC)
        run = Run(commit_id_of(ranges, self.settings), new_invocation_id(), started_at, writer)
        document = read_commit(lake, run.commit_id)
        if document is None:
            self.graph(lake, run, references, self._details(ranges))
            document = read_commit(lake, run.commit_id)
        if document is None:
            raise RunError(f"batch {run.commit_id} ended without its commit file")
        seconds = round((datetime.now(UTC) - started_at).total_seconds(), 3)
        counts = Counts(**document["counts"])
        log.info("messages_committed", commit_id=run.commit_id, seconds=seconds, **asdict(counts))
        for one in ranges:
            self._keep(one)
        most = self.options.max_messages
        return any((one.end or 0) - one.start >= most for one in ranges)

    def _ranges(self, source: Source) -> Iterator[Reference]:
        """Yield what has come into the partitions of a topic; nothing while its broker is away."""
        location = source.location
        offsets = offsets_of(location)
        try:
            for partition in offsets.partitions(location):
                known = self._positions.get((location, partition), 0)
                start = max(known, offsets.first(location, partition))
                end = min(offsets.end(location, partition), start + self.options.max_messages)
                if end > start:
                    yield range_reference(source, partition, start, end)
            self._troubles.pop(location, None)
        except QueueError as error:
            if self._troubles.get(location) != str(error):
                self._troubles[location] = str(error)
                log.warning("topic_failed", error=displayable(one_line(error)))

    def _keep(self, reference: Reference) -> None:
        """Commit the offset up to which the lake has a partition."""
        (location, partition), end = split_range(reference.uri), reference.end or 0
        self._positions[location, partition] = end
        # A broker that is away learns it with the next batch.
        with suppress(QueueError):
            offsets_of(location).commit(location, partition, end)

    def _details(self, ranges: Sequence[Reference]) -> dict[str, Any]:
        return {
            "warta_version": versions()["warta"],
            "versions": versions(),
            "inputs": [[public_uri(one.uri), 1] for one in ranges],
            "offsets": [[one.uri, one.start, one.end] for one in ranges],
        }


def cut(reference: Reference, cores: int) -> list[Reference]:
    """Return a range in parts for so many cores, in order.

    Example:
      >>> source = Source("kafka://broker:9092/news")
      >>> [(one.start, one.end) for one in cut(range_reference(source, 0, 5, 305), cores=1)]
      [(5, 105), (105, 205), (205, 305)]
    """
    start, end = reference.start, reference.end or 0
    partition = split_range(reference.uri)[1]
    size = max(_LEAST_MESSAGES, -(-(end - start) // (cores * _PARTS_A_CORE)))
    return [
        range_reference(reference.source, partition, at, min(at + size, end))
        for at in range(start, end, size)
    ]


def topics_graph(settings: RunOptions, pipeline_of: Callable[[], Any]) -> Graph:
    """Return what runs the graph for `Topics`.

    Args:
      settings: How.
      pipeline_of: Makes an empty pipeline.
    """

    def graph(
        lake: Lake, run: Run, references: Sequence[Reference], details: dict[str, Any]
    ) -> None:
        with hushed():
            from warta.pipeline.batch import execute
            from warta.pipeline.graph import build

        with clearing(lake, run.commit_id):
            pipeline = pipeline_of()
            build(pipeline, references, settings, run, details)
            execute(pipeline, strict=settings.strict)

    return graph
