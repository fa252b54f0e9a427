"""Damage of every kind, at random places: each is named with its file, none is a crash."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.support.lakes import NOW, article, bad, write_plainly
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import SCHEMA_VERSION
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.checksums import parse_document
from warta.transforms.lake.commit import commit, recover
from warta.transforms.lake.feed_state import stage_feeds
from warta.transforms.lake.layout import Run
from warta.transforms.lake.marker import parse_marker
from warta.transforms.lake.reading import scan_table
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

V1 = Path(__file__).parents[2] / "lakes" / "v1"
KINDS = ("articles", "mentions", "rejects", "feeds", "_ids", "_commits", "_lake.json")
FLIPS = 30
"""Bits flipped in each kind of file."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with every kind of file: merged and new ones, a checkpoint, the state of feeds."""
    lake = Lake(str(tmp_path_factory.mktemp("sound") / "lake"))
    for number in range(4):
        articles = [article(f"a{number}"), article(f"b{number}", day="unknown")]
        write_plainly(lake, [*articles, bad(f"c{number}")], f"t{number}", small_files=3)
    run = Run("feeds", "r", NOW)
    state = stage_feeds(lake, run, [{"feed_url": "https://berita.example/rss", "polls": 1}])
    commit(lake, run, Counts(), [state], {})
    assert checkpoint_commits(lake, keep=2) == 3
    assert verify(lake).faults == ()
    return lake


