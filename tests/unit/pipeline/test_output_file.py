"""Files that commands write: whole, and devices and links stay what they are."""

import os
import stat
import threading
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S
from warta.pipeline.output_file import write_file
from warta.transforms.core.errors import RunError


def test_what_was_there_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "laporan.html"
    path.write_text("lama", encoding="utf-8")
    write_file(str(path), "baru \ud800")
    assert path.read_text(encoding="utf-8") == "baru ?"
    assert [path.name for path in tmp_path.iterdir()] == ["laporan.html"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_file(str(pipe), "halaman")
    reader.join(PATIENCE_S)
    assert read == ["halaman"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_is_followed(tmp_path: Path) -> None:
    """As /dev/stdout is one: it must not become a file."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    write_file(str(link), "isi")
    assert link.is_symlink()
    assert (tmp_path / "file").read_text(encoding="utf-8") == "isi"


@pytest.mark.parametrize("output", ["folder", "missing/file", "loop", "a" * 300])
def test_what_cannot_be_written_is_one_line(tmp_path: Path, output: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(RunError, match="cannot be written: "):
        write_file(str(tmp_path / output), "isi")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "loop"]
