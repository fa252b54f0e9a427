"""Terminals as they come: narrow ones, dumb ones, and streams of another encoding."""

import os
import subprocess
import sys

import pytest

from tests.support.commands import SAMPLES
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import main
from warta.pipeline.commands.exit_status import wants_colour

PAGE = str(SAMPLES / "sources" / "html" / "cakrawala-vonis-bendahara.html")


@pytest.mark.parametrize("columns", ["20", "10", "1"])
@pytest.mark.parametrize("option", ["--extraction=fast", "--explain"])
def test_a_narrow_terminal_shows_a_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, option: str
) -> None:
    """The page is there; the terminal breaks what is longer than it."""
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["try", PAGE, option]) == 0
    assert "Ketua majelis hakim" in capsys.readouterr().out


def test_an_output_of_latin_1_loses_signs_and_no_more() -> None:
    """Lines of a frame become question marks; the command goes on to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "warta", "try", PAGE],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"?? " in done.stdout
    assert b"Ketua majelis hakim" in done.stdout


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"TERM": "xterm"}, None),
    ],
)
def test_the_environment_says_whether_there_are_colours(
    environment: dict[str, str], wanted: bool | None
) -> None:
    """As https://no-color.org asks, and for terminals that know no escapes."""
    assert wants_colour(environment) is wanted


def test_no_escape_reaches_an_output_that_wants_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forced, there are some."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["try", PAGE]) == 0
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["try", PAGE]) == 0
    assert "\x1b" not in capsys.readouterr().out
