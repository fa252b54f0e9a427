"""Pipes, FIFOs and standard input: read once, to files, within a time."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.errors import StorageError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.sources.glob import find_files
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.pipes import copy_pipes, is_pipe
from warta.transforms.sources.readers import read_reference

LINES = b'{"body": "Kapal pertama berangkat."}\n{"body": "Kapal kedua menyusul."}\n'


def speak(fifo: Path, data: bytes) -> threading.Thread:
    """Write to a FIFO from a thread, as another process does."""

    def write() -> None:
        with fifo.open("wb") as file:
            file.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_a_fifo_is_read_under_its_own_name(tmp_path: Path) -> None:
    """Its kind is found by content, and the same bytes give the same stamp."""
    fifo = tmp_path / "aliran"
    os.mkfifo(fifo)
    source = Source(str(fifo))
    seen = []
    for _ in range(2):
        thread = speak(fifo, LINES)
        with copy_pipes([str(fifo), str(tmp_path)]) as copies:
            assert list(copies) == [str(fifo)]
            listing = list_source(source, split_bytes=1 << 20, stripes=1, copy=copies[str(fifo)])
            (reference,) = listing
            items = list(read_reference(reference, InputLimits()))
            assert Path(reference.path).exists()
        thread.join(PATIENCE_S)
        assert not Path(reference.path).exists()
        assert reference.kind == "jsonl"
        assert [type(item) for item in items] == [SourceItem] * 2
        assert {item.source_uri for item in items} == {str(fifo)}
        seen.append(repr(reference))
    assert seen[0] == seen[1]


def test_one_that_never_speaks_is_given_up(tmp_path: Path) -> None:
    """A FIFO that nobody writes to, and one whose writer hangs."""
    fifo = tmp_path / "diam"
    os.mkfifo(fifo)
    with pytest.raises(StorageError, match=r"diam has said nothing for 0\.05 seconds"):
        copy_pipes([str(fifo)], silence_s=0.05).__enter__()
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, b"Satu kalimat, lalu diam")
    with pytest.raises(StorageError, match="has said nothing"):
        copy_pipes([str(fifo)], silence_s=0.05).__enter__()
    os.close(writer)


def test_standard_input_is_what_the_process_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """- is the descriptor of sys.stdin; closed it is an error in one line."""
    read, write = os.pipe()
    os.write(write, LINES)
    os.close(write)
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with copy_pipes(["-", "-"]) as copies:
            assert Path(copies["-"].path).read_bytes() == LINES
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(StorageError, match="cannot read standard input: it is closed"):
        copy_pipes(["-"]).__enter__()


def test_a_device_is_no_pipe_to_read(tmp_path: Path) -> None:
    """It may have no end; the null device has one."""
    assert is_pipe("/dev/zero")
    assert not is_pipe(str(tmp_path))
    assert not is_pipe("https://kabar.example/rss")
    with pytest.raises(StorageError, match="it is a device"):
        copy_pipes(["/dev/zero"]).__enter__()
    with copy_pipes([os.devnull]) as copies:
        assert copies[os.devnull].size == 0


def test_a_redirected_file_and_an_early_end_are_read(tmp_path: Path) -> None:
    """`warta try - < file` works as a pipe does."""
    path = tmp_path / "a.txt"
    path.write_text("Warga desa memanen padi lebih awal pekan ini karena hujan deras.")
    with path.open() as file:
        done = subprocess.run(
            [sys.executable, "-m", "warta", "try", "--json", "-"],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 0, done.stderr
    assert '"source_uri":"-"' in done.stdout


@pytest.mark.skipif(not Path("/proc/uptime").exists(), reason="no /proc here")
def test_a_file_of_the_kernel_is_read_as_a_pipe(tmp_path: Path) -> None:
    """It has no size and may have no end: named it is read within the time, found it is refused."""
    assert is_pipe("/proc/uptime")
    with copy_pipes(["/proc/uptime"]) as copies:
        assert copies["/proc/uptime"].size > 0
    (tmp_path / "tautan.txt").symlink_to("/proc/uptime")
    (tmp_path / "kosong.txt").touch()
    for location in (tmp_path, tmp_path / "*.txt"):
        found = find_files(str(location))
        assert [Path(one.uri).name for one in found.files] == ["kosong.txt"]
        assert [one.why for one in found.unreadable] == [
            "it is a pipe, a device, a broken link or a file of the kernel"
        ]
