"""What a run reads, and how it is cut into batches: by inputs and options alone."""

import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from warta.pipeline.inputs import (
    LITTLE_BYTES,
    LITTLE_FILES,
    commit_id_of,
    cut_batches,
    is_little,
    list_inputs,
)
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import StorageError, UsageError
from warta.transforms.core.options import TaggingOptions
from warta.transforms.core.records import Reference, Source


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two hundred small texts, a large JSONL and one that is packed and cannot be cut by bytes."""
    for n in range(200):
        (tmp_path / f"kabar-{n:03}.txt").write_text("Sungai surut dan jembatan dibuka lagi.")
    (tmp_path / "arsip.jsonl").write_bytes(b'{"body": "pasang laut"}\n' * 150_000)
    noise = random.Random(7).randbytes(2_500_000)  # noqa: S311
    (tmp_path / "padat.jsonl.gz").write_bytes(gzip.compress(noise, 1))
    return tmp_path


def batches_of(*sources: Source, **options: Any) -> list[list[Reference]]:
    """Return the batches that a run cuts its inputs into."""
    settings = RunOptions(sources, "lake", epoch_mb=1, epoch_files=50, **options)
    references = list_inputs(settings, {}).references
    return list(cut_batches(references, settings.epoch_mb << 20, settings.epoch_files))


def test_the_cut_follows_from_inputs_and_options_alone(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many workers there are, and in whatever order sources and folders are listed."""
    folder, single = Source(str(inbox / "kabar-*")), Source(str(inbox / "*.jsonl*"))
    wanted = batches_of(folder, single, workers=1)
    names = [commit_id_of(batch, RunOptions((), "lake")) for batch in wanted]
    walk = os.walk

    def walk_shuffled(*arguments: Any, **options: Any) -> Iterator[Any]:
        for parent, folders, files in walk(*arguments, **options):
            random.shuffle(files)
            yield parent, folders, files

    glob = Path.glob

    def glob_shuffled(path: Path, pattern: str) -> list[Path]:
        found = list(glob(path, pattern))
        random.shuffle(found)
        return found

    monkeypatch.setattr(os, "walk", walk_shuffled)
    monkeypatch.setattr(Path, "glob", glob_shuffled)
    for workers in (1, 2, 8):
        again = batches_of(single, folder, workers=workers)
        assert [[(one.uri, one.start, one.stripe) for one in batch] for batch in again] == [
            [(one.uri, one.start, one.stripe) for one in batch] for batch in wanted
        ]
        assert [
            commit_id_of(one, RunOptions((), "lake", workers=workers)) for one in again
        ] == names


def test_a_batch_is_bounded_by_bytes_and_by_files(inbox: Path) -> None:
    """Every reference is in one batch, and no batch holds more than it may, but for one piece."""
    batches = batches_of(Source(str(inbox)))
    assert len({(one.uri, one.start, one.stripe) for batch in batches for one in batch}) == sum(
        map(len, batches)
    )
    for batch in batches:
        assert len({one.uri for one in batch}) <= 50
        assert len(batch) == 1 or sum(one.size for one in batch) <= 1 << 20
    texts = [one for batch in batches for one in batch if one.kind == "text"]
    assert len(texts) == 200


def test_empty_files_count_as_files_alone(tmp_path: Path) -> None:
    """Each counted for a megabyte, so that a hundred thousand took a thousand commits."""
    for number in range(60):
        (tmp_path / f"kosong-{number:02}.jsonl").touch()
    assert [len(batch) for batch in batches_of(Source(str(tmp_path)))] == [50, 10]


def test_a_packed_file_larger_than_a_batch_keeps_two_workers_busy(tmp_path: Path) -> None:
    """Its stripes come in an even number, and two at a time fit into a batch."""
    noise = random.Random(11).randbytes(5_200_000)  # noqa: S311
    (tmp_path / "padat.jsonl.gz").write_bytes(gzip.compress(noise, 1))
    batches = batches_of(Source(str(tmp_path)))
    assert [len(batch) for batch in batches] == [2] * 5
    assert {one.stripes for batch in batches for one in batch} == {10}


def test_feeds_of_the_web_are_batches_of_their_own(inbox: Path) -> None:
    """What is fetched again by every run does not take recognised files along."""
    feed = Source("https://kabar.example/rss.xml")
    with_feed = batches_of(feed, Source(str(inbox)))
    assert [one.uri for one in with_feed[-1]] == [feed.location]
    assert with_feed[:-1] == batches_of(Source(str(inbox)))


def test_a_file_that_two_sources_name_is_read_once_as_the_first_says(inbox: Path) -> None:
    """Also where they say two kinds, of which one is cut and the other is not."""
    path = str(inbox / "arsip.jsonl")
    for first, second in (("text", "jsonl"), ("jsonl", "text")):
        settings = RunOptions((Source(path, kind=first), Source(path, kind=second)), "lake")
        assert {one.kind for one in list_inputs(settings, {}).references} == {first}


