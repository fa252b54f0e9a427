"""Elements dealt out to tasks by their bytes, not by their number. No Beam."""

import heapq
from collections.abc import Sequence
from typing import Any

from warta.transforms.core.records import Reference
from warta.transforms.lake.compaction import CompactionTask
from warta.transforms.lake.publish_files import PublishTask

TASKS_A_CORE = 3
"""Enough that a core that is done early finds more to do; each task stages files of its own."""
LEAST_BYTES = 256 << 10
"""A task under this size costs more than it spreads, once every core has one."""
MOST_BYTES = 64 << 20
"""A task's end is what a lost executor costs, and what shows that work goes on."""
_UNKNOWN_BYTES = 1 << 20
_COMPACTED_BYTES = 16 << 20
"""What a file that is compacted counts for: half of the largest that is small, at the default."""


def weight_of(element: Any) -> int:
    """Return about how many bytes a worker reads for an element of the batch graph.

    Example:
      >>> weight_of(PublishTask("articles", "2026-11-10", 0, ()))
      1
    """
    match element:
        case Reference():
            return element.size or _UNKNOWN_BYTES
        case PublishTask():
            return 1 + sum(one.staged.raw_bytes for one in element.selections)
        case CompactionTask():
            return 1 + _COMPACTED_BYTES * len(element.paths)
        case _:
            return _UNKNOWN_BYTES


def spread(weights: Sequence[int], cores: int) -> list[list[int]]:
    """Deal elements out to tasks of about the same weight, the heaviest task first.

    Args:
      weights: Of the elements, in bytes.
      cores: That work at once.

    Returns:
      For each task the positions of its elements, in their order. The same weights give the same
      tasks.

    Example:
      >>> spread([40_000_000, 1_000_000, 30_000_000, 9_000_000], cores=1)
      [[0], [2], [1, 3]]
    """
    total = sum(weights)
    wanted = min(max(total // LEAST_BYTES, cores), cores * TASKS_A_CORE)
    count = min(len(weights), max(wanted, -(-total // MOST_BYTES)))
    tasks: list[tuple[int, int, list[int]]] = [(0, number, []) for number in range(count)]
    for position in sorted(range(len(weights)), key=lambda one: (-weights[one], one)):
        weight, number, positions = heapq.heappop(tasks)
        positions.append(position)
        heapq.heappush(tasks, (weight + weights[position], number, positions))
    heaviest = sorted(tasks, key=lambda task: (-task[0], task[1]))
    return [sorted(positions) for _, _, positions in heaviest]
