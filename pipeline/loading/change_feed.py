"""`warta changes`: what commits brought, as lines of JSON, as an Arrow stream, or as files."""

import base64
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from warta.transforms.core.errors import UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.core.storage import join
from warta.transforms.lake.changes import Changes, CommitChanges

FORMATS = ("ndjson", "arrow", "files")
_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


def write_changes(changes: Changes, output: BinaryIO, form: str) -> None:
    """Write changes to a stream of bytes.

    Args:
      changes: What to write.
      output: Where to.
      form: One of `FORMATS`.

    Raises:
      UsageError: A stream of Arrow is asked for, and of more than one table.
      LakeError: The lake is damaged, or a copy has to be loaded again.
    """
    if form == "arrow":
        _write_arrow(changes, output)
        return
    lines = _file_lines(changes) if form == "files" else _row_lines(changes)
    for line in lines:
        output.write(orjson.dumps(line, default=_as_json, option=_OPTIONS))
    output.flush()


def _row_lines(changes: Changes) -> Iterator[dict[str, Any]]:
    """Yield an object for each row, and one that ends each commit."""
    last = None
    for commit in changes:
        for table in commit.tables:
            head = {"sequence": commit.sequence, "table": table, "op": _operation(table)}
            for batch in commit.batches(table):
                for row in batch.to_pylist():
                    yield head | {"row": row}
        yield _end(commit)
        last = commit.sequence
    if last != changes.until:
        yield {"sequence": changes.until, "end": True}


def _end(commit: CommitChanges) -> dict[str, Any]:
    return {
        "sequence": commit.sequence,
        "end": True,
        "commit": commit.commit_id,
        "committed_at": commit.committed_at,
    }


def _file_lines(changes: Changes) -> Iterator[dict[str, Any]]:
    """Yield an object for each live file that a later commit lists, and one that ends them."""
    for sequence, file in changes.live_files():
        yield {
            "sequence": sequence,
            "table": file.table,
            "op": _operation(file.table),
            "key": TABLES[file.table].key,
            "path": join(changes.lake.uri, file.path),
            "rows": file.rows,
            "bytes": file.bytes,
            "merged": file.merged,
        }
    yield {"sequence": changes.until, "end": True}


def _write_arrow(changes: Changes, output: BinaryIO) -> None:
    if len(changes.tables) != 1:
        raise UsageError("a stream of Arrow holds one table: name it with --table")
    (table,) = changes.tables
    sequence = pa.field("_sequence", pa.int64(), nullable=False)
    schema = TABLES[table].schema.insert(0, sequence)
    with pa.ipc.new_stream(output, schema) as writer:
        for commit in changes:
            for batch in commit.batches(table):
                number = pa.repeat(pa.scalar(commit.sequence, pa.int64()), len(batch))
                writer.write_batch(
                    pa.RecordBatch.from_arrays([number, *batch.columns], schema=schema)
                )
    output.flush()


def _operation(table: str) -> str:
    return "upsert" if TABLES[table].is_replaced else "insert"


def _as_json(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
