"""What would be read, listed without a lake; and folders that are not lakes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warta.pipeline.cli import main
from warta.pipeline.console.messages import in_bytes
from warta.pipeline.dry_run import describe_feeds
from warta.transforms.core.errors import UsageError
from warta.transforms.core.records import Source
from warta.transforms.lake.opening import check_folder, open_lake
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.state import FeedState

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)


def test_a_dry_run_lists_files_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kinds, sizes, what is left out, and the commits there would be."""
    (tmp_path / "a.jsonl").write_bytes(b'{"body": "x"}\n' * 200_000)
    (tmp_path / "b.txt").write_text("Kapal berlabuh.")
    (tmp_path / "foto.jpg").write_bytes(b"\xff\xd8\xff")
    words = ["run", str(tmp_path), "-", "https://kabar.example/rss.xml", "--lake"]
    lake = tmp_path.parent / "danau"
    assert main([*words, str(lake), "--dry-run", "--epoch-mb", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"    2.8 MB  jsonl  {tmp_path}/a.jsonl" in lines
    assert f"      15 B  text   {tmp_path}/b.txt" in lines
    assert "            pipe   -" in lines
    assert "   fetched  feed   https://kabar.example/rss.xml" in lines
    assert any(line.startswith("skipped: ") and "foto.jpg" in line for line in lines)
    assert lines[-1] == "4 inputs, 2.8 MB, in 4 commits; nothing was read or written"
    assert not lake.exists()


def test_a_config_is_checked_source_by_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 where one has nothing to read; feeds are not asked for."""
    (tmp_path / "arsip").mkdir()
    (tmp_path / "arsip" / "b.txt").write_text("Kapal berlabuh.")
    config = tmp_path / "sources.toml"
    feed = '[[source]]\nname = "umpan"\nkind = "feed"\nlocation = "https://kabar.example/rss"\n'
    config.write_text(feed + '[[source]]\nname = "arsip"\nlocation = "arsip"\n')
    assert main(["check", str(config)]) == 0
    shown = capsys.readouterr()
    assert shown.out == "umpan: feed at https://kabar.example/rss\narsip: 1 text, 15 B\n"
    config.write_text(feed + '[[source]]\nname = "arsip"\nlocation = "hilang"\n')
    assert main(["check", str(config)]) == 1
    shown = capsys.readouterr()
    assert "arsip: " in shown.out
    assert "1 of 2 sources have nothing to read" in shown.err


def test_a_watch_says_which_feeds_are_due() -> None:
    """Of what the lake remembers: due, due later, stopped."""
    urls = [f"https://{name}.example/rss" for name in ("pagi", "siang", "sore")]
    states = {
        urls[1]: FeedState(urls[1], next_poll_at=NOW + timedelta(hours=1)),
        urls[2]: FeedState(urls[2], stopped_at=NOW),
    }
    lines = list(describe_feeds([Source(url, kind="feed") for url in urls], states, NOW))
    assert [line.partition("  ")[0] for line in lines[:-1]] == [
        "due now",
        "due at 2026-11-16T04:00:00Z",
        "stopped",
    ]
    assert lines[-1].startswith("1 feed of 3 due; nothing")


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (2_560_000_000, "2.6 GB")]
)
def test_sizes_are_shown_as_people_read_them(size: int, shown: str) -> None:
    """Decimal units, one digit."""
    assert in_bytes(size) == shown


def test_a_folder_of_others_is_no_lake(tmp_path: Path) -> None:
    """Refused by name, unless it is forced; an empty one, a new one and a lake pass."""
    full = tmp_path / "foto"
    full.mkdir()
    (full / "kapal.jpg").touch()
    with pytest.raises(UsageError, match=r"foto is not a lake and not empty \(it holds kapal.jpg"):
        open_lake(str(full), force=False)
    assert [path.name for path in full.iterdir()] == ["kapal.jpg"]
    open_lake(str(full), force=True)
    check_folder(Lake(str(full)), force=False)
    empty = tmp_path / "kosong"
    empty.mkdir()
    (empty / ".snapshot").mkdir()
    (empty / "lost+found").mkdir()
    open_lake(str(empty), force=False)
    open_lake(str(tmp_path / "baru"), force=False)


def test_a_lake_that_was_being_made_is_no_folder_of_others(tmp_path: Path) -> None:
    """Killed before its marker, it has folders of ours alone."""
    (tmp_path / "_commits").mkdir()
    (tmp_path / "articles").mkdir()
    open_lake(str(tmp_path), force=False)
