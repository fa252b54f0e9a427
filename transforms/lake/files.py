"""Final files: how rows are sorted, grouped and written, for all that write them."""

import uuid
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warta.transforms.core.schema import TABLES, conform_to_schema, leaf_paths, schema_of_files
from warta.transforms.core.tables.table import Table
from warta.transforms.lake.checksums import ChecksumStream
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.layout import PublishedFile, Run, partition_path, staging_path
from warta.transforms.lake.storage import Lake

ROW_GROUP_ROWS = 10_000
"""Fewest rows of a row group where the partition has as many."""
MAX_CHUNK_BYTES = 64 << 20
"""Most Arrow memory sorted at once: a row group of long articles stops here below 10,000 rows."""
_ZSTD_LEVEL = 1


def sort_rows(table: str, rows: pa.Table) -> pa.Table:
    """Return rows of a table in its order."""
    keys = [(column, "ascending") for column in TABLES[table].sort]
    return rows.take(pc.sort_indices(rows, keys))


def sorted_chunks(table: str, parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of parts in tables of a row group's size, each sorted.

    Args:
      table: Name of the table.
      parts: Rows, in chunks of any size.
    """
    waiting: list[pa.Table] = []
    rows = size = 0
    for part in parts:
        if waiting and (rows >= ROW_GROUP_ROWS or size + part.nbytes > MAX_CHUNK_BYTES):
            chunk = sort_rows(table, pa.concat_tables(waiting))
            waiting, rows, size = [], 0, 0
            yield chunk
            del chunk
        waiting.append(part)
        rows += len(part)
        size += part.nbytes
    if waiting:
        yield sort_rows(table, pa.concat_tables(waiting))


def _in_dictionaries(table: Table) -> list[str]:
    """Return the columns that are written with a dictionary.

    Those whose values repeat, and texts that can be missing: of such a column without a dictionary,
    DuckDB 2.0.0 takes a row group with one value among nulls for one of nulls alone.
    """
    texts = [one.name for one in table.schema if one.nullable and pa.types.is_string(one.type)]
    return list(dict.fromkeys((*table.dictionary, *texts)))


class FinalFile:
    """One final file, opened in staging with its first row: an empty table leaves no file.

    Args:
      lake: Where.
      run: Whose; its commit id and `number` begin the file's name.
      table: What it holds rows of.
      partition: Which of the table's.
      number: Unique in the run.
      layout_version: The layout that it has; None: that of the lake.
    """

    def __init__(
        self,
        lake: Lake,
        run: Run,
        table: str,
        partition: str,
        number: int,
        layout_version: int | None = None,
    ) -> None:
        self._lake = lake
        self._layout = layout_version
        self._table = table
        self._partition = partition
        # A repeated bundle writes beside the first one, and a commit that a checkpoint
        # took in and that is made again writes beside its first files: no name comes twice.
        once = uuid.uuid4().hex
        name = f"{run.commit_id}-{number}-{once[:8]}.parquet"
        self._name = name
        self._staged_path = staging_path(run.commit_id, f"final-{once}.parquet")
        self._writer: pq.ParquetWriter | None = None
        self._stream: ChecksumStream | None = None
        self._rows = 0

    def write(self, rows: pa.Table) -> None:
        """Add a row group.

        Raises:
          LakeError: The disk or store refuses it.
        """
        if not len(rows):
            return
        with self._lake.writing():
            writer = self._writer or self._open()
            writer.write_table(conform_to_schema(rows, writer.schema), row_group_size=len(rows))
        self._rows += len(rows)

    def _open(self) -> pq.ParquetWriter:
        # A merge may come without anything staged.
        self._lake.make_folder(self._staged_path.rpartition("/")[0])
        if self._layout is None:
            self._layout = self._lake.layout_version()
        self._stream = self._lake.open_checked(self._staged_path)
        schema = schema_of_files(self._table, self._layout)
        packed = set(leaf_paths(schema)).difference(TABLES[self._table].uncompressed)
        self._writer = pq.ParquetWriter(
            self._stream,
            schema,
            compression=dict.fromkeys(packed, "zstd"),
            compression_level=dict.fromkeys(packed, _ZSTD_LEVEL),
            use_dictionary=_in_dictionaries(TABLES[self._table]),
            write_statistics=list(TABLES[self._table].statistics),
            write_page_checksum=True,
            # What Arrow would add to the footer says nothing that Parquet does not.
            store_schema=False,
        )
        failpoint("publish.opened")
        return self._writer

    def close(self, replaces: tuple[str, ...] = ()) -> PublishedFile | None:
        """Write the footer.

        Args:
          replaces: Published files whose rows the file holds.

        Returns:
          The finished file; None where no row came.
        """
        if self._writer is None or self._stream is None or self._layout is None:
            return None
        with self._lake.writing():
            self._writer.close()
            self._stream.close()
            size = self._lake.written_size(self._staged_path)
        failpoint("publish.closed")
        return PublishedFile(
            self._table,
            self._partition,
            partition_path(self._table, self._partition, self._name, self._layout),
            self._staged_path,
            self._rows,
            size,
            replaces,
            self._stream.checksum,
        )
