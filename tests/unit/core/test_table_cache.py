"""What is made of tables is kept between processes, and counts for these tables alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from warta.transforms.core.table_cache import cache_folder, load_or_make


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table that something is made of."""
    path = tmp_path / "kapal.tsv"
    path.write_text("Kapal Layar\tQ1\n", encoding="utf-8")
    return path


def _never() -> bytes:
    raise AssertionError("made again")


def _makes(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _kept() -> Path:
    folder = cache_folder()
    assert folder is not None
    return folder / "kapal"


def test_it_is_made_once(table: Path) -> None:
    """The next process reads what the first one made; nothing else is left in the folder."""
    assert load_or_make("kapal", [table], table.parent, _makes(b"made")) == b"made"
    assert load_or_make("kapal", [table], table.parent, _never) == b"made"
    assert [path.name for path in _kept().parent.iterdir()] == ["kapal"]


def test_another_content_of_a_table_makes_it_anew(table: Path) -> None:
    """Size and time may be the same: the content decides."""
    load_or_make("kapal", [table], table.parent, _makes(b"old"))
    table.write_text("Kapal Motor\tQ1\n", encoding="utf-8")
    assert load_or_make("kapal", [table], table.parent, _makes(b"new")) == b"new"
    assert load_or_make("kapal", [table], table.parent, _never) == b"new"


def test_another_module_of_the_package_makes_it_anew(table: Path, tmp_path: Path) -> None:
    """Whichever of them changes: an upgrade must not be answered with what the old code made."""
    before, after = tmp_path / "before", tmp_path / "after"
    for package, code in ((before, "LETTERS = 5"), (after, "LETTERS = 6")):
        (package / "names").mkdir(parents=True)
        (package / "names" / "cut.py").write_text(code, encoding="utf-8")
    load_or_make("kapal", [table], before, _makes(b"old"))
    assert load_or_make("kapal", [table], after, _makes(b"new")) == b"new"
    assert load_or_make("kapal", [table], after, _never) == b"new"


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: kept[:-1],
        lambda kept: kept[:-1] + b"?",
        lambda kept: b"",
        lambda kept: kept * 2,
    ],
)
def test_a_damaged_file_is_made_anew(table: Path, damage: Callable[[bytes], bytes]) -> None:
    """Whatever a crash or a disk did to it, nobody reads it."""
    load_or_make("kapal", [table], table.parent, _makes(b"made"))
    _kept().write_bytes(damage(_kept().read_bytes()))
    assert load_or_make("kapal", [table], table.parent, _makes(b"made")) == b"made"
    assert load_or_make("kapal", [table], table.parent, _never) == b"made"


def test_a_folder_that_cannot_be_made_only_costs_time(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers and service users may have no place to write to."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_or_make("kapal", [table], table.parent, _makes(b"one")) == b"one"
    assert load_or_make("kapal", [table], table.parent, _makes(b"two")) == b"two"


def test_a_relative_folder_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the XDG specification; a working directory is no place to leave files in."""
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = cache_folder()
    assert folder is not None
    assert folder.is_relative_to(tmp_path / ".cache")
