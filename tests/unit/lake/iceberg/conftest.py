"""What tests of Iceberg tables share."""

from pathlib import Path

import pytest

from tests.support.lakes import article, bad, write_plainly
from warta.transforms.lake.iceberg import maintenance
from warta.transforms.lake.storage import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with Iceberg tables and one commit."""
    made = Lake(str(tmp_path / "lake"))
    write_plainly(made, [article("a"), article("b", day="unknown"), bad("x")], "t1")
    assert maintenance.enable(made)
    return made
