"""Makes articles and lakes for tests."""

import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

from warta.transforms.cleaning.clean_record import clean_record
from warta.transforms.core.counts import Counts, ReadCount
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    Article,
    Entity,
    Mention,
    Reject,
    RemovedSpan,
    Topic,
)
from warta.transforms.core.reject_context import context_of_item
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.find_duplicates import FindDuplicates
from warta.transforms.lake.commit import commit, read_commit
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.layout import PublishedFile, Run, partition_path, staging_path
from warta.transforms.lake.publish_run import publish_run
from warta.transforms.lake.staging import MAX_BUFFER_BYTES, Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import passed_over_details
from warta.transforms.read_polled import FeedsRead, ReadPolled, Spool
from warta.transforms.write_lake import CommitRun, PublishRows, StageRows

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
_SYLLABLES = re.findall("..", "babebibodadidugagikakekolalilumaminaniparapirisasetato")


def words(count: int, seed: object) -> str:
    """Running text of invented words, the same for the same seed."""
    choose = random.Random(str(seed))  # noqa: S311  text, not secrets
    made = ["".join(choose.choices(_SYLLABLES, k=choose.randint(2, 4))) for _ in range(count)]
    sentences = [" ".join(made[i : i + 12]).capitalize() + "." for i in range(0, count, 12)]
    return " ".join(sentences)


def article(name: str, body: str | None = None, day: str = "2026-11-10", **fields: Any) -> Article:
    """Return an article at https://berita.example/<name>, with one entity, mention and topic."""
    body = words(120, name) if body is None else body
    known = day != "unknown"
    surface = body.split()[0]
    made = Article(
        article_id=hashlib.sha256(name.encode()).hexdigest()[:32],
        article_body=body,
        published_date=day,
        source_uri=f"file:///{name}.txt",
        source_record_id="",
        extraction_method="text",
        content_sha256=hashlib.sha256(body.encode()).hexdigest(),
        word_count=len(body.split()),
        canonical_url=f"https://berita.example/{name}",
        date_published=datetime.fromisoformat(f"{day}T02:00:00Z") if known else None,
        date_published_precision="second" if known else None,
        entities=(Entity("x1", None, surface, "person", 1),),
        mentions=(
            Mention("x1", None, surface, "person", "article_body", 0, len(surface), 0.9, "rule"),
        ),
        topics=(Topic("medtop", "medtop:11000000", "politics", 0.8, "politik"),),
        removed_spans=(RemovedSpan(0, 4, "example", "baca"),),
    )
    return replace(made, **fields)


def bad(name: str, reason: str = "bad_json") -> Reject:
    """Return a reject read from <name>."""
    return Reject("read", reason, "broken", f"file:///{name}.jsonl", "@0", b"{", 1)


def write_run(
    lake: Lake,
    rows: Iterable[Article | Reject],
    commit_id: str,
    *,
    read: int | None = None,
    known: int = 0,
    started_at: datetime = NOW,
    options: Sequence[str] = (),
    max_buffer_bytes: int = MAX_BUFFER_BYTES,
    **find: Any,
) -> None:
    """Run the sink's part of the graph over finished rows, on Beam's FnApiRunner."""
    rows = list(rows)
    run = Run(commit_id, f"run-{commit_id}", started_at)
    asked = {"dedup_days": 30, "near_threshold": 0.8, "small_files": 0, "target": 128 << 20} | find
    compaction = CompactionPolicy(asked["small_files"], asked["target"])
    policy = Policy(asked["dedup_days"], asked["near_threshold"], compaction)
    lake.create()
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *options])) as root:
        staged = root | beam.Create(rows) | StageRows(lake, run, max_buffer_bytes)
        tasks, decisions = staged | FindDuplicates(lake, run, policy)
        files = tasks | PublishRows(lake, run)
        counts = root | "Counts" >> beam.Create(
            [ReadCount("made", len(rows) if read is None else read)]
        )
        known_records = root | "Known" >> beam.Create([known])
        _ = (counts, known_records, files, decisions) | CommitRun(
            lake, run, {"warta_version": "test"}
        )


