"""`warta sql spark`: Spark itself runs the script, and its tables of Iceberg are the lake."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.lakes import NOW, article, bad, table_of, write_plainly
from tests.support.waiting import PATIENCE_S
from warta.pipeline.loading.warehouses.script import statements
from warta.pipeline.maintenance import compact_lake
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.storage import Lake

ROOT = Path(__file__).parents[2]
PYSPARK = ROOT / ".engines" / "pyspark"
JAR = ROOT / ".engines" / "iceberg-spark-runtime-4.1_2.13-1.12.0.jar"


def _run(lake: Lake, number: int, rows: list[Any], small_files: int = 0) -> None:
    at = NOW + timedelta(hours=number)
    write_plainly(lake, rows, f"t{number}", started_at=at, small_files=small_files)


def _expected(lake: Lake) -> dict[str, list[str]]:
    found = {}
    for table, defined in TABLES.items():
        rows = table_of(lake, table).to_pylist()
        if defined.ordered_by:
            rows.sort(key=lambda row: row[defined.ordered_by])
            rows = list({row[defined.key[0]]: row for row in rows}.values())
        found[table] = sorted(_outline(table, row) for row in rows)
    return found


def _outline(table: str, row: dict[str, Any]) -> str:
    """Return what a row is known by, what has changed it, and something that is nested."""
    names = [*TABLES[table].key, TABLES[table].marked_by, TABLES[table].ordered_by]
    topics = [topic["qcode"] for topic in row.get("topics") or ()]
    return json.dumps([*(row.get(name) for name in names), topics])


@pytest.mark.long
@pytest.mark.skipif(not PYSPARK.exists(), reason="no PySpark: make spark")
@pytest.mark.skipif(not JAR.exists(), reason="no Iceberg runtime of Spark: make iceberg-spark")
def test_spark_runs_the_script_and_has_the_lake(tmp_path: Path) -> None:
    """All at once, then what is new with a reject that was replayed, then merged files again."""
    lake = Lake(str(tmp_path / "lake"))
    scripts: list[list[str]] = []
    wanted: list[dict[str, list[str]]] = []

    def note(since: int) -> None:
        """Add the script of the lake as it is now: its files may be replaced before Spark runs."""
        copy = shutil.copytree(lake.uri, tmp_path / f"it's [{len(scripts)}] {{a,b}}")
        scripts.append(list(statements("spark", str(copy), since)))
        wanted.append(_expected(lake))

    body = article("s").article_body
    rows: list[Any] = [article("a"), article("s"), article("s1", body), article("b", day="unknown")]
    _run(lake, 1, [*rows, bad("x"), bad("y")])
    note(0)
    _run(lake, 2, [article("a", "isi baru " * 20), article("s2", body), bad("z")])
    (reject, *_) = table_of(lake, "rejects").to_pylist()
    _run(lake, 3, [replace(article("c"), replay_of=reject["reject_id"])])
    note(1)
    compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
    note(0)
    (tmp_path / "scripts.json").write_text(json.dumps(scripts))
    program = str(ROOT / "tests" / "support" / "spark_sql.py")
    done = subprocess.run(
        [sys.executable, program, JAR, tmp_path / "warehouse", tmp_path / "scripts.json"],
        env={**os.environ, "PYTHONPATH": str(PYSPARK), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    for found, state in zip(json.loads(done.stdout), wanted, strict=True):
        for table in TABLES:
            there = sorted(_outline(table, json.loads(row)) for row in found[table])
            assert there == state[table], table
