"""What users install: the wheel, in an environment of its own, far from the sources."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def _run(*command: object, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False
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


def test_folders_of_the_user_may_have_our_names(tmp_path: Path) -> None:
    """`pipeline` and `transforms` beside the call are the user's, for workers as well."""
    for name in ("pipeline", "transforms"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    page = tmp_path / "kapal.txt"
    page.write_text("Kapal berlabuh di dermaga baru.\n\nWarga menyambut awaknya dengan gembira.\n")
    warta = Path(sys.executable).with_name("warta")
    out = _run(warta, "run", page, "--lake", "lake", "--workers", "2", cwd=tmp_path)
    assert "1 read: 1 published" in out


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
