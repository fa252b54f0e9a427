"""The examples in docstrings: each gives what it says."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(("warta", *path.relative_to(ROOT).with_suffix("").parts))
    for folder in ("pipeline", "transforms")
    for path in (ROOT / folder).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_hold(module: str) -> None:
    """An example that no longer holds is worse than none."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
