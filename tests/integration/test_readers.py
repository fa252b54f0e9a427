"""A lake as other libraries open it: as a folder of Parquet, without a word about how.

`make warehouse` does the same with every reader that is claimed; here are those that tests have.
"""

from pathlib import Path

import pytest

from benchmarks.warehouse.__main__ import KINDS, compare, expected
from benchmarks.warehouse.readers import run
from tests.support.lakes import article, bad, write_plainly
from warta.transforms.core.records import Article, Reject
from warta.transforms.lake.storage import Lake

ROOT = Path(__file__).parents[2]
READERS_PYTHON = ROOT / ".venv-warehouse" / "bin" / "python"
SMALL = ("duckdb", "polars", "pandas", "pyarrow", "datafusion", "pyiceberg")


@pytest.fixture(scope="module")
def lake_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that merge, articles without a date, a story of two reports, rejects."""
    made = Lake(str(tmp_path_factory.mktemp("readers") / "lake"))
    for number in range(3):
        undated = article(f"b{number}", day="unknown", location_created=None)
        first = article(f"a{number}", in_language="id")
        copy = article(f"d{number}", first.article_body, in_language="id")
        rows: list[Article | Reject] = [first, copy, undated, bad(f"c{number}")]
        write_plainly(made, rows, f"t{number}", small_files=2)
    return Path(made.uri)


@pytest.mark.parametrize("reader", ["duckdb", "polars", "pandas", "pyarrow"])
def test_a_folder_is_read_as_the_commits_say(lake_path: Path, reader: str) -> None:
    """The same rows, nested values included, and a key `day` that is a day also without a date."""
    found = run(reader, "plain", str(lake_path), KINDS)["tables"]
    for table, wanted in expected(lake_path).items():
        assert (found[table]["rows"], found[table]["checksum"]) == (wanted.rows, wanted.checksum)
        assert found[table]["day"] in ("DATE", "Date", "category", "dictionary of string")


@pytest.mark.long
@pytest.mark.skipif(not READERS_PYTHON.exists(), reason="no .venv-warehouse: `make warehouse`")
def test_the_small_readers_of_make_warehouse_agree(lake_path: Path) -> None:
    """Each in a process and with the version that are claimed."""
    for title, _, plain, iceberg, _ in compare(lake_path, SMALL, READERS_PYTHON, iceberg=False):
        assert "equal" in (plain + iceberg) or plain == "not offered", (title, plain, iceberg)
        assert "not equal" not in plain + iceberg
