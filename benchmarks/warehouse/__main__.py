"""A lake of several runs, read by every reader that is claimed: `make warehouse`.

Each reader is a process of its own, in an environment of its own (.venv-warehouse). Its rows,
nested columns included, must be those of the files that the commits list, down to the last bit.
Prints a table: reader, version, rows of each table in the plain folders and through Iceberg, and
"equal", "not equal", or "not offered" where the engine has no such reader.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.crash_ground import copy_lake
from benchmarks.warehouse.checksums import Digest, digest
from benchmarks.warehouse.readers import READERS, STORE
from tests.support.jobs import in_child, object_store
from warta.transforms.core.schema import TABLES

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"
PYTHON = ROOT / ".venv-warehouse" / "bin" / "python"
_KINDS = (
    (pa.types.is_integer, "int"),
    (pa.types.is_floating, "float"),
    (pa.types.is_string, "text"),
    (pa.types.is_binary, "bytes"),
    (pa.types.is_timestamp, "time"),
)
_HEAD = ("reader", "version", "plain", "Iceberg", "type of day")
_WIDTHS = (18, 8, 43, 43, 0)
CATALOG = find_spec("pyiceberg") is not None
"""Whether the lake can have Iceberg tables: the extra `iceberg`."""
NULL_STRUCTS = "equal, but null structs"
"""Of a reader that gives a struct of nulls in place of one that is null."""
_TIMEOUT_S = 600


def kind_of(of: pa.DataType) -> Any:
    """Return a type in the words of checksums.py."""
    if pa.types.is_list(of):
        return ["list", kind_of(of.value_type)]
    if pa.types.is_struct(of):
        return {field.name: kind_of(field.type) for field in of}
    return next(name for holds, name in _KINDS if holds(of))


KINDS = {
    table: {field.name: kind_of(field.type) for field in defined.schema}
    for table, defined in TABLES.items()
}


def make_lake(lake: Path) -> list[str]:
    """Write a lake by several runs, with merges and a replay; one run is killed during its commit.

    Returns:
      Lines about what a reader of folders sees at that moment.
    """
    sources = SAMPLES / "sources"
    for part in ("jsonl/harian-cakrawala.jsonl", "html", "jsonl/suara-timur.jsonl"):
        _warta(["run", sources / part, "--lake", lake, "--workers", 1, "--compact", "off"])
        # From the second run on they change with the commits.
        if CATALOG and not (lake / "_iceberg").exists():
            _warta(["catalog", "enable", lake])
    everything = ["run", "--config", SAMPLES / "sources.toml", "--lake", lake, "--workers", 1]
    merging = [*everything, "--small-files", 2]
    _warta(merging, fault="commit.committed")
    during = _folder_rows(lake), sum(one.rows for one in expected(lake).values())
    replay = ["replay", lake, "--reason", "bad_date", "--keep-bad-dates", "--workers", 1]
    _warta([*replay, "--small-files", 2])
    after = _folder_rows(lake), sum(one.rows for one in expected(lake).values())
    _warta(["verify", lake])
    return [
        f"during a commit that merges, killed there: {during[0]} rows in the folders, {during[1]} "
        "in the commits; a folder shows rows twice until the next start, a list of commits never",
        f"after the next start: {after[0]} rows in the folders, {after[1]} in the commits",
    ]


def _warta(words: Sequence[object], fault: str = "") -> None:
    command = [sys.executable, "-m", "warta", *map(str, words)]
    environment = {**os.environ, "WARTA_FAULT": fault}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, start_new_session=True
    )
    wanted = (-signal.SIGKILL,) if fault else (0, 3)
    if done.returncode not in wanted:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")


def _folder_rows(lake: Path) -> int:
    return sum(pq.read_table(lake / table).num_rows for table in TABLES)


def expected(lake: Path) -> dict[str, Digest]:
    """Return what the files hold that the commits list, by table."""
    commits = [json.loads(path.read_bytes()) for path in (lake / "_commits").glob("*.json")]
    replaced = {path for commit in commits for path in commit["replaced"]}
    listed = {file["path"]: file for commit in commits for file in commit["files"]}
    return {
        table: digest(
            (
                row
                for path, file in listed.items()
                if file["table"] == table and path not in replaced
                for row in _rows(lake / path, list(columns))
            ),
            list(columns.values()),
        )
        for table, columns in KINDS.items()
    }


def _rows(path: Path, columns: list[str]) -> Sequence[Sequence[Any]]:
    with pq.ParquetFile(path) as file:
        table = file.read(columns=columns)
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))


def read(name: str, mode: str, lake: str, python: Path) -> dict[str, Any]:
    """Return what a reader in its own process has read, or `error`, its last line."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as kinds:
        json.dump(KINDS, kinds)
        kinds.flush()
        words = [
            str(python),
            "-m",
            "benchmarks.warehouse.readers",
            name,
            mode,
            lake,
            kinds.name,
        ]
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def outcome(found: dict[str, Any], wanted: dict[str, Digest]) -> str:
    """Return a cell of the table: rows by table, and whether they are those of the commits."""
    if "error" in found:
        return f"failed: {found['error'][:60]}"
    tables = found["tables"]
    rows = " + ".join(str(tables[table]["rows"]) for table in wanted)
    bad = [table for table, one in wanted.items() if not _is_equal(tables[table], one, "checksum")]
    if not bad:
        return f"{rows}: equal"
    if all(_is_equal(tables[table], wanted[table], "checksum_of_values") for table in bad):
        return f"{rows}: {NULL_STRUCTS}"
    return f"{rows}: not equal: {', '.join(bad)}"


