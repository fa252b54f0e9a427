"""What README, docs and deploy tell people to type works as it is written there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from warta.pipeline.cli import cli

ROOT = Path(__file__).parent.parent.parent
PAGES = ("README.md", "docs/LAKE.md")
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"```sql\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    )
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lake of the samples in it, made as deploy/crontab makes it."""
    place = tmp_path_factory.mktemp("news")
    config = (ROOT / "sample_data" / "sources.toml").read_text(encoding="utf-8")
    here = f'location = "{ROOT}/sample_data/'
    (place / "archive.toml").write_text(config.replace('location = "', here), encoding="utf-8")
    (line,) = [
        line
        for line in (ROOT / "deploy" / "crontab").read_text(encoding="utf-8").splitlines()
        if "warta run" in line
    ]
    words = shlex.split(line.partition(".venv/bin/warta")[2])
    done = subprocess.run(
        [sys.executable, "-m", "warta", *words, "--workers", "1"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return place


@pytest.mark.parametrize("block", BLOCKS)
def test_queries_run(folder: Path, block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every SQL block is understood and, over the samples, finds something."""
    monkeypatch.chdir(folder)
    connection = duckdb.connect()
    for statement in duckdb.extract_statements(block):
        found = connection.execute(statement)
    assert found.fetchall()


def test_the_commits_list_the_files_that_are_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading by the commits and reading by the folder give the same articles."""
    monkeypatch.chdir(folder)
    connection = duckdb.connect()
    block = next(p.values[0] for p in BLOCKS if "read_json" in str(p.values[0]))
    for statement in duckdb.extract_statements(str(block)):
        listed = connection.execute(statement)
    globbed = duckdb.execute("SELECT count(*) FROM 'lake/articles/**/*.parquet'")
    assert listed.fetchall() == globbed.fetchall()


def test_every_option_of_run_is_documented() -> None:
    """The README's table has each option that `warta run --help` has."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = CliRunner().invoke(cli, ["run", "--help"]).output
    options = set(re.findall(r"^ +(--[a-z-]+)", shown, re.MULTILINE)) - {"--engine"}
    assert len(options) > 10
    assert {option for option in options if option not in readme} == set()


def test_every_command_is_documented() -> None:
    """The README names every command."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in cli.commands if f"warta {name}" not in readme] == []
