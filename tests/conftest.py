"""What tests of many packages share."""

import signal
from pathlib import Path

import pytest

from warta.transforms.lake.storage import Lake

# A shell starts what it runs in the background with these ignored, and commands keep an ignored
# signal ignored, as `nohup` wants it: tests that send them need them as a terminal gives them.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake; modules that need one with rows override it with a fixture that fills it."""
    made = Lake(str(tmp_path / "lake"))
    made.create()
    return made


@pytest.fixture
def lake_path(lake: Lake) -> Path:
    """The folder of the module's lake, for commands, and for tests that change files in it."""
    return Path(lake.uri)