def write_plainly(
    lake: Lake,
    rows: Iterable[Article | Reject],
    commit_id: str,
    *,
    small_files: int = 0,
    started_at: datetime = NOW,
    target: int = 128 << 20,
    max_buffer_bytes: int = MAX_BUFFER_BYTES,
    story_days: int = 14,
) -> None:
    """Run the steps of the sink one after the other, without Beam: thirty times as fast."""
    rows = list(rows)
    run = Run(commit_id, f"run-{commit_id}", started_at)
    policy = Policy(30, 0.8, CompactionPolicy(small_files, target), story_days)
    lake.create()
    stager = Stager(lake, run, sign, MINHASH_SCHEME, max_buffer_bytes)
    for row in rows:
        stager.add(row)
    publish_run(lake, run, stager.close(), policy, read=len(rows), details={})


def plain_graph(
    lake: Lake, run: Run, spool: Spool, details: dict[str, Any], read: FeedsRead
) -> None:
    """Run a poll cycle's graph without Beam and without tagging: twenty times as fast."""
    limits = InputLimits()
    records = [
        record
        for reference in spool.references
        for record in ReadPolled(lake)(reference, limits, True)
    ]
    rows = [
        row
        if isinstance(row, Reject)
        else clean_record(row, limits, run.started_at, strict=True, context_of=context_of_item)
        for row in records
    ]
    stager = Stager(lake, run, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    for row in rows:
        stager.add(row)
    publish_run(
        lake,
        run,
        stager.close(),
        Policy(30, 0.8, CompactionPolicy(8, 128 << 20)),
        read=len(rows) + read.known,
        known=read.known,
        details=details | passed_over_details(ReadCount("", 0, passed_over=read.passed_over)),
        more=[read.state],
    )


def publish_table(
    lake: Lake, table: str, partition: str, rows: pa.Table, commit_id: str = "made"
) -> None:
    """Commit one file of these rows, whatever columns they have."""
    lake.create()
    lake.make_folder(staging_path(commit_id))
    staged = staging_path(commit_id, "rows.parquet")
    pq.write_table(rows, lake.path(staged), filesystem=lake.filesystem)
    size = lake.written_size(staged)
    path = partition_path(table, partition, f"{commit_id}-0-00000000.parquet")
    file = PublishedFile(table, partition, path, staged, len(rows), size)
    commit(lake, Run(commit_id, "r", NOW), Counts(), [file], {})


def undo(lake: Lake, commit_id: str, moved: int) -> dict[str, Any]:
    """Put a committed run back to where `moved` of its files were moved; return its plan."""
    document = read_commit(lake, commit_id)
    assert document is not None
    moves = {}
    lake.make_folder(staging_path(commit_id))
    for number, file in enumerate(document["files"]):
        moves[file["path"]] = staging_path(commit_id, f"final-{number}.parquet")
        if number >= moved:
            lake.move(file["path"], moves[file["path"]])
    lake.discard(f"_commits/{commit_id}.json")
    return {"commit": document, "moves": moves}


def table_of(lake: Lake, table: str) -> pa.Table:
    """Every file of a table, each opened for itself."""
    tables = []
    for path in lake.files(table, recursive=True):
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            tables.append(file.read())
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    """Rows of a table without what differs from run to run, in one order."""
    volatile = {"run_id", "ingested_at", "failed_at", "rejected_date", "updated_at"}
    rows = table_of(Lake(str(folder)), table).to_pylist()
    kept = [{name: row[name] for name in row if name not in volatile} for row in rows]
    return sorted(kept, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def commits_of(folder: Path) -> list[dict[str, Any]]:
    """Commit files of a lake."""
    return [json.loads(path.read_bytes()) for path in (folder / "_commits").glob("*.json")]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
