"""Imports run one way: pipeline -> transforms/*.py -> packages -> transforms/core."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MAY_IMPORT = {
    "core": (),
    "sources": ("core",),
    "polling": ("core", "sources"),
    "cleaning": ("core",),
    "tagging": ("core",),
    "dedup": ("core",),
    "stories": ("core",),
    "lake": ("core", "dedup", "stories"),
}
"""Package of transforms/ -> the others that it may import."""
MEASURED = ("tests", "training", "benchmarks", "evaluation", "examples")
FILES = sorted([*ROOT.glob("pipeline/**/*.py"), *ROOT.glob("transforms/**/*.py")])


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            module = (node.module or "").removeprefix("warta.")
            yield from (f"{module}.{name.name}" for name in node.names)


def _faults(path: Path) -> list[str]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    above = (*MEASURED, "pipeline") if parts[0] == "transforms" else MEASURED
    faults = [f"imports {name}" for name in _imports(path) if name.split(".")[0] in above]
    if parts[0] == "transforms" and len(parts) > 2:
        allowed = tuple(f"transforms.{package}." for package in (parts[1], *MAY_IMPORT[parts[1]]))
        for name in _imports(path):
            if name.split(".")[0] == "apache_beam":
                faults.append("a package without Beam imports it")
            if name.startswith("transforms.") and not f"{name}.".startswith(allowed):
                faults.append(f"imports {name}")
    return faults


def test_the_files_are_found() -> None:
    """The rule below is held over every package."""
    found = {path.relative_to(ROOT).parts[1] for path in FILES if path.parts[-3:-2] != ()}
    assert found >= set(MAY_IMPORT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    """Nothing imports the pipeline; packages import neither Beam nor what is above them."""
    assert _faults(path) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_beam_modules_keep_their_type_hints(path: Path) -> None:
    """`from __future__ import annotations` switches Beam's type inference off without a word."""
    names = set(_imports(path))
    if any(name.split(".")[0] == "apache_beam" for name in names):
        assert "__future__.annotations" not in names


def _imported_on_load(path: Path) -> list[str]:
    """Imports of warta outside functions and `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    loaded = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module or "" for node in loaded if isinstance(node, ast.ImportFrom)]
    names += [name.name for node in loaded if isinstance(node, ast.Import) for name in node.names]
    return [name for name in names if name.split(".")[0] in ("apache_beam", "warta")]


def test_packages_import_nothing() -> None:
    """An __init__ that imports none of ours keeps `warta try` fast: packages load one by one.

    The public names of `warta.transforms` are imported when they are used first.
    """
    packages = [path for path in FILES if path.name == "__init__.py"]
    assert [path for path in packages if _imported_on_load(path)] == []
    others = [path for path in packages if path != ROOT / "transforms" / "__init__.py"]
    assert [path for path in others if list(_imports(path))] == []
