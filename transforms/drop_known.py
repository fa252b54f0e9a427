"""What the lake has already leaves the graph early, counted: before it is cleaned, or tagged.

Only a short cut: FindDuplicates would find the same rows, later and at a higher cost.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from warta.transforms.core.ids import record_hash
from warta.transforms.core.records import Article, SourceItem
from warta.transforms.lake.known_records import KnownArticles
from warta.transforms.lake.storage import Lake

KNOWN = "known"


@functools.lru_cache(maxsize=1)
def _memory(lake: Lake, _commit_id: str) -> KnownArticles:
    """Return the one of a process and run: the steps of a worker share it."""
    return KnownArticles(lake)


class _DropFn(beam.DoFn):
    """Pass on what the lake has not; put out the number of the others when the bundle ends."""

    def __init__(self, lake: Lake, commit_id: str) -> None:
        self._lake, self._commit_id = lake, commit_id

    def start_bundle(self) -> None:
        self._dropped: Counter[Any] = Counter()

    def _recall(self, window: Any) -> KnownArticles:
        """Return what was known when the run began, or the window of a stream."""
        if isinstance(window, GlobalWindow):
            return _memory(self._lake, self._commit_id)
        return _memory(self._lake, f"{self._commit_id} {window}")

    def finish_bundle(self) -> Iterator[object]:
        for window, dropped in self._dropped.items():
            yield TaggedOutput(KNOWN, WindowedValue(dropped, window.max_timestamp(), (window,)))


class _DropRecordsFn(_DropFn):
    """Pass on records that made no row of the lake, with their hashes."""

    def __init__(self, lake: Lake, commit_id: str, readers: str) -> None:
        super().__init__(lake, commit_id)
        self._readers = readers

    def process(
        self, element: SourceItem, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[SourceItem]:
        hashed = record_hash(element, self._readers)
        # What becomes of a reject that is read again is wanted: it goes all the way.
        if element.replay_of is None and self._recall(window).has_record(hashed):
            self._dropped[window] += 1
        else:
            yield replace(element, record_hash=hashed)


class _DropArticlesFn(_DropFn):
    """Pass on articles that the lake does not have with the same content."""

    def process(self, element: Article, window: Any = beam.DoFn.WindowParam) -> Iterator[Article]:
        if element.replay_of is None and self._recall(window).has_article(
            element.article_id, element.content_sha256, element.published_date
        ):
            self._dropped[window] += 1
        else:
            yield element


class NewRecords(NamedTuple):
    """Records that the lake does not have, and how many others there were."""

    new: PCollection[SourceItem]
    known: PCollection[int]


class NewArticles(NamedTuple):
    """Articles that the lake does not have, and how many others there were."""

    new: PCollection[Article]
    known: PCollection[int]


class DropKnownRecords(beam.PTransform[PCollection[SourceItem], NewRecords]):
    """Drop records that made a row of the lake.

    Args:
      lake: The lake.
      commit_id: The run, or the stream.
      readers: Names what makes an article of a record: versions and limits. Records are taken for
        the same only where it is the same.

    Returns:
      The outputs `new` (SourceItem with record_hash) and `known` (int: how many were dropped).
    """

    def __init__(self, lake: Lake, commit_id: str, readers: str) -> None:
        super().__init__()
        self._fn = _DropRecordsFn(lake, commit_id, readers)

    def expand(self, items: PCollection[SourceItem]) -> Any:
        """Build the transform."""
        outputs = items | "Recall" >> _two_outputs(self._fn, SourceItem)
        return NewRecords(outputs.new, outputs[KNOWN])


class DropKnownArticles(beam.PTransform[PCollection[Article], NewArticles]):
    """Drop articles that the lake has with the same content.

    Args:
      lake: The lake.
      commit_id: The run, or the stream.

    Returns:
      The outputs `new` (Article) and `known` (int: how many were dropped).
    """

    def __init__(self, lake: Lake, commit_id: str) -> None:
        super().__init__()
        self._fn = _DropArticlesFn(lake, commit_id)

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        outputs = articles | "Recall" >> _two_outputs(self._fn, Article)
        return NewArticles(outputs.new, outputs[KNOWN])


def _two_outputs(fn: beam.DoFn, kind: type) -> Any:
    return beam.ParDo(fn).with_output_types(kind, **{KNOWN: int}).with_outputs(KNOWN, main="new")
