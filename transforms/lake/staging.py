"""The worker's side of the sink: finished rows wait in `_staging/<commit_id>/`, unseen by readers.

Rows are buffered, bounded by bytes, and written as row groups of one partition each; a bundle and
table have a file, or more where there are many row groups. Only a descriptor for each row group
goes on. A bundle that fails or is repeated leaves files that no descriptor names: they never reach
a table, and are deleted with the staging folder.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warta.transforms.core.records import Article, Reject
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.layout import Run, StagedRows, staging_path
from warta.transforms.lake.rows import articles_table, rejects_table
from warta.transforms.lake.storage import Lake

MAX_BUFFER_BYTES = 32 << 20
"""Arrow rows held before they are written; sorting them by partition doubles that for a moment."""
MAX_ROW_GROUPS = 256
"""Row groups of a staged file, after which the next begins. A reader of a file parses what is said
of all its row groups: without a bound, reading a run of many days, which has a row group for
each, would take the square of their number."""
_TABLE_ROWS = 256
_REJECT_BYTES = 1_024
"""What a reject takes besides its content: measured. A file may be millions of `{}`."""
_MENTION_BYTES = 400
"""What a mention takes as an object: measured. A text of names alone has one every 25 letters."""
_PROGRESS_EVERY_S = 1.0


class Signatures(Protocol):
    """Fingerprints of n bodies."""

    @property
    def minhash(self) -> npt.NDArray[np.uint32]:
        """Return them as an array (n, permutations)."""

    @property
    def bands(self) -> npt.NDArray[np.uint64]:
        """Return them as an array (n, bands)."""


Sign = Callable[[Sequence[str]], Signatures]


class Stager:
    """Stage the articles and rejects of one bundle; `close` writes the rest and names all of it.

    Articles are turned into Arrow tables some hundreds at a time: their many small objects would
    otherwise outweigh their texts, and be walked by the garbage collector again and again.

    Args:
      lake: The lake.
      run: What rows and files are signed with.
      sign: Returns the signatures of bodies.
      minhash_scheme: Name of the scheme that `sign` follows: a column of the rows.
      max_buffer_bytes: Most bytes of rows held in memory.
    """

    def __init__(
        self,
        lake: Lake,
        run: Run,
        sign: Sign,
        minhash_scheme: str,
        max_buffer_bytes: int,
    ) -> None:
        self._lake = lake
        self._run = run
        self._sign = sign
        self._scheme = minhash_scheme
        self._limit = max_buffer_bytes
        self._name = uuid.uuid4().hex
        self._articles: list[Article] = []
        self._tables: list[pa.Table] = []
        self._rejects: list[Reject] = []
        self._buffered_bytes = self._loose_bytes = 0
        self._opened = False
        self._writers: dict[str, _Writer] = {}
        self._files: dict[str, int] = defaultdict(int)
        self._staged: list[StagedRows] = []
        self._progress = Progress(lake, run.commit_id, self._name)

    def add(self, row: Article | Reject) -> None:
        """Take one row; write what is buffered when it has grown to the limit.

        Raises:
          LakeError: The disk or store refuses it.
        """
        if not self._opened:
            with self._lake.writing():
                self._lake.make_folder(staging_path(self._run.commit_id))
            self._opened = True
            failpoint("stage.opened")
        if isinstance(row, Reject):
            self._rejects.append(row)
            self._buffered_bytes += _REJECT_BYTES + len(row.raw) + len(row.context)
            self._progress.count(rejects=1)
        else:
            self._articles.append(row)
            self._progress.count(articles=1)
            self._loose_bytes += len(row.article_body) + _MENTION_BYTES * len(row.mentions)
            if len(self._articles) >= _TABLE_ROWS or self._loose_bytes >= self._limit // 4:
                self._tabulate()
        if self._buffered_bytes >= self._limit:
            self._flush()

    def close(self) -> list[StagedRows]:
        """Write what is left and the footers.

        Returns:
          A descriptor for every row group of the bundle.

        Raises:
          LakeError: The disk or store refuses them.
        """
        self._tabulate()
        self._flush()
        for table in list(self._writers):
            self._close(table)
        if self._staged:
            self._progress.write()
            failpoint("stage.closed")
        return self._staged

    def _tabulate(self) -> None:
        if not self._articles:
            return
        signed = self._sign([article.article_body for article in self._articles])
        table = articles_table(
            self._articles, self._run, signed.minhash, signed.bands, self._scheme
        )
        self._tables.append(table)
        self._buffered_bytes += table.nbytes
        self._articles.clear()
        self._loose_bytes = 0

    def _flush(self) -> None:
        if self._tables:
            for partition, rows in split_by_partition(pa.concat_tables(self._tables)):
                self._write("articles", partition, rows)
        if self._rejects:
            day = f"{self._run.started_at:%Y-%m-%d}"
            self._write("rejects", day, rejects_table(self._rejects, self._run))
        self._tables.clear()
        self._rejects.clear()
        self._buffered_bytes = 0

    def _write(self, table: str, partition: str, rows: pa.Table) -> None:
        with self._lake.writing():
            if table not in self._writers:
                self._writers[table] = self._open(table, rows.schema)
            writer = self._writers[table]
            writer.parquet.write_table(rows, row_group_size=len(rows))
        failpoint("stage.written")
        group = writer.row_groups
        self._staged.append(
            StagedRows(table, partition, writer.path, group, len(rows), rows.nbytes)
        )
        writer.row_groups += 1
        if writer.row_groups >= MAX_ROW_GROUPS:
            self._close(table)

    def _open(self, table: str, schema: pa.Schema) -> "_Writer":
        number = self._files[table]
        self._files[table] += 1
        name = f"{table}-{self._name}-{number}.parquet"
        path = staging_path(self._run.commit_id, name)
        # Read once and thrown away: fast to write matters, small does not.
        parquet = pq.ParquetWriter(
            self._lake.path(path),
            schema,
            filesystem=self._lake.filesystem,
            compression="lz4",
            use_dictionary=False,
            write_statistics=False,
        )
        return _Writer(path, parquet)

    def _close(self, table: str) -> None:
        with self._lake.writing():
            self._writers.pop(table).parquet.close()


@dataclass(slots=True)
class _Writer:
    """A staged file that is being written."""

    path: str
    parquet: pq.ParquetWriter
    row_groups: int = 0


def split_by_partition(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each day, in the order of days; rows of a day keep their order.

    Args:
      rows: Staged articles.

    Yields:
      A partition and its rows, as slices of one sorted copy: the time does not grow with the
      number of days.
    """
    order = pc.sort_indices(rows["published_date"])
    days = rows["published_date"].take(order)
    counts = pc.value_counts(days.combine_chunks())
    if len(counts) > 1:
        rows = rows.take(order)
    start = 0
    for count in counts.to_pylist():
        yield count["values"], rows.slice(start, count["counts"])
        start += count["counts"]


