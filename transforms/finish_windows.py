"""Windows of a stream into the lake, one after the other; the work is in lake/windows.py."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.coders import StrUtf8Coder
from apache_beam.pvalue import PCollection
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.windows import (
    Part,
    Stream,
    committed_upto,
    finish_window,
    keep_in_shape,
    offset_ranges,
    part_of_count,
    part_of_known,
    part_of_rows,
    window_start,
)
from warta.transforms.sources.queues.offsets import keep_offsets

_one_at_a_time = threading.Lock()
"""Threads of one process may be given two windows at once, whatever the key."""
_LAST_PARAM = beam.DoFn.StateParam(ReadModifyWriteStateSpec("last", StrUtf8Coder()))


class _FinishFn(beam.DoFn):
    """Finish a window of which all parts are here; put out its commit file's content.

    Windows are compared with the lake, so no two may be at work together: the state makes engines
    hand a key to one worker at a time.
    """

    def __init__(
        self, lake: Lake, stream: Stream, policy: Policy, details: Mapping[str, Any]
    ) -> None:
        self._lake, self._stream, self._policy, self._details = lake, stream, policy, details

    def process(
        self,
        element: tuple[str, Iterable[Part]],
        window: Any = beam.DoFn.WindowParam,
        last: Any = _LAST_PARAM,
    ) -> Iterator[dict[str, Any]]:
        began = window_start(window)
        with _one_at_a_time:
            run = self._stream.run_of(began)
            parts = list(element[1])
            yield finish_window(self._lake, run, parts, self._policy, self._details)
            upto_of = partial(committed_upto, self._lake, self._stream, run.commit_id)
            keep_offsets(offset_ranges(parts), upto_of)
            keep_in_shape(self._lake, self._stream, began)
        last.write(run.commit_id)


class FinishWindows(beam.PTransform[Any, PCollection[dict[str, Any]]]):
    """Commit each window from its ReadCounts, known records and StagedRows.

    Only descriptors and counts cross the shuffle.

    Args:
      lake: The lake.
      stream: The stream.
      policy: How rows are compared, and files kept.
      details: What else the commit files say.

    Returns:
      The content of each commit file, as a dict.
    """

    def __init__(
        self, lake: Lake, stream: Stream, policy: Policy, details: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self._name = stream.name
        self._fn = _FinishFn(lake, stream, policy, details)

    def expand(self, parts: Any) -> PCollection[dict[str, Any]]:
        """Build the transform."""
        read, known, staged = parts
        named = (
            read | "ReadParts" >> beam.Map(part_of_count).with_output_types(Part),
            known | "KnownParts" >> beam.Map(part_of_known).with_output_types(Part),
            staged | "RowParts" >> beam.Map(part_of_rows).with_output_types(Part),
        )
        return (
            named
            | "AllParts" >> beam.Flatten()
            | "KeyByStream"
            >> beam.Map(lambda part, name: (name, part), self._name).with_output_types(
                tuple[str, Part]
            )
            | "GatherWindow" >> beam.GroupByKey()
            | "Finish" >> beam.ParDo(self._fn).with_output_types(dict[str, Any])
        )
