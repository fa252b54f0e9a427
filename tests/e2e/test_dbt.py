"""The dbt package in deploy/dbt builds its marts over the lake of the samples, offline."""

import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.support.commands import warta
from tests.support.lakes import article, bad, write_plainly
from tests.support.waiting import PATIENCE_S
from warta.transforms.core.records import Article, Reject
from warta.transforms.lake.iceberg import maintenance
from warta.transforms.lake.storage import Lake

ROOT = Path(__file__).parents[2]
DBT = ROOT / ".venv-dbt" / "bin" / "dbt"
_PARTS = ("avro", "iceberg")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not DBT.exists(), reason="no dbt here: make dbt"),
]


def _dbt(folder: Path, lake: Path, *words: str) -> str:
    """Run dbt; everything it writes goes into a folder."""
    package = str(ROOT / "deploy" / "dbt")
    places = ["--project-dir", package, "--profiles-dir", package]
    places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    done = subprocess.run(
        [str(DBT), "--no-use-colors", *words, *places],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WARTA_LAKE": str(lake), "WARTA_DUCKDB": str(folder / "marts.duckdb")},
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_marts_are_built_and_their_tests_pass(tmp_path: Path) -> None:
    """Over the samples: every article is counted, every test passes, one page documents it."""
    lake = tmp_path / "lake"
    config = ROOT / "sample_data" / "sources.toml"
    assert warta("run", "--config", config, "--lake", lake, "--workers", 1).returncode == 0
    _dbt(tmp_path, lake, "build")
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
    assert {one["status"] for one in results} == {"success", "pass"}
    _dbt(tmp_path, lake, "source", "freshness")
    _dbt(tmp_path, lake, "docs", "generate", "--static")
    page = (tmp_path / "target" / "static_index.html").read_text(encoding="utf-8")
    assert "who_copied_whom" in page
    connection = duckdb.connect(str(tmp_path / "marts.duckdb"), read_only=True)
    ((articles,),) = connection.execute("SELECT count(*) FROM articles_latest").fetchall()
    assert articles == 82  # of 84 versions
    copies = connection.execute("SELECT sum(articles) FROM who_copied_whom").fetchall()
    assert copies == [(4,)]
    ((stories, new),) = connection.execute(
        "SELECT (SELECT count(*) FROM stg_stories WHERE is_current), sum(new_stories) "
        "FROM stories_daily"
    ).fetchall()
    assert stories == new > 0


def test_marts_are_the_same_over_iceberg_tables(tmp_path: Path) -> None:
    """By DuckDB's extension: versions, merges and stories give what the file lists give."""
    lake = Lake(str(tmp_path / "lake"))
    text = article("s").article_body
    for number in range(4):
        rows: list[Article | Reject] = [
            article(f"s{number}", text),
            article("a", f"isi {number} " * 20),
            bad(f"x{number}"),
        ]
        write_plainly(lake, rows, f"t{number}", small_files=2)
        if not number:
            maintenance.enable(lake)
    marts = (
        "articles_latest",
        "articles_daily",
        "entities_daily",
        "rejects_daily",
        "stories_daily",
    )
    found = []
    extensions = [str(next(DBT.parents[1].rglob(f"{name}.duckdb_extension"))) for name in _PARTS]
    for number, options in enumerate(
        ({}, {"warta_read": "iceberg", "warta_extensions": extensions})
    ):
        folder = tmp_path / f"dbt{number}"
        folder.mkdir()
        _dbt(folder, Path(lake.uri), "build", "--vars", json.dumps(options))
        connection = duckdb.connect(str(folder / "marts.duckdb"), read_only=True)
        found.append({m: connection.execute(f"FROM {m} ORDER BY ALL").fetchall() for m in marts})
    assert found[0] == found[1]
    assert [row[1:4] for row in found[0]["stories_daily"]] == [(1, 1, 4)]


def test_an_odd_path_no_rejects_and_versions(tmp_path: Path) -> None:
    """A lake without rejects and feeds, whose name looks like a pattern; last versions count."""
    lake = Lake(str(tmp_path / "it's a [lake]*"))
    write_plainly(lake, [article("a"), article("b", day="unknown")], "t1")
    write_plainly(lake, [article("a", "isi baru " * 20)], "t2", small_files=2)
    _dbt(tmp_path, Path(lake.uri), "build")
    connection = duckdb.connect(str(tmp_path / "marts.duckdb"), read_only=True)
    rows = connection.execute("SELECT version FROM articles_latest ORDER BY 1").fetchall()
    assert rows == [(1,), (2,)]
    assert connection.execute("SELECT articles, total FROM articles_daily").fetchall() == [(1, 1)]
