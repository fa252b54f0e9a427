"""What a run has published, counted from the lake: articles by source, and those without a date."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.lake.catalog import Snapshot, parse_commit
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.layout import UNKNOWN_DAY
from warta.transforms.lake.reading import scan_table
from warta.transforms.lake.storage import Lake

_COLUMNS = ("source_uri", "published_date", "date_published_raw", "run_id")
OTHER = "(others)"


@dataclass(frozen=True, slots=True)
class Figures:
    """Articles that a run has published."""

    published: int
    undated: int
    contradicted: int
    """Undated whose source states a date with the weekday of another day."""
    by_source: Mapping[str, int]
    """Name of a source to its articles, most first."""


def count_published(
    lake: Lake, commit_ids: Iterable[str], names: Mapping[str, str]
) -> Figures | None:
    """Count what a run has published.

    Four narrow columns of the files of its commits are read. Files that were merged with older
    ones hold rows of other runs too, which are left out.

    Args:
      lake: Where.
      commit_ids: Of the run's batches.
      names: URI of an input, as rows have it, to the name of its source.

    Returns:
      None where nothing was committed.

    Raises:
      LakeError: A file cannot be read.
    """
    documents = [read_commit(lake, commit_id) for commit_id in commit_ids]
    found = [document for document in documents if document is not None]
    if not found:
        return None
    runs = pa.array(sorted({document["run_id"] for document in found}))
    commits = [parse_commit(document["token"], document) for document in found]
    published = undated = contradicted = 0
    # A source that has brought nothing is what one looks for.
    sources = Counter(dict.fromkeys(names.values(), 0))
    for batch in scan_table(lake, "articles", _COLUMNS, snapshot=Snapshot(commits)):
        own = batch.filter(pc.is_in(batch.column("run_id"), runs))
        published += own.num_rows
        without = own.filter(pc.equal(own.column("published_date"), UNKNOWN_DAY))
        undated += without.num_rows
        contradicted += without.num_rows - without.column("date_published_raw").null_count
        for uri in pc.value_counts(own.column("source_uri")).to_pylist():
            sources[names.get(uri["values"], OTHER)] += uri["counts"]
    return Figures(published, undated, contradicted, dict(sources.most_common()))
