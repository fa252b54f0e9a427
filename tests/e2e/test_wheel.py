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
    for name in ("pipeline", "transforms"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
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
    assert tops == {"pipeline", "transforms"}
    files = {
        str(path.relative_to(ROOT))
        for package in tops
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sum(name.startswith("transforms/data/") for name in files) > 20
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
    where = "import pipeline, transforms; print(pipeline.__file__, transforms.__file__)"
    assert out
    assert str(ROOT) not in _run(binaries / "python", "-c", where, cwd=tmp_path)
