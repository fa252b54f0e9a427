"""What README, docs and deploy tell people to type works as it is written there."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import duckdb
import pytest

from tests.support.commands import warta
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import cli
from warta.pipeline.commands.shared_options import BeamCommand
from warta.transforms.core.records import Source
from warta.transforms.core.schema import ALL_TABLES, TABLES
from warta.transforms.lake.reading import open_dataset
from warta.transforms.sources.json.jsonl import FIELDS

ROOT = Path(__file__).parent.parent.parent
TEXTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md")))
}
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page, text in TEXTS.items()
    for number, block in enumerate(re.findall(r"```sql\n(.*?)```", text, re.DOTALL))
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
    done = warta(*words, "--workers", 1, cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return place


@pytest.mark.parametrize("block", BLOCKS)
def test_queries_run(folder: Path, block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every SQL block is understood and, over the samples, finds something."""
    monkeypatch.chdir(folder)
    connection = duckdb.connect()
    for table in TABLES:
        files = f"'lake/{table}/**/*.parquet', hive_partitioning = false"
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet({files})")
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


def test_the_counts_in_the_readme_are_those_of_the_run(folder: Path) -> None:
    """What README shows of the run over the samples is what its commit says."""
    (commit,) = (folder / "lake" / "_commits").glob("*.json")
    counts = json.loads(commit.read_text(encoding="utf-8"))["counts"]
    expected = "{read} read: {published} published, {duplicates} duplicates, {rejected} rejected"
    assert expected.format(**counts) in TEXTS["README.md"]


def test_the_story_in_the_readme_is_what_the_command_shows(tmp_path: Path) -> None:
    """A timeline with who rewrote whom, as it is typed there."""
    lake = tmp_path / "lake"
    assert warta("run", ROOT / "sample_data/story.jsonl", "--lake", lake, "--quiet").returncode == 0
    (block,) = re.findall(r"\$ warta stories lake (\w+)\n(.*?)```", TEXTS["README.md"], re.DOTALL)
    assert warta("stories", lake, block[0]).stdout == block[1]


def test_generated_parts_are_up_to_date(folder: Path) -> None:
    """Pictures, reference pages and results of queries are what the code gives today."""
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check", "--lake", folder / "lake"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_graph_of_your_own_runs(tmp_path: Path) -> None:
    """The program in the guide for Beam reads, and commits what it has read."""
    (program,) = re.findall(r"```python\n(.*?)```", TEXTS["docs/guides/beam.md"], re.DOTALL)
    (tmp_path / "dumps").mkdir()
    for name in ("jsonl/archipelago-post.jsonl.gz", "broken/truncated.jsonl.gz"):
        sample = ROOT / "sample_data" / "sources" / name
        (tmp_path / "dumps" / sample.name).write_bytes(sample.read_bytes())
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=3 * PATIENCE_S
    )
    assert open_dataset(str(tmp_path / "lake"), "articles").count_rows() == 6 + 3
    rejects = open_dataset(str(tmp_path / "lake"), "rejects").to_table(columns=["reason"])
    assert rejects["reason"].to_pylist() == ["truncated"]


def test_the_readme_is_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= 200


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    """Links within the project name files, and headings, that are there."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        if not path.is_file() or (anchor and anchor not in _anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_are_named_are_there(page: str) -> None:
    """Paths of the project in code spans name files and folders that are there."""
    folders = "transforms|pipeline|tests|deploy|examples|training|evaluation|benchmarks|sample_data"
    named = re.findall(rf"`((?:{folders})/[\w./-]+)`", TEXTS[page])
    patterns = ("xx.toml", "xx.txt", "xx.tsv", "lexicon_xx.tsv", "xx.jsonl")
    missing = [name for name in named if not (ROOT / name).exists()]
    assert [name for name in missing if Path(name).name not in patterns] == []


COMMANDS = sorted(
    {
        line.strip().removeprefix("$ ")
        for text in TEXTS.values()
        for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if re.match(r"(?:\$ )?(?:warta|make|python) ", line)
    }
)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_can_be_typed(line: str) -> None:
    """Each command in a block is one, with options that it has; each target is in the Makefile."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        made = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert [name for name in words[1:] if not re.search(rf"^{name}:", made, re.M)] == []
        return
    assert words[0] == "warta"
    command: click.Command = cli
    rest = words[1:]
    while isinstance(command, click.Group):
        if rest[0] not in command.commands:
            rest = [getattr(command, "default", rest[0]), *rest]
        command, rest = command.commands[rest[0]], rest[1:]
    context = click.Context(command)
    known = {name for param in command.get_params(context) for name in param.opts}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    # What is not ours must be Beam's, and then the command takes Beam's options.
    assert unknown == [] or isinstance(command, BeamCommand)
    assert all("=" in word for word in unknown)


def test_seventeen_questions_are_answered() -> None:
    """Each of examples/queries.sql, on its page with its result."""
    queries = (ROOT / "examples" / "queries.sql").read_text(encoding="utf-8")
    questions = re.findall(r"^-- \? (.+)$", queries, re.MULTILINE)
    assert len(questions) == 17
    page = TEXTS["docs/guides/queries.md"]
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == questions
    assert page.count("```text") == 17


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 20


def test_every_command_has_its_place_in_a_guide() -> None:
    """Each command is in a page that people write, not in the generated reference alone."""
    expected = "".join(text for page, text in TEXTS.items() if "reference/" not in page)
    assert [name for name in cli.commands if f"warta {name}" not in expected] == []


def test_every_column_is_described() -> None:
    """The meanings name the columns of the schemas, in their order, and no others."""
    text = (ROOT / "transforms" / "data" / "columns.toml").read_text(encoding="utf-8")
    described = {table: list(meanings) for table, meanings in tomllib.loads(text).items()}
    schemas = {name: table.schema for name, table in ALL_TABLES.items()}
    assert described == {name: ["row", *schema.names] for name, schema in schemas.items()}


def test_every_key_of_a_source_is_described() -> None:
    page = TEXTS["docs/reference/config.md"]
    assert [one.name for one in fields(Source) if f"| `{one.name}` |" not in page] == []
    assert [name for name in FIELDS if f"`{name}`" not in page] == []


def test_the_picture_shows_steps_of_the_graph() -> None:
    """Each step in the picture is a label in the graph."""
    modules = [ROOT / "pipeline" / "graph.py", *ROOT.glob("transforms/*.py")]
    graph = "".join(module.read_text(encoding="utf-8") for module in modules)
    labels = set(re.findall(r'"(\w+)" >>', graph))
    picture = (ROOT / "docs" / "pictures" / "graph.svg").read_text(encoding="utf-8")
    shown = set(re.findall(r'class="name">(\w+)', picture))
    assert len(shown) > 8
    assert shown <= labels


def _anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}