@contextmanager
def in_bucket(lake: Path) -> Iterator[str]:
    """Yield the URI of a copy of a lake in an S3 server on this machine, with tables of its own."""
    with object_store() as uri:
        there = uri.format(name="lake")
        in_child(lambda: _copy(str(lake), there))
        parts = urlsplit(there)
        options = dict(parse_qsl(parts.query))
        os.environ[STORE] = json.dumps(
            {
                "s3.endpoint": f"{options['scheme']}://{options['endpoint_override']}",
                "s3.path-style-access": "true",
                "s3.region": options["region"],
                "s3.access-key-id": os.environ["AWS_ACCESS_KEY_ID"],
                "s3.secret-access-key": os.environ["AWS_SECRET_ACCESS_KEY"],
            }
        )
        yield f"{parts.scheme}://{parts.netloc}{parts.path}"


def _copy(lake: str, uri: str) -> None:
    from warta.transforms.lake.iceberg import maintenance
    from warta.transforms.lake.storage import Lake

    copy_lake(lake, uri)
    maintenance.rebuild(Lake(uri))


def _is_equal(found: dict[str, Any], wanted: Digest, checksum: str) -> bool:
    said = asdict(wanted)
    return all(found[name] == said[name] for name in ("rows", checksum))


def _show(cells: Sequence[str]) -> None:
    line = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    print(line.rstrip(), flush=True)


def compare(lake: Path, names: Sequence[str], python: Path, *, iceberg: bool) -> list[list[str]]:
    """Return the table's lines: title, version, plain, Iceberg, type of `day`.

    Args:
      lake: Its folder.
      names: Readers.
      python: Of the environment in which they are installed.
      iceberg: Whether the lake has a catalog.
    """
    wanted = expected(lake)
    lines = []
    for name in names:
        reader = READERS[name]
        cells, version, day = [], "", ""
        for mode, way in (("plain", reader.plain), ("iceberg", reader.iceberg)):
            if way is None:
                cells.append("not offered")
            elif mode == "iceberg" and not iceberg:
                cells.append("not tried: no pyiceberg")
            else:
                in_store = mode == "iceberg" and reader.needs_store
                with in_bucket(lake) if in_store else nullcontext(str(lake)) as where:
                    found = read(name, mode, where, python)
                version = found.get("version", version)
                if mode == "plain" and "tables" in found:
                    day = found["tables"]["articles"]["day"]
                cells.append(outcome(found, wanted) + (", in a bucket" if in_store else ""))
        lines.append([reader.title, version, *cells, day])
        _show(lines[-1])
    return lines


def main() -> int:
    """Print the table; 1 where a reader fails or reads something else than the commits say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=READERS, action="append", help="only this one")
    parser.add_argument("--python", type=Path, default=PYTHON, help="where readers are installed")
    options = parser.parse_args()
    names = options.reader or list(READERS)
    with tempfile.TemporaryDirectory(prefix="warta-warehouse-") as folder:
        lake = Path(folder) / "lake"
        notes = make_lake(lake)
        commits = len(list((lake / "_commits").glob("*.json")))
        print(f"a lake of {commits} commits; rows of {' + '.join(TABLES)}\n")
        _show(_HEAD)
        lines = compare(lake, names, options.python, iceberg=CATALOG)
    print("", *notes, sep="\n")
    cells = [cell for line in lines for cell in line[2:4]]
    return int(any("not equal" in cell or "failed" in cell for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