@dataclass(frozen=True, slots=True)
class SoFar:
    """How far the workers of a batch are, roughly: for the eyes only."""

    articles: int = 0
    rejects: int = 0
    input_bytes: int = 0
    """Of references that are read whole."""

    def __add__(self, other: "SoFar") -> "SoFar":
        return SoFar(
            self.articles + other.articles,
            self.rejects + other.rejects,
            self.input_bytes + other.input_bytes,
        )


class Progress:
    """Reports how far a worker is, by a file of its own in staging, about once a second.

    For display only: the counts that are checked travel with the descriptors.

    Args:
      lake: The lake.
      commit_id: Of the run, in whose staging the file is.
      name: Names the worker: unique in the run.
    """

    def __init__(self, lake: Lake, commit_id: str, name: str) -> None:
        self._lake = lake
        self._path = staging_path(commit_id, f"progress-{name}.json")
        self._so_far = SoFar()
        self._next_write = time.monotonic() + _PROGRESS_EVERY_S

    def count(self, articles: int = 0, rejects: int = 0, input_bytes: int = 0) -> None:
        """Add to the counts; write them when it is time."""
        self._so_far += SoFar(articles, rejects, input_bytes)
        if time.monotonic() >= self._next_write:
            self.write()

    def write(self) -> None:
        """Write the counts now."""
        with self._lake.writing():
            self._lake.write_json(self._path, asdict(self._so_far), durable=False)
        self._next_write = time.monotonic() + _PROGRESS_EVERY_S


def reading_progress(lake: Lake, commit_id: str) -> Progress:
    """Return the progress of a worker that reads, under a name of its own."""
    with lake.writing():
        lake.make_folder(staging_path(commit_id))
    return Progress(lake, commit_id, f"reading-{uuid.uuid4().hex[:12]}")


def read_progress(lake: Lake, commit_id: str) -> SoFar:
    """Return what the workers of a batch have reported so far."""
    total = SoFar()
    for path in lake.files(staging_path(commit_id)):
        if "/progress-" in path and path.endswith(".json"):
            try:
                total += SoFar(**lake.read_json(path))
            except FileNotFoundError:
                continue  # the batch was committed just now
    return total
