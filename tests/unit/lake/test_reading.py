"""Tables as users read them: pyarrow, pandas, Polars, DuckDB."""

from datetime import date
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset as ds
import pytest

from tests.support.lakes import article, bad, write_plainly
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.reading import open_dataset, read_table, scan_table
from warta.transforms.lake.storage import Lake

V1 = str(Path(__file__).parents[2] / "lakes" / "v1")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Four runs, merged as they came, and a stray copy of a file."""
    made = Lake(str(tmp_path_factory.mktemp("tables") / "lake"))
    for number in range(4):
        articles = [article(f"a{number}"), article(f"b{number}", day="unknown")]
        write_plainly(made, [*articles, bad(f"c{number}")], f"t{number}", small_files=3)
    path = Path(made.path(next(made.files("articles", recursive=True))))
    path.with_name("stray.parquet").write_bytes(path.read_bytes())
    return made


def test_a_dataset_has_each_row_once(lake: Lake) -> None:
    """Filters on the partition leave whole files out; days choose them at once."""
    articles = open_dataset(lake.uri)
    assert articles.count_rows() == 8
    unknown = ds.field("published_date") == "unknown"
    assert articles.count_rows(filter=unknown) == 4
    chosen = list(articles.get_fragments(filter=unknown))
    assert {fragment.path.split("/")[-2] for fragment in chosen} == {"day=1970-01-01"}
    assert open_dataset(lake, "articles", days=[date(2026, 11, 10)]).count_rows() == 4
    assert open_dataset(lake, "rejects").count_rows() == 4
    assert open_dataset(lake, "feeds").count_rows() == 0


def test_duckdb_reads_a_dataset_by_the_name_of_its_variable(lake: Lake) -> None:
    """With columns and filters pushed down into the files."""
    articles = open_dataset(lake.uri, "articles")
    query = "SELECT published_date, count(*) FROM articles GROUP BY ALL ORDER BY ALL"
    assert articles is not None
    assert duckdb.execute(query).fetchall() == [("2026-11-10", 4), ("unknown", 4)]


def test_polars_scans_a_dataset(lake: Lake) -> None:
    """Lazily: the filter goes into the scan."""
    articles = polars.scan_pyarrow_dataset(open_dataset(lake.uri, "articles"))
    found = articles.filter(polars.col("published_date") == "unknown").select("canonical_url")
    assert sorted(found.collect()["canonical_url"])[0] == "https://berita.example/b0"


def test_pandas_takes_a_table(lake: Lake) -> None:
    """By columns, so that bodies are not read."""
    pandas = pytest.importorskip("pandas")
    frame = open_dataset(lake.uri, "mentions").to_table(columns=["surface", "type"]).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.shape == (8, 2)


def test_a_lake_of_an_older_version_is_read(lake: Lake) -> None:
    """Columns that its files lack are null."""
    articles = open_dataset(V1, "articles").to_table(columns=["version", "record_hash"])
    assert articles.num_rows == 4
    assert articles["record_hash"].null_count == 4
    assert read_table(Lake(V1), "articles", ["record_hash"]).num_rows == 4


def test_a_scan_goes_on_when_a_file_is_merged_meanwhile(tmp_path: Path) -> None:
    """It sees the table as it was when it began; no row is missing, none is there twice."""
    lake = Lake(str(tmp_path / "lake"))
    for number in range(3):
        write_plainly(lake, [article(f"a{number}")], f"t{number}")
    rows = scan_table(lake, "articles", ["canonical_url"])
    urls = next(rows)["canonical_url"].to_pylist()
    write_plainly(lake, [article("new")], "t3", small_files=2)
    assert len(list(lake.files("_replaced", recursive=True))) > 0
    urls += [url for batch in rows for url in batch["canonical_url"].to_pylist()]
    assert sorted(urls) == [f"https://berita.example/a{number}" for number in range(3)]
    assert open_dataset(lake).count_rows() == 4


def test_what_cannot_be_read_is_named(tmp_path: Path, lake: Lake) -> None:
    """No lake, no such table, a lost file, a damaged file."""
    with pytest.raises(LakeError, match="is not a lake"):
        open_dataset(str(tmp_path))
    with pytest.raises(LakeError, match="no table 'entities': its tables are articles, "):
        open_dataset(lake, "entities")
    other = Lake(str(tmp_path / "lake"))
    write_plainly(other, [article("a"), bad("b")], "t1")
    Path(other.path(next(other.files("articles", recursive=True)))).unlink()
    with pytest.raises(LakeError, match=r"articles/.* is missing, and a commit lists it"):
        list(scan_table(other, "articles", ["version"]))
    Path(other.path(next(other.files("rejects", recursive=True)))).write_bytes(b"PAR1")
    with pytest.raises(LakeError, match=r"rejects/.* is damaged"):
        list(scan_table(other, "rejects", ["reason"]))