@pytest.fixture
def lake(sound: Lake, tmp_path: Path) -> Lake:
    """A copy of it."""
    shutil.copytree(sound.uri, tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


def _files(folder: Path, kind: str) -> list[Path]:
    location = folder / kind
    return (
        [location]
        if location.is_file()
        else sorted(path for path in location.rglob("*") if path.is_file())
    )


def _flips(paths: list[Path], seed: str) -> Iterator[tuple[Path, bytes]]:
    """Files with one bit changed; each is as it was again when the next one comes."""
    choose = random.Random(seed)  # noqa: S311  the same places every time
    for _ in range(FLIPS):
        path = choose.choice(paths)
        before = path.read_bytes()
        data = bytearray(before)
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        path.write_bytes(data)
        yield path, bytes(data)
        path.write_bytes(before)


@pytest.mark.parametrize("kind", KINDS)
def test_every_flipped_bit_is_named_with_its_file(lake: Lake, kind: str) -> None:
    """Wherever it is; a marker or a checksum's own name may be all that changed."""
    root = Path(lake.uri)
    for path, data in _flips(_files(root, kind), kind):
        name = str(path.relative_to(root))
        if kind == "_lake.json" and _is_newer(data):
            with pytest.raises(LakeError, match="upgrade warta"):
                verify(lake)
            continue
        faults = verify(lake).faults
        named = [fault for fault in faults if fault.location == name]
        assert named or _is_harmless(name, data), (name, faults)


def _is_newer(marker: bytes) -> bool:
    """Whether a marker names a version to come: that lake is not looked through."""
    try:
        return parse_marker(marker).schema_version > SCHEMA_VERSION
    except ValueError:
        return False


def _is_harmless(name: str, data: bytes) -> bool:
    """Whether a commit file lost nothing but the name of its checksum: it is read as an old one."""
    return (
        name.startswith("_commits/")
        and "xxh3" not in orjson.loads(data)
        and bool(parse_document(data)["files"] is not None)
    )


def test_a_flipped_bit_in_files_without_checksums_is_no_crash(tmp_path: Path) -> None:
    """Commits of older versions have none: what pages, rows and counts say is looked at."""
    shutil.copytree(V1, tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    found = 0
    for path, _ in _flips(_files(tmp_path / "lake", "articles"), "v1"):
        faults = verify(lake).faults
        found += bool(faults)
        # Damaged rows may contradict others: those are then named instead.
        assert all(fault.location.startswith(("articles", "mentions", "_ids")) for fault in faults)
        assert path.is_file()
    assert found > FLIPS // 2


def _first(lake: Lake, kind: str) -> Path:
    return _files(Path(lake.uri), kind)[0]


def _become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _become_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("not a folder")


def _add_an_odd_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.parquet")).write_bytes(b"x")


DAMAGES: dict[str, tuple[Callable[[Lake], object], str, str]] = {
    "an empty data file": (
        lambda lake: _first(lake, "articles").write_bytes(b""),
        "articles/",
        "0 bytes",
    ),
    "a folder for a data file": (
        lambda lake: _become_a_folder(_first(lake, "mentions")),
        "mentions/",
        "is a folder, and should be a file",
    ),
    "a folder for a commit file": (
        lambda lake: (Path(lake.uri) / "_commits" / "t9.json").mkdir(),
        "_commits/t9.json",
        "is a folder",
    ),
    "a folder for the marker": (
        lambda lake: _become_a_folder(Path(lake.uri) / "_lake.json"),
        "_lake.json",
        "",
    ),
    "a file for a table": (
        lambda lake: _become_a_file(Path(lake.uri) / "rejects"),
        "rejects",
        "is a file, and should be a folder",
    ),
    "a file for the folder of commits": (
        lambda lake: _become_a_file(Path(lake.uri) / "_commits"),
        "_commits",
        "cannot be listed",
    ),
    "a file for a partition": (
        lambda lake: _become_a_file(_first(lake, "articles").parent),
        "articles/",
        "",
    ),
    "a name that is not UTF-8": (
        lambda lake: _add_an_odd_name(_first(lake, "articles").parent),
        "articles/day=1970-01-01",
        "holds a name that is not UTF-8",
    ),
    "an odd name beside the tables": (
        lambda lake: _add_an_odd_name(Path(lake.uri)),
        ".",
        "holds a name that is not UTF-8",
    ),
    "an empty commit file": (
        lambda lake: _first(lake, "_commits").write_bytes(b""),
        "_commits/",
        "is damaged: it is empty",
    ),
    "a cut commit file": (
        lambda lake: _first(lake, "_commits").write_bytes(
            _first(lake, "_commits").read_bytes()[:99]
        ),
        "_commits/",
        "is damaged: it is not JSON",
    ),
    "an empty plan": (
        lambda lake: (Path(lake.uri) / "_commits" / "t9.pending").write_bytes(b""),
        "_commits/t9.pending",
        "is damaged: it is empty",
    ),
    "a plan that leads out of the lake": (
        lambda lake: lake.write_json(
            "_commits/t9.pending",
            {
                "commit": {"token": "t9", "files": [{"path": "articles/../../x", "bytes": 1}]},
                "moves": {"articles/../../x": "_staging/t9/x"},
            },
        ),
        "_commits/t9.pending",
        "it moves _staging/t9/x to articles/../../x",
    ),
    "an empty marker": (
        lambda lake: (Path(lake.uri) / "_lake.json").write_bytes(b""),
        "_lake.json",
        "is damaged: it is empty",
    ),
    "something among replaced files": (
        lambda lake: (Path(lake.uri) / "_replaced" / "notes").mkdir(),
        "_replaced/notes",
        "is not one of warta's files",
    ),
    "a damaged holder of the lock": (
        lambda lake: (Path(lake.uri) / "_lock.json").write_bytes(b'{"pid": "\xff"}'),
        "",
        "",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_kind_of_damage_is_named(lake: Lake, damage: str) -> None:
    """With its place; the rest of the lake is looked at all the same."""
    do, location, says = DAMAGES[damage]
    do(lake)
    second = _files(Path(lake.uri), "_ids")[-1]
    second.write_bytes(b"")
    faults = verify(lake).faults
    assert any(location in fault.location and says in fault.what for fault in faults), faults
    if damage != "a file for the folder of commits":
        assert any(fault.location == f"_ids/{second.name}" for fault in faults), faults


def test_readers_stop_at_a_damaged_commit_file(lake: Lake) -> None:
    """None of them goes on without what it lists."""
    _first(lake, "_commits").write_bytes(b"")
    with pytest.raises(LakeError, match=r"it is empty; `warta verify --repair .*` shows"):
        read_snapshot(lake)
    with pytest.raises(LakeError, match=r"it is empty; `warta verify --repair .*` shows"):
        recover(lake)


def test_a_name_of_a_column_that_is_no_utf8_is_damage(lake: Lake) -> None:
    """Python decodes it when a column is looked for, and raises an error of its own."""
    write_plainly(lake, [article("a")], "t1")
    for path in lake.files("articles", recursive=True):
        file = Path(lake.path(path))
        file.write_bytes(file.read_bytes().replace(b"article_id", b"artic\xb6e_id"))
    with pytest.raises(LakeError, match=r"is damaged: .*verify --repair"):
        list(scan_table(lake, "articles", ("article_id", "version")))
