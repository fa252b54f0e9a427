"""What tests of Iceberg tables share."""

import pytest

from tests.support.lakes import article, bad, write_plainly
from warta.transforms.lake.iceberg import maintenance
from warta.transforms.lake.storage import Lake


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake with Iceberg tables and one commit."""
    write_plainly(lake, [article("a"), article("b", day="unknown"), bad("x")], "t1")
    assert maintenance.enable(lake)
    return lake
