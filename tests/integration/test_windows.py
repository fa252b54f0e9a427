"""Windows of a stream: committed once, whatever is done twice, late or lost on the way."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.window import FixedWindows, TimestampedValue
from apache_beam.utils.timestamp import MAX_TIMESTAMP

from tests.support.lakes import article, bad, snapshot, table_of
from warta.transforms.core.counts import ReadCount
from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Article, Reference, Reject, Source
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.finish_windows import FinishWindows
from warta.transforms.lake.commit import recover
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.staging import MAX_BUFFER_BYTES, Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify
from warta.transforms.lake.windows import Part, Stream, finish_window, keep_in_shape, part_of_rows
from warta.transforms.sources.listing import list_source
from warta.transforms.watch_sources import Poll, location_of
from warta.transforms.write_lake import StageRows

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
STREAM = Stream("news", "run-1", 60.0)
POLICY = Policy(30, 0.8, CompactionPolicy(0, 128 << 20))


def _bundle(lake: Lake, rows: Sequence[Article | Reject], name: str) -> list[Part]:
    """What a bundle reports of rows that it has staged."""
    run = STREAM.staging_run(NOON)
    stager = Stager(lake, run, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    for row in rows:
        stager.add(row)
    return [Part(f"read-{name}", read=len(rows)), *map(part_of_rows, stager.close())]


def _finish(lake: Lake, parts: Sequence[Part], began: datetime = NOON) -> dict[str, Any]:
    return finish_window(lake, STREAM.run_of(began), parts, POLICY, {"warta_version": "test"})


def _check_sound(lake: Lake) -> None:
    """No fault, once what a running stream may have left is cleared away."""
    recover(lake)
    assert verify(lake).faults == ()


def _ids(lake: Lake) -> list[str]:
    return sorted(table_of(lake, "articles")["article_id"].to_pylist())


def test_a_window_is_a_commit_with_its_name(lake: Lake) -> None:
    """Its commit id names stream and start; its counts meet; its staged rows are gone."""
    parts = _bundle(lake, [article("a"), article("b"), bad("c")], "1")
    document = _finish(lake, [*parts, Part("read-known", read=2), Part("known", known=2)])
    assert document["token"].split("-") == ["news", "20261116T120000Z"]
    assert document["counts"] == {"read": 5, "published": 2, "duplicates": 2, "rejected": 1}
    assert table_of(lake, "articles")["ingested_at"].to_pylist() == [NOON, NOON]
    assert not [path for path in lake.files("_staging", recursive=True) if ".parquet" in path]
    _check_sound(lake)


def test_what_bundles_pass_over_is_in_the_commit(lake: Lake) -> None:
    """Beside the records, whose counts meet without it; a commit without it says nothing of it."""
    rows = _bundle(lake, [article("a")], "1")
    images = (("media_type", 3), ("record_type", 1))
    parts = [*rows, Part("read-2", passed_over=images), Part("read-3", passed_over=images[:1])]
    document = _finish(lake, parts)
    assert document["passed_over"] == {"media_type": 6, "record_type": 1}
    assert document["counts"]["read"] == 1
    assert "passed_over" not in _finish(
        lake, _bundle(lake, [article("b")], "4"), NOON + timedelta(minutes=1)
    )
    _check_sound(lake)


def test_a_window_that_comes_again_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    """An engine that goes back to a checkpoint hands over the same parts: their rows are gone."""
    parts = _bundle(lake, [article("a")], "1")
    document = _finish(lake, parts)
    before = snapshot(tmp_path / "lake")
    assert _finish(lake, parts) == document
    assert snapshot(tmp_path / "lake") == before


def test_rows_that_are_read_again_are_known(lake: Lake) -> None:
    """A bundle done again is another part of its window: its own commit, without a new row."""
    first = _bundle(lake, [article("a"), bad("b")], "1")
    _finish(lake, first)
    again = _bundle(lake, [article("a"), bad("b")], "2")
    document = _finish(lake, [*first, *again])
    assert document["token"].split("-") == ["news", "20261116T120000Z", "2"]
    assert document["counts"] == {"read": 2, "published": 0, "duplicates": 1, "rejected": 1}
    assert (len(_ids(lake)), table_of(lake, "rejects").num_rows) == (1, 1)
    assert _finish(lake, [*first, *again]) == document


def test_what_comes_late_has_a_commit_of_its_own(lake: Lake) -> None:
    """A bundle that was still writing when its window was committed loses nothing."""
    on_time = _bundle(lake, [article("a")], "1")
    late = _bundle(lake, [article("b")], "2")
    later = _bundle(lake, [article("c")], "3")
    commit_ids = [_finish(lake, parts)["token"] for parts in (on_time, late, later)]
    assert commit_ids == [f"news-20261116T120000Z{end}" for end in ("", "-2", "-3")]
    assert len(_ids(lake)) == 3
    _check_sound(lake)


def test_an_article_of_two_windows_is_there_once(lake: Lake) -> None:
    """Windows are compared with what earlier ones have published, copies and versions too."""
    _finish(lake, _bundle(lake, [article("a")], "1"))
    body = article("a").article_body
    rows = [article("a"), article("copy", body=body), article("a", body=body + " Baru.")]
    document = _finish(lake, _bundle(lake, rows, "2"), NOON + timedelta(minutes=1))
    assert document["counts"] == {"read": 3, "published": 2, "duplicates": 1, "rejected": 0}
    assert document["copies"] == {"exact": 1}
    assert document["new_versions"] == 1


def test_a_window_that_lost_a_record_is_not_committed(lake: Lake) -> None:
    """Counts of readers and sink must meet; then a second try may."""
    parts = _bundle(lake, [article("a")], "1")
    with pytest.raises(LakeError, match="counts do not add up"):
        _finish(lake, [*parts, Part("read-more", read=1)])
    assert list(lake.files("_commits")) == []
    assert _finish(lake, parts)["counts"]["published"] == 1


def test_a_stream_that_lost_the_lake_commits_nothing(lake: Lake) -> None:
    """Its writer's claim is asked for at every window."""
    parts = _bundle(lake, [article("a")], "1")
    run = replace(STREAM, writer="nobody").run_of(NOON)
    with pytest.raises(LakeError, match="taken over by another run"):
        finish_window(lake, run, parts, POLICY, {})
    assert list(lake.files("_commits")) == []