def test_a_source_without_files_is_passed_over(inbox: Path) -> None:
    """Others are read all the same, and each one that is left out is named with its reason."""
    (inbox / "kosong").mkdir()
    sources = (
        Source(str(inbox / "kosong"), name="pagi"),
        Source(str(inbox / "hilang.jsonl"), name="siang"),
        Source("https://kabar.example/news.xml", name="peta", kind="sitemap"),
        Source(str(inbox / "kabar-001.txt")),
    )
    found = list_inputs(RunOptions(sources, "lake"), {})
    assert [Path(one.uri).name for one in found.references] == ["kabar-001.txt"]
    assert [one.uri for one in found.unreadable] == ["pagi", "siang", "peta"]
    assert "no files in" in found.unreadable[0].why
    assert "does not exist" in found.unreadable[1].why
    assert "warta watch" in found.unreadable[2].why


def test_what_was_typed_by_hand_must_exist(inbox: Path) -> None:
    """A slip of the keyboard ends the run, an empty folder does not."""
    good, typed = str(inbox / "kabar-001.txt"), str(inbox / "kabra.jsonl")
    sources = (Source(good), Source(typed))
    with pytest.raises(StorageError, match="does not exist"):
        list_inputs(RunOptions(sources, "lake", typed=(good, typed)), {})
    (inbox / "kosong").mkdir()
    empty = str(inbox / "kosong")
    found = list_inputs(RunOptions((Source(good), Source(empty)), "lake", typed=(good, empty)), {})
    assert [str(one) for one in found.unreadable] == [f"no files in {empty}"]


def test_a_run_without_any_readable_file_says_why(tmp_path: Path) -> None:
    """One source says its own reason; of several the first is named, and the number of others."""
    one = Source(str(tmp_path))
    with pytest.raises(UsageError, match=r"^no files in "):
        list_inputs(RunOptions((one,), "lake"), {})
    other = Source(str(tmp_path / "tak-ada"))
    with pytest.raises(UsageError, match=r"nothing to read: .*no files in .*, and 1 more"):
        list_inputs(RunOptions((one, other), "lake"), {})


def test_what_is_no_file_in_a_folder_is_named(inbox: Path) -> None:
    """A FIFO would block, and a broken link leads nowhere: neither is left out in silence."""
    os.mkfifo(inbox / "aliran.jsonl")
    (inbox / "putus.txt").symlink_to(inbox / "hilang.txt")
    found = list_inputs(RunOptions((Source(str(inbox)),), "lake"), {})
    assert [Path(one.uri).name for one in found.unreadable] == ["aliran.jsonl", "putus.txt"]
    assert all("a pipe, a device, a broken link or" in one.why for one in found.unreadable)


def test_a_folder_that_cannot_be_read_does_not_end_the_listing(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and the files beside it are read."""
    (inbox / "tertutup").mkdir()
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("tertutup"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list_inputs(RunOptions((Source(str(inbox)),), "lake"), {})
    assert [str(one) for one in found.unreadable] == [f"{inbox / 'tertutup'}: Permission denied"]
    assert {one.uri for one in found.references} >= {str(inbox / "kabar-000.txt")}
    with pytest.raises(UsageError, match=r"cannot read .*tertutup: Permission denied"):
        list_inputs(RunOptions((Source(str(inbox / "tertutup")),), "lake"), {})


@pytest.mark.parametrize(
    ("locations", "little"),
    [
        (["one.txt"], True),
        (["small"], True),
        (["one.txt", "small"], True),
        (["large.jsonl"], False),
        (["many"], False),
        (["one.txt", "large.jsonl"], False),
        (["missing.txt"], False),
        (["*.txt"], False),
        ([], False),
    ],
)
def test_few_small_files_are_little(tmp_path: Path, locations: list[str], little: bool) -> None:
    """One process makes them in the time that another one takes to start."""
    (tmp_path / "one.txt").write_text("Kabut turun.", encoding="utf-8")
    (tmp_path / "large.jsonl").write_bytes(bytes(LITTLE_BYTES + 1))
    for folder, files in (("small", 3), ("many", LITTLE_FILES + 1)):
        for number in range(files):
            path = tmp_path / folder / "below" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("Kabut turun.", encoding="utf-8")
    sources = tuple(Source(str(tmp_path / location)) for location in locations)
    assert is_little(RunOptions(sources=sources, lake="lake")) == little


@pytest.mark.parametrize("location", ["https://kabar.example/rss.xml", "s3://bucket/one.txt", "-"])
def test_what_only_reading_would_show_is_not_little(location: str) -> None:
    """A feed, a store or a pipe may hold anything."""
    assert not is_little(RunOptions(sources=(Source(location),), lake="lake"))


def test_a_table_of_names_may_be_at_a_uri(tmp_path: Path) -> None:
    """What names a batch reads it as what tags articles does, whatever ends its lines."""
    table = tmp_path / "own.tsv"
    table.write_bytes(b"Kota Awan\tplace\r\n")
    references = [Reference(Source("a.jsonl"), "a.jsonl", "jsonl")]
    names = {
        commit_id_of(references, RunOptions((), "lake", tagging=TaggingOptions((uri,))))
        for uri in (str(table), table.as_uri())
    }
    table.write_bytes(b"Kota Awan\tplace\n")
    again = RunOptions((), "lake", tagging=TaggingOptions((str(table),)))
    assert names == {commit_id_of(references, again)}
