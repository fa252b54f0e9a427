"""Files that the environment names for clients of object stores."""

import os
import threading
from pathlib import Path

import pytest

from warta.transforms.core.errors import StorageError
from warta.transforms.core.storage import resolve
from warta.transforms.core.store_settings import check_settings


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("s3://berita/x", "AWS_CONFIG_FILE"),
        ("S3://berita/x", "AWS_SHARED_CREDENTIALS_FILE"),
        ("gs://berita/x", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_a_device_or_a_folder_is_refused(uri: str, name: str, path: str) -> None:
    """The client would read zeros until the memory is full."""
    with pytest.raises(StorageError, match=f"^{name} names no file of settings"):
        check_settings(uri, {name: path})


@pytest.mark.parametrize("content", ["", "bukan kunci", "[1]", "[" * 100_000, '{"type": '])
def test_credentials_of_google_are_an_object(tmp_path: Path, content: str) -> None:
    """What the client says of others is fifty lines, at the first request."""
    path = tmp_path / "kunci.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StorageError, match="names no file of credentials: they are a JSON object"):
        check_settings("gs://berita/x", {"GOOGLE_APPLICATION_CREDENTIALS": str(path)})


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(StorageError, match="AWS_CONFIG_FILE names no file of settings"):
        check_settings("s3://berita/x", {"AWS_CONFIG_FILE": str(path)})


def test_what_serves_is_left_alone(tmp_path: Path) -> None:
    """A file, none, one for another store, and a secret that a shell hands over once."""
    good = tmp_path / "kunci.json"
    good.write_text('{"type": "authorized_user"}', encoding="utf-8")
    check_settings("gs://berita/x", {"GOOGLE_APPLICATION_CREDENTIALS": str(good)})
    check_settings("s3://berita/x", {"AWS_CONFIG_FILE": str(tmp_path / "none")})
    check_settings("s3://berita/x", {"AWS_CONFIG_FILE": ""})
    check_settings("s3://berita/x", {"GOOGLE_APPLICATION_CREDENTIALS": "/dev/zero"})
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = threading.Thread(
        target=check_settings, args=("s3://berita/x", {"AWS_CONFIG_FILE": str(pipe)}), daemon=True
    )
    done.start()
    done.join(60)
    assert not done.is_alive()


def test_stores_are_reached_after_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/dev/zero")
    with pytest.raises(StorageError, match="GOOGLE_APPLICATION_CREDENTIALS names no file"):
        resolve("gs://berita-uji/x")


def test_a_path_is_of_the_folder_that_the_process_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after it has moved to another, and for a path from the root in any."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert resolve("lake")[1] == str(tmp_path / name / "lake")
        assert resolve("./lake/")[1] == str(tmp_path / name / "lake")
        assert resolve(f"{tmp_path}/lake")[1] == str(tmp_path / "lake")
