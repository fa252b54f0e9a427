"""Topics of Kafka in batches: how what has come is dealt out. No broker."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from warta.pipeline.options import RunOptions, TopicOptions
from warta.pipeline.polling import topics
from warta.transforms.core.errors import RunError
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.layout import Lake, Run


@pytest.mark.parametrize(
    ("cores", "pieces"), [(1, [400, 400, 400]), (4, [100] * 12), (40, [100] * 12)]
)
def test_a_batch_is_cut_for_the_cores_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, pieces: list[int]
) -> None:
    """Those of a cluster, not of this machine; a piece has a hundred messages at least."""
    monkeypatch.setattr(topics, "partitions", lambda _: [0])
    monkeypatch.setattr(topics, "first_offset", lambda *_: 0)
    monkeypatch.setattr(topics, "end_offset", lambda *_: 1_200)
    lake = Lake(str(tmp_path / "lake"))
    lake.create()
    source = Source("kafka://broker.example:9092/news")
    read: list[Reference] = []

    def graph(_: Lake, __: Run, references: Sequence[Reference], ___: dict[str, Any]) -> None:
        read.extend(references)

    settings = RunOptions(sources=(source,), lake=lake.uri, workers=1)
    batches = topics.Topics(TopicOptions((source,), 1.0, 5_000), settings, graph, lambda: cores)
    with pytest.raises(RunError, match="ended without its commit file"):
        batches.run_batch(lake, "writer")
    assert [(one.end or 0) - one.start for one in read] == pieces
    assert (read[0].start, read[-1].end) == (0, 1_200)
