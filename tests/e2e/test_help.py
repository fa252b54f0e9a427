"""Help texts: what they show, how soon, and whatever the interpreter leaves out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import cli, main


def _commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))


def _help_of_all(*flags: str) -> str:
    """Return what `--help` of every command prints, from one process."""
    code = (
        "from warta.pipeline.cli import main\n"
        f"for words in {[[], *_commands(cli)]!r}:\n    main([*words, '--help'])"
    )
    done = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "100"},
        timeout=PATIENCE_S,
    )
    return done.stdout


def test_help_needs_no_docstrings() -> None:
    """With -OO the interpreter drops docstrings; every help text is as without."""
    assert _help_of_all("-OO") == _help_of_all()


@pytest.mark.parametrize("words", list(_commands(cli)), ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    """None is described by the docstring of its function, which says nothing to users."""
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert command.help
    assert not command.help.startswith(("Run `", "Hold "))


def test_help_of_the_module_without_docstrings() -> None:
    """As users with PYTHONOPTIMIZE=2 call it."""
    done = subprocess.run(
        [sys.executable, "-OO", "-m", "warta", "run", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert "Read news sources into a lake of Parquet." in done.stdout


def test_an_interpreter_that_beam_cannot_be_imported_with_is_refused(tmp_path: Path) -> None:
    """Beam adds to docstrings while it is imported, where pandas is installed."""
    pytest.importorskip("pandas")
    (tmp_path / "a.jsonl").write_text('{"url": "https://a.example/1", "text": "x"}', "utf-8")
    words = ["run", str(tmp_path / "a.jsonl"), "--lake", str(tmp_path / "lake")]
    done = subprocess.run(
        [sys.executable, "-OO", "-m", "warta", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert done.stderr.endswith("beside pandas: set PYTHONOPTIMIZE to 1\n")
    assert done.stderr.count("\n") == 1


def test_every_command_shows_an_example() -> None:
    """Each command's help has a text and an example that calls it."""
    assert set(cli.commands) >= {"run", "try", "inspect"}
    for name, command in cli.commands.items():
        assert command.help, name
        assert f"warta {name}" in (command.epilog or ""), name


def test_help_and_version_exit_well(capsys: pytest.CaptureFixture[str]) -> None:
    """--help and --version are not errors."""
    assert main(["run", "--help"]) == 0
    assert "--lake DIR" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("warta ")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["try", "--help"]])
def test_help_starts_without_the_heavy_libraries(words: list[str]) -> None:
    """Neither Beam nor pyarrow, numpy or rich are imported for a page of help."""
    code = (
        "import sys; from warta.pipeline.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'apache_beam', 'pyarrow', 'numpy', 'rich'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert "Example" in done.stdout


@pytest.mark.parametrize("words", [[], ["rules"], ["feeds"], ["gazetteer"]])
def test_a_group_alone_shows_its_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`warta` alone is a question, not an error."""
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "Commands:" in shown.out
    assert shown.err == ""
