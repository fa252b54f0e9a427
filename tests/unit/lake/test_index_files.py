"""Files of the article index: what is read of them, and how they become one."""

from collections.abc import Callable
from contextlib import closing
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warta.transforms.lake import index_files
from warta.transforms.lake.article_index import MAX_FILES, files_to_merge
from warta.transforms.lake.catalog import DataFile
from warta.transforms.lake.index_files import (
    IDS_SCHEMA,
    Words,
    find_days,
    is_coarse,
    merge_sorted,
    rows_of_group,
    sort_rows,
    write_sorted,
)
from warta.transforms.lake.storage import Lake

PATH = "_ids/a.parquet"


def _ids(count: int, seed: int) -> Words:
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


def _rows(articles: Words, day: int) -> pa.Table:
    days = np.full(len(articles), day, dtype=np.int32)
    return sort_rows([pa.table([articles, days], schema=IDS_SCHEMA)])


def _write(lake: Lake, path: str, rows: pa.Table) -> None:
    lake.make_folder("_ids")
    with closing(lake.open_checked(path)) as stream:
        assert write_sorted(stream, [rows], len(rows)) == len(rows)


def _write_coarse(lake: Lake, path: str, rows: pa.Table) -> None:
    """As versions before this one did: a million rows in a row group."""
    lake.make_folder("_ids")
    pq.write_table(rows, lake.path(path), row_group_size=1 << 20, use_dictionary=False)


@pytest.mark.parametrize("write", [_write, _write_coarse])
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("remote", [True, False])
def test_days_are_found_in_files_of_every_form(
    lake: Lake, write: Callable[[Lake, str, pa.Table], None], statistics: bool, remote: bool
) -> None:
    """The lowest id, the highest, one on two days; of ids that are not there, none."""
    articles = _ids(5_000, 1)
    ends = np.array([0, (1 << 64) - 1, 77], dtype=np.uint64)
    rows = sort_rows([_rows(articles, 5), _rows(ends, 7), _rows(ends[2:], 9)])
    write(lake, PATH, rows)
    if not statistics:
        pq.write_table(pq.read_table(lake.path(PATH)), lake.path(PATH), write_statistics=False)
    with patch.object(index_files, "is_local", lambda _: not remote):
        assert find_days(lake, PATH, np.sort(articles[:3])) == {5}
        assert find_days(lake, PATH, np.sort(np.append(articles[:3], ends[1:2]))) == {5, 7}
        assert find_days(lake, PATH, ends[2:]) == {7, 9}
        assert find_days(lake, PATH, ends[:1]) == {7}
        assert find_days(lake, PATH, np.sort(_ids(50, 2))) == set()
        assert find_days(lake, PATH, ends[:0]) == set()


def test_row_groups_without_an_id_of_the_run_are_not_read(lake: Lake) -> None:
    """Of the others the ids alone, and days where an id is there."""
    articles = _ids(100_000, 3)
    _write(lake, PATH, _rows(articles, 5))
    read: list[tuple[int, str]] = []

    def note(
        lake: Lake, path: str, file: pq.ParquetFile, groups: npt.NDArray[np.intp], column: str
    ) -> npt.NDArray[Any]:
        read.append((len(groups), column))
        return kept(lake, path, file, groups, column)

    kept = index_files._read
    with patch.object(index_files, "_read", note):
        assert find_days(lake, PATH, np.sort(np.append(_ids(9, 4), articles[0]))) == {5}
    assert pq.read_metadata(lake.path(PATH)).num_row_groups == 98
    ((groups, first), (with_day, second)) = read
    assert (first, with_day, second) == ("article", 1, "day")
    assert groups <= 10


@pytest.mark.parametrize("at_once", [700, 1 << 20])
def test_merged_rows_are_sorted_and_each_once(lake: Lake, at_once: int) -> None:
    """Whatever the files, and by however many ranges."""
    shared = _ids(300, 1)
    parts = [np.append(_ids(1_000 * number, 10 + number), shared) for number in range(1, 4)]
    tables = [_rows(articles, day) for day, articles in enumerate(parts)]
    tables.append(tables[0])
    paths = [f"_ids/{number}.parquet" for number in range(3)]
    for path, rows in zip(paths, tables, strict=False):
        (_write_coarse if path == paths[1] else _write)(lake, path, rows)
    with patch.object(index_files, "_ROWS_AT_ONCE", at_once):
        merged = list(merge_sorted(lake, paths, tables[3]))
    assert len(merged) == (1 if at_once > 10_000 else 12)
    assert pa.concat_tables(merged).equals(sort_rows(tables))


def test_files_of_before_are_known_by_their_row_groups(lake: Lake) -> None:
    """They are written again; a small file has but one in any version."""
    _write(lake, "_ids/new.parquet", _rows(_ids(9_000, 1), 5))
    _write_coarse(lake, "_ids/old.parquet", _rows(_ids(9_000, 1), 5))
    _write_coarse(lake, "_ids/small.parquet", _rows(_ids(900, 1), 5))
    coarse = {name: is_coarse(lake, f"_ids/{name}.parquet") for name in ("new", "old", "small")}
    assert coarse == {"new": False, "old": True, "small": False}


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([9] * (MAX_FILES - 1), []),
        ([9] * MAX_FILES, [9] * MAX_FILES),
        ([*[9] * 10, *[1000] * 6], [9] * 10),
        ([*range(1, 9), *[36] * 2, *[200] * 6], [*range(1, 9), 36, 36]),
        ([2**n for n in range(MAX_FILES)], [2**n for n in range(MAX_FILES // 2)]),
    ],
)
def test_smaller_files_are_merged_first(rows: list[int], merged: list[int]) -> None:
    """A large one is taken in by as many rows as it has itself."""
    files = [DataFile(f"_ids/{n:02}.parquet", "ids", "", count, 1) for n, count in enumerate(rows)]
    assert [file.rows for file in files_to_merge(files[::-1])] == merged


def test_files_stay_few_and_rows_are_seldom_merged() -> None:
    """Of two thousand commits: a row is written some five times, not once in sixteen commits."""
    sizes: list[int] = []
    written = 0
    for number in range(2_000):
        files = [DataFile(f"{n}", "ids", "", rows, 1) for n, rows in enumerate(sizes)]
        taken = files_to_merge(files)
        sizes = [file.rows for file in files if file not in taken]
        sizes.append(500 + sum(file.rows for file in taken))
        written += sizes[-1]
        assert len(sizes) <= MAX_FILES, number
    assert written < 6 * 500 * 2_000


def test_row_groups_grow_with_the_square_root() -> None:
    """So that the footer and what is read beside it grow alike."""
    assert rows_of_group(0) == rows_of_group(10_000_000) == 1024
    assert rows_of_group(1_300_000_000) == 4096
