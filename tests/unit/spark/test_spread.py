"""Work is dealt out by its bytes."""

import pytest

from warta.pipeline.spark.spread import MOST_BYTES, spread, weight_of
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.compaction import CompactionTask
from warta.transforms.lake.layout import StagedRows
from warta.transforms.lake.publish_files import PublishTask, RowSelection

MB = 1 << 20


@pytest.mark.parametrize(
    ("weights", "cores", "tasks"),
    [
        ([], 4, []),
        ([5], 4, [[0]]),
        ([1, 1, 1, 1], 2, [[0, 2], [1, 3]]),
        ([9 * MB, 3 * MB, 3 * MB, 3 * MB], 1, [[0], [1, 3], [2]]),
    ],
)
def test_tasks_have_about_the_same_weight(
    weights: list[int], cores: int, tasks: list[list[int]]
) -> None:
    """One large element is alone; few bytes are not cut beyond the cores that there are."""
    assert spread(weights, cores) == tasks


def test_much_work_becomes_many_tasks() -> None:
    """So that what one lost executor costs stays small."""
    weights = [MB] * 1_000
    tasks = spread(weights, cores=2)
    assert sorted(at for task in tasks for at in task) == list(range(1_000))
    assert max(sum(weights[at] for at in task) for task in tasks) <= MOST_BYTES


def test_a_skewed_input_does_not_wait_for_one_core() -> None:
    """No task holds more than the largest element and its even share."""
    weights = [(at % 13) ** 4 * 1_000 + 1 for at in range(400)]
    tasks = spread(weights, cores=4)
    share = sum(weights) / len(tasks)
    assert max(sum(weights[at] for at in task) for task in tasks) <= share + max(weights)


def test_what_an_element_weighs() -> None:
    """Bytes that are read for it."""
    rows = StagedRows("articles", "2026-11-10", "s.parquet", 0, 10, 5_000)
    publish = PublishTask("articles", "2026-11-10", 0, (RowSelection(rows), RowSelection(rows)))
    assert weight_of(publish) == 10_001
    assert weight_of(Reference(Source("a"), "a", "text", size=70)) == 70
    assert weight_of(Reference(Source("a"), "a", "feed")) == MB
    compaction = CompactionTask("articles", "2026-11-10", 0, ("a", "b"))
    assert weight_of(compaction) > weight_of(publish)
