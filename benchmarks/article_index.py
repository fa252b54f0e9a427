"""What a run reads of the article index: `python -m benchmarks.article_index`.

500 new articles are looked up among ten million, in a file as it is written today and in one of
before, with a row group a million rows, which is read whole. Bytes are those that the process has
read by the kernel's count.
"""

import argparse
import shutil
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.lake.index_files import IDS_SCHEMA, Words, find_days, sort_rows, write_sorted
from warta.transforms.lake.storage import Lake

_FOLDER = "_ids"


@dataclass(frozen=True, slots=True)
class IndexCost:
    """Of one look-up."""

    file_bytes: int
    """Of the index, for each id in it, times the ids."""
    read_bytes: int
    cpu_s: float

    def __str__(self) -> str:
        """In megabytes and milliseconds."""
        return (
            f"{self.read_bytes / 1e6:.1f} of {self.file_bytes / 1e6:.1f} MB read, "
            f"{1000 * self.cpu_s:.0f} ms of processor time"
        )


def measure(folder: Path, rows: int, wanted: int = 500) -> tuple[IndexCost, IndexCost]:
    """Return what new ids cost beside known ones: in a file of before, and in one of today.

    Args:
      folder: A folder to work in.
      rows: Ids in the index.
      wanted: Ids that are looked up; none of them is known.
    """
    lake = Lake(str(folder / "index"))
    lake.create()
    lake.make_folder(_FOLDER)
    random_ = np.random.default_rng(1)
    known = sort_rows(
        [
            pa.table(
                [
                    random_.integers(0, 1 << 64, rows, dtype=np.uint64),
                    random_.integers(18_000, 20_000, rows).astype(np.int32),
                ],
                schema=IDS_SCHEMA,
            )
        ]
    )
    old, new = f"{_FOLDER}/old.parquet", f"{_FOLDER}/new.parquet"
    pq.write_table(known, lake.path(old), row_group_size=1 << 20, use_dictionary=False)
    with closing(lake.open_checked(new)) as stream:
        write_sorted(stream, [known], len(known))
    del known
    ids = np.sort(random_.integers(0, 1 << 64, wanted, dtype=np.uint64))
    costs = _look_up(lake, old, ids), _look_up(lake, new, ids)
    shutil.rmtree(lake.uri)
    return costs


def _look_up(lake: Lake, path: str, ids: Words) -> IndexCost:
    before = psutil.Process().io_counters().read_chars
    started = time.process_time()
    find_days(lake, path, ids)
    cpu_s = time.process_time() - started
    read = psutil.Process().io_counters().read_chars - before
    return IndexCost(lake.size(path) or 0, read, cpu_s)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="ids in the index")
    parser.add_argument("--wanted", type=int, default=500, help="new ids of a run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-ids-") as scratch:
        old, new = measure(Path(scratch), asked.rows, asked.wanted)
    print(f"{asked.wanted:,} new ids beside {asked.rows:,}, groups of a million: {old}")
    print(f"{asked.wanted:,} new ids beside {asked.rows:,}, groups of today: {new}")


if __name__ == "__main__":
    main()
