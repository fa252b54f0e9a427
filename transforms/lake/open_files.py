"""Parquet files that are read more than once, and opened once.

To open a file is to parse its footer, which takes time in proportion to its row groups. A reader
that opened a file for each of its row groups would take the square of their number.
"""

from collections import OrderedDict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.lake.storage import Lake

MAX_OPEN = 16
"""Files kept open at once: a footer of 256 row groups takes a megabyte or two of memory."""


class OpenFiles:
    """Read row groups of a lake's files; the files used last stay open.

    For one thread. A caller that reads in the order of files opens each of them once.

    Args:
      lake: The lake or staging area that holds the files.
      max_open: Most files that are open at once.

    Example:
      >>> with OpenFiles(lake) as files:  # doctest: +SKIP
      ...     rows = files.read("articles/day=2026-11-10/a.parquet", 0, ["version"])
    """

    def __init__(self, lake: Lake, max_open: int = MAX_OPEN) -> None:
        self._lake = lake
        self._max_open = max_open
        self._open: OrderedDict[str, pq.ParquetFile] = OrderedDict()

    def __enter__(self) -> "OpenFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: str, row_group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of one row group.

        Args:
          path: A file, relative to the lake.
          row_group: Its position in the file, from 0.
          columns: Names of top-level columns; None reads all of them.

        Raises:
          FileNotFoundError: The file does not exist.
        """
        return self._file(path).read_row_group(row_group, columns=columns)

    def close(self) -> None:
        """Close all files; the next read opens them again."""
        while self._open:
            self._open.popitem()[1].close()

    def _file(self, path: str) -> pq.ParquetFile:
        file = self._open.get(path)
        if file is None:
            while len(self._open) >= self._max_open:
                self._open.popitem(last=False)[1].close()
            file = pq.ParquetFile(self._lake.path(path), filesystem=self._lake.filesystem)
            self._open[path] = file
        self._open.move_to_end(path)
        return file