def test_staging_of_old_windows_goes_once_an_hour(lake: Lake) -> None:
    """Only of committed ones, an hour later; one that waits keeps its rows."""
    _finish(lake, _bundle(lake, [article("a")], "1"))
    waiting = STREAM.staging_run(NOON + timedelta(minutes=1))
    stager = Stager(lake, waiting, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    stager.add(article("b"))
    stager.close()
    both = ["news-20261116T120000Z.rows", "news-20261116T120100Z.rows"]
    for began in (NOON + timedelta(hours=1), NOON + timedelta(hours=2, minutes=1)):
        keep_in_shape(lake, STREAM, began)
        assert lake.folders("_staging") == both
    keep_in_shape(lake, STREAM, NOON + timedelta(hours=2))
    assert lake.folders("_staging") == both[1:]


def test_each_window_of_a_graph_is_a_commit(lake: Lake) -> None:
    """Rows of three windows, in one bundle or many, go into three commits with their counts."""
    times = {f"n{number}": NOON.timestamp() + 25 * number for number in range(6)}
    options = PipelineOptions(["--runner=FnApiRunner", "--direct_runner_bundle_repeat=1"])
    with beam.Pipeline(options=options) as root:
        windowed = (
            root
            | beam.Create(list(times.items()))
            | beam.Map(lambda pair: TimestampedValue(*pair))
            | beam.WindowInto(FixedWindows(60))
        )
        staged = windowed | beam.Map(article).with_output_types(Article) | StageRows(lake, STREAM)
        read = windowed | "Count" >> beam.Map(lambda name: ReadCount(name, 1))
        known = windowed | "None" >> beam.FlatMap(lambda _: []).with_output_types(int)
        outcome = (read, known, staged)
        _ = outcome | FinishWindows(lake, STREAM, POLICY, {"warta_version": "test"})
    commits = [lake.read_json(path) for path in lake.files("_commits")]
    assert [commit["token"][-7:] for commit in commits] == ["120000Z", "120100Z", "120200Z"]
    assert [commit["counts"]["published"] for commit in commits] == [3, 2, 1]
    assert len(_ids(lake)) == 6
    _check_sound(lake)


def _poll(lake: Lake, settle_s: float = 0.0) -> Poll:
    return Poll(lake, "_staging/stop", 1 << 20, 1, settle_s)


def test_a_poll_finds_files_and_feeds(lake: Lake, tmp_path: Path) -> None:
    """A file is itself until it changes; a feed is another each time."""
    (tmp_path / "a.txt").write_text("Berita pagi ini.", encoding="utf-8")
    found = [_poll(lake)(Source(str(tmp_path / "a.txt"))) for _ in range(2)]
    places = {location_of(value.value) for result in found for value in result.outputs}
    assert len(places) == 1
    feeds = [_poll(lake)(Source("https://berita.example/rss")) for _ in range(2)]
    assert len({location_of(value.value) for result in feeds for value in result.outputs}) == 2
    (tmp_path / "a.txt").write_text("Berita pagi ini, lagi.", encoding="utf-8")
    (value,) = _poll(lake)(Source(str(tmp_path / "a.txt"))).outputs
    assert location_of(value.value) not in places


def test_a_poll_finds_files_whose_names_are_no_utf_8(lake: Lake, tmp_path: Path) -> None:
    """Engines keep places as UTF-8: each file has one of its own, and no file is lost."""
    folder = os.fsencode(tmp_path) + b"/"
    for name in (b"kabar-\xff.txt", b"kabar-\xfe.txt", b"kabar-\xc3\xa9.txt", b"gambar-\xff.png"):
        Path(os.fsdecode(folder + name)).write_bytes(b"\x89PNG\0" if b"png" in name else b"Berita.")
    found = [value.value for value in _poll(lake)(Source(str(tmp_path))).outputs]
    places = [location_of(reference) for reference in found]
    assert len({place.encode() for place in places}) == 4
    assert any(place.startswith(f"{tmp_path}/kabar-é.txt|") for place in places)
    coder = beam.coders.typecoders.registry.get_coder(Reference)
    assert [coder.decode(coder.encode(reference)) for reference in found] == found
    assert sorted(reference.kind for reference in found) == ["text"] * 3 + ["unknown_kind"]


def test_a_poll_leaves_files_alone_that_are_being_written(lake: Lake, tmp_path: Path) -> None:
    """What was changed a moment ago is taken the next time."""
    (tmp_path / "a.txt").write_text("Berita", encoding="utf-8")
    assert list_source(Source(str(tmp_path / "a.txt")), split_bytes=1 << 20, stripes=1)
    assert _poll(lake, settle_s=3600.0)(Source(str(tmp_path / "a.txt"))).outputs == ()


def test_a_folder_that_cannot_be_listed_is_tried_again(
    lake: Lake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is reported, and its watermark goes on, so that windows of other sources close."""
    result = _poll(lake)(Source(str(tmp_path / "missing")))
    assert result.outputs == ()
    assert not result.is_complete
    assert result.watermark is not None
    _poll(lake)(Source(str(tmp_path / "missing")))
    assert caplog.text.count("does not exist; looked at again later") == 1


def test_a_poll_ends_when_it_is_asked_to(lake: Lake, tmp_path: Path) -> None:
    """The stop file closes every window."""
    lake.write_json("_staging/stop", {})
    assert _poll(lake)(Source(str(tmp_path))).watermark == MAX_TIMESTAMP
