"""Imports run one way: pipeline -> transforms -> rooms -> records, schema, storage."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("reading", "cleaning", "tagging", "matching", "lake")
SHARED = ("transforms.records", "transforms.schema", "transforms.storage")
FILES = sorted([*ROOT.glob("pipeline/**/*.py"), *ROOT.glob("transforms/**/*.py")])


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _faults(path: Path) -> list[str]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    faults = []
    for name in _imports(path):
        if parts[0] == "transforms" and name.split(".")[0] in ("pipeline", "tests", "training"):
            faults.append(f"imports {name}")
        if parts[0] == "pipeline" and name.split(".")[0] in ("tests", "training"):
            faults.append(f"imports {name}")
        if parts[0] == "transforms" and len(parts) > 2 and parts[1] in ROOMS:
            if name.split(".")[0] == "apache_beam":
                faults.append("a room imports Beam")
            own = f"transforms.{parts[1]}"
            if name.startswith("transforms.") and not name.startswith((own, *SHARED)):
                faults.append(f"a room imports {name}")
    return faults


def test_the_files_are_found() -> None:
    """The rule below is held over every room."""
    assert {path.parent.name for path in FILES} >= {*ROOMS, "pipeline", "transforms"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    """Nothing imports the pipeline; rooms import neither Beam nor each other."""
    assert _faults(path) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_beam_modules_keep_their_type_hints(path: Path) -> None:
    """`from __future__ import annotations` switches Beam's type inference off without a word."""
    names = set(_imports(path))
    if any(name.split(".")[0] == "apache_beam" for name in names):
        assert "__future__.annotations" not in names


def test_packages_import_nothing() -> None:
    """An empty __init__ keeps `warta try` fast: importing a room must not import the others."""
    packages = [path for path in FILES if path.name == "__init__.py"]
    assert [path for path in packages if list(_imports(path))] == []
