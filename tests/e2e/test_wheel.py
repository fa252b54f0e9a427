"""What users install: the wheel, in an environment of its own, far from the sources."""

import email
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent.parent


_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; built from a copy, so that nothing is left beside the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "copy"
    for name in ("pipeline", "transforms", "warta"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignore)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    _run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, "."),
        cwd=copy,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    """Both packages, their typing marks and every data file; no tests, no samples."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"warta"}
    files = {
        f"warta/{path.relative_to(ROOT)}"
        for package in ("pipeline", "transforms")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "py.typed"
    }
    assert sum(name.startswith("warta/transforms/data/") for name in files) > 20
    assert "warta/py.typed" in names
    assert files <= names


@pytest.mark.long
def test_the_main_job_runs_from_the_wheel_in_an_empty_environment(
    wheel: Path, tmp_path: Path
) -> None:
    """Only the wheel and what it asks for: the command makes a lake of the samples."""
    _run(sys.executable, "-m", "venv", tmp_path / "env", cwd=tmp_path)
    binaries = tmp_path / "env" / "bin"
    constraints = tmp_path / "constraints.txt"
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.rstrip(" \\") for line in lines if "==" in line and not line.startswith(" ")]
    constraints.write_text("\n".join(pins), encoding="utf-8")
    _run(
        *(binaries / "python", "-m", "pip", "install", "--quiet", wheel),
        *("--constraint", constraints),
        cwd=tmp_path,
    )
    lake = tmp_path / "lake"
    samples = ROOT / "sample_data" / "sources.toml"
    out = _run(binaries / "warta", "run", "--config", samples, "--lake", lake, cwd=tmp_path)
    assert "101 read" in out
    assert list(lake.glob("articles/*/*.parquet"))
    where = "import warta.transforms as transforms; print(transforms.__file__)"
    assert str(ROOT) not in _run(binaries / "python", "-c", where, cwd=tmp_path)


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what it asks for, and no extra.

    The libraries are links to those of this environment: nothing is fetched.
    """
    env = tmp_path_factory.mktemp("bare") / "env"
    _run(sys.executable, "-m", "venv", "--without-pip", env, cwd=env.parent)
    (site,) = env.glob("lib/python*/site-packages")
    metadata = zipfile.Path(wheel) / f"{'-'.join(wheel.name.split('-')[:2])}.dist-info" / "METADATA"
    asked = email.message_from_string(metadata.read_text(encoding="utf-8")).get_all("Requires-Dist")
    for name in _needed(asked or []):
        for file in distribution(name).files or []:
            if file.suffix != ".pyc" and ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                (site / file).symlink_to(Path(str(file.locate())).resolve())
    _run(
        *(sys.executable, "-m", "pip", "--python", env / "bin" / "python", "install", "--quiet"),
        *("--no-deps", "--no-index", "--disable-pip-version-check", wheel),
        cwd=env.parent,
    )
    return env / "bin"


def _needed(asked: Iterable[str]) -> set[str]:
    """Return the names of all distributions that requirements lead to here."""
    found: set[tuple[str, str]] = set()
    waiting = [*_named(asked, "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            waiting += _named(distribution(name).requires or [], extra)
    return {name for name, _ in found}


def _named(asked: Iterable[str], extra: str) -> Iterator[tuple[str, str]]:
    """Yield what requirements name here: a distribution, and an extra of it or none."""
    for one in map(Requirement, asked):
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield from ((canonicalize_name(one.name), wanted) for wanted in ("", *one.extras))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a user whose own `pipeline` and `transforms` are beside the call."""
    for name in ("pipeline", "transforms"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    page = tmp_path / "kapal.txt"
    page.write_text("Kapal berlabuh di dermaga baru.\n\nWarga menyambut awaknya dengan gembira.\n")
    return tmp_path


@pytest.mark.long
def test_the_wheel_runs_without_extras_beside_folders_of_our_names(
    bare: Path, folder: Path
) -> None:
    """`try`, and `run` with workers: what is installed is what runs, and all that is there."""
    code = "import importlib.util as u; print([n for n in ('pyiceberg', 'torch', 'spacy', 'pytest')"
    assert _run(bare / "python", "-c", f"{code} if u.find_spec(n)])", cwd=folder) == "[]\n"
    where = _run(bare / "python", "-c", "import warta; print(warta.__path__)", cwd=folder)
    assert str(bare.parent) in where
    assert str(ROOT) not in where
    assert "Kapal berlabuh" in _run(bare / "warta", "try", "kapal.txt", cwd=folder)
    out = _run(bare / "warta", "run", "kapal.txt", "--lake", "lake", "--workers", "2", cwd=folder)
    assert "1 read: 1 published" in out
    assert "no fault" in _run(bare / "warta", "verify", "lake", cwd=folder)


def test_a_missing_extra_is_one_line_that_says_what_to_type(bare: Path, folder: Path) -> None:
    """No traceback."""
    for words, extra in (
        (("run", "kapal.txt", "--lake", "lake", "--catalog", "iceberg"), "iceberg"),
        (("load", "postgres://db.example/news", "lake"), "postgres"),
    ):
        done = subprocess.run(
            [bare / "warta", *words], cwd=folder, env=_ENVIRONMENT, capture_output=True, text=True,
            check=False, timeout=3 * PATIENCE_S,
        )  # fmt: skip
        assert done.returncode in {1, 2}
        assert f"pip install 'warta[{extra}]'" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_checkout_imports_its_folders_by_their_names() -> None:
    """`from transforms...` and `python -m pipeline` work beside the sources."""
    code = (
        "from transforms.tagging.entities import EntityTagger; "
        "tagger = EntityTagger.load('id'); "
        "print(tagger.mentions('Bupati Rahmat Wiguna tiba di Jakarta.')[0].start >= 0, "
        "callable(tagger.label))"
    )
    assert _run(sys.executable, "-c", code, cwd=ROOT).strip() == "True True"
    assert _run(sys.executable, "-m", "pipeline", "--version", cwd=ROOT).startswith("warta ")
