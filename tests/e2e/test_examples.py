"""The programs in examples/ run, and say what they promise."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import apache_beam as beam
import pytest
import yaml

from examples import own_graph, own_model, queries
from tests.support.lakes import commits_of
from tests.support.waiting import PATIENCE_S
from warta import transforms
from warta.transforms import open_dataset, yaml_transforms
from warta.transforms.core.errors import UsageError
from warta.transforms.lake.layout import STAGING
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake

ROOT = Path(__file__).parents[2]
JSONL = ROOT / "sample_data" / "sources" / "jsonl"
RUNNER = "--runner=FnApiRunner"
"""Beam's default looks for Prism first, in the net."""


def test_a_graph_of_ones_own_is_queried(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The articles that are kept are those that name the word, and the queries count them."""
    lake = str(tmp_path / "lake")
    own_graph.main([str(JSONL), lake, "JAKARTA", RUNNER])
    table = open_dataset(lake).to_table(columns=["headline", "article_body"]).to_pylist()
    assert table
    assert all("jakarta" in f"{row['headline']} {row['article_body']}".casefold() for row in table)
    assert f"'published': {len(table)}" in capfd.readouterr().out
    queries.main([lake])
    lines = capfd.readouterr().out.splitlines()
    days = [line for line in lines if line.endswith(" words")]
    assert sum(int(line.split()[1]) for line in days) == len(table)
    assert len(lines) == len(days) + 3


def test_a_model_of_ones_own_finds_its_names(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own_model.main([str(tmp_path / "lake"), RUNNER])
    assert "KM Bahari Jaya organisation ships" in capfd.readouterr().out


def test_a_reader_of_ones_own_is_a_kind_of_every_command(tmp_path: Path) -> None:
    """As pip installs it: the module, and the entry point of its pyproject.toml."""
    folder = ROOT / "examples" / "own_reader"
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tmp_path / "site" / f"{project['name']}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bulletins\nVersion: 1.0\n")
    points = project["entry-points"]["warta.readers"].items()
    lines = ["[warta.readers]", *(f"{name} = {value}" for name, value in points)]
    (info / "entry_points.txt").write_text("\n".join(lines))
    page = tmp_path / "november.bulletin"
    page.write_text(
        "Panen garam :: Petani garam di Teluk Sagara memanen lebih awal tahun ini.\ntanpa isi\n",
        encoding="utf-8",
    )
    paths = os.pathsep.join([str(tmp_path / "site"), str(folder), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "warta", "try", str(page)],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "Panen garam" in done.stdout, done.stderr
    assert "no_body" in done.stdout


def test_a_pipeline_in_yaml_fills_a_lake(tmp_path: Path) -> None:
    """Options arrive, every record is counted, and the lock goes with the process."""
    lake = tmp_path / "lake"
    _run_yaml("pipeline.yaml", inputs=str(JSONL), lake=str(lake))
    assert open_dataset(str(lake)).count_rows() == 20
    assert open_dataset(str(lake), "rejects").count_rows() == 6
    assert not list((lake / STAGING).iterdir())
    with hold(Lake(str(lake))):
        pass


def test_a_pipeline_in_yaml_takes_several_sources_from_a_day_on(tmp_path: Path) -> None:
    """Sources are listed with their fields; what is left out is counted as passed over."""
    lake = tmp_path / "lake"
    _run_yaml("since.yaml", inputs=str(JSONL.parent), since="2026-11-12", lake=str(lake))
    columns = ["source_uri", "published_date"]
    rows = open_dataset(str(lake)).to_table(columns=columns).to_pylist()
    assert {Path(row["source_uri"]).parent.name for row in rows} == {"jsonl", "text"}
    assert min(row["published_date"] for row in rows) == "2026-11-12"
    (commit,) = commits_of(lake)
    assert commit["counts"] == {"read": 19, "published": 13, "duplicates": 0, "rejected": 6}
    assert commit["passed_over"] == {"before_since": 13, "undated": 4}


def _run_yaml(name: str, **variables: str) -> None:
    """Run a pipeline of examples/yaml in a process of its own."""
    command = [
        *(sys.executable, "-m", "apache_beam.yaml.main"),
        *(f"--yaml_pipeline_file=examples/yaml/{name}", RUNNER),
        f"--jinja_variables={json.dumps(variables)}",
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def test_beam_yaml_has_every_public_transform_of_a_graph() -> None:
    """By the name that Python knows it by, with an example of its own."""
    text = (ROOT / "examples" / "yaml" / "providers.yaml").read_text(encoding="utf-8")
    (provider,) = yaml.safe_load(text)
    made = {name: resolve_name(path) for name, path in provider["transforms"].items()}
    public = {name: getattr(transforms, name) for name in transforms.__all__}
    steps = {
        name
        for name, thing in public.items()
        if isinstance(thing, type) and issubclass(thing, beam.PTransform)
    }
    assert made.keys() == steps
    assert all(f"- type: {name}\n" in thing.__doc__ for name, thing in made.items())


def test_beam_yaml_refuses_what_is_half_said() -> None:
    """In one line, when the graph is built."""
    with pytest.raises(UsageError, match="'today' is not a day such as 2026-11-01"):
        yaml_transforms.SelectArticles("today")
    with pytest.raises(UsageError, match="without a location takes no kind, language"):
        yaml_transforms.ReadSources(language="id", kind="jsonl")
    with pytest.raises(UsageError, match="takes a location, or the output of ListSources"):
        beam.Pipeline("FnApiRunner") | yaml_transforms.ReadSources()
    root = beam.Pipeline("FnApiRunner")
    references = root | yaml_transforms.ListSources([str(JSONL)])
    with pytest.raises(UsageError, match="takes a location, or the output of ListSources"):
        references | yaml_transforms.ReadSources(str(JSONL))
