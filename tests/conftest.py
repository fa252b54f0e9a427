"""What tests of many packages share."""

from pathlib import Path

import pytest

from warta.transforms.lake.layout import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake; modules that need one with rows override it with a fixture that fills it."""
    made = Lake(str(tmp_path / "lake"))
    made.create()
    return made
