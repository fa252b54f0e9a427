"""The steps of a repair, as `repair.plan_repair` plans them, and how they are carried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warta.transforms.lake.commit import recover
from warta.transforms.lake.iceberg.maintenance import compare_all, rebuild
from warta.transforms.lake.layout import MARKER
from warta.transforms.lake.storage import Lake


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a repair does."""

    location: str
    """The damaged file, relative to the lake."""
    why: str
    action: str
    """What is done about it, in words."""
    copies: tuple[tuple[str, str], ...] = ()
    """Files kept under another path before they are written again: (path, copy)."""
    writes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """JSON files: (path, content)."""
    moves: tuple[tuple[str, str], ...] = ()
    """Files that change their place, in this order: (from, to)."""
    rebuilds_tables: bool = False
    """Whether the Iceberg tables are rebuilt, after all other steps."""


def carry_out_repair(lake: Lake, steps: Sequence[Step]) -> None:
    """Do what `plan_repair` has returned, then finish what a killed run has left.

    Only for the one writer of a lake. A repair that is ended half-way is planned again from what is
    left.

    Args:
      lake: Held by the caller.
      steps: What to do.

    Raises:
      LakeError: The disk or store refuses it.
    """
    with lake.writing():
        for step in steps:
            for source, copy in step.copies:
                lake.copy(source, copy)
            for path, document in step.writes:
                lake.write_json(path, dict(document), sealed=path != MARKER)
            for source, target in step.moves:
                lake.move(source, target)
    if any(step.rebuilds_tables for step in steps):
        # First: finishing a run asks which version of a table is there.
        rebuild(lake)
    recover(lake)
    compare_all(lake)
