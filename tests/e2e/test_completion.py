"""Completion by shells: the script, and what it asks the command for."""

import os
import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_a_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It asks warta itself, by the variable that click looks at."""
    assert main(["completion", shell]) == 0
    assert f"_WARTA_COMPLETE={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("ins", ["inspect"]),
        ("feeds st", ["status"]),
        ("run --la", ["--lake"]),
        ("run --lake x --eng", ["--engine"]),
        ("completion b", ["bash"]),
    ],
)
def test_commands_and_options_are_completed(words: str, completed: list[str]) -> None:
    """As bash asks, also after options with values."""
    asked = {
        "_WARTA_COMPLETE": "bash_complete",
        "COMP_WORDS": f"warta {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipeline"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == completed
