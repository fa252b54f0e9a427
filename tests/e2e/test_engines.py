"""Engines: how each is asked, what is said where a part is missing, and the same lake on all."""

import os
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from click.testing import CliRunner

from tests.support.commands import SAMPLES, warta
from tests.support.lakes import commits_of, rows_of
from tests.support.waiting import free_port
from warta.pipeline.beam_options import split
from warta.pipeline.cli import cli, main
from warta.pipeline.engines import dataflow, spark
from warta.pipeline.engines.engine import CACHE_VARIABLE, Engine, beam_version
from warta.pipeline.engines.flink import CHECKPOINT_MS, FLINK_VERSION
from warta.pipeline.engines.registry import ENGINES, engine_options, lacks
from warta.pipeline.engines.runner import runner_of
from warta.pipeline.engines.spark import SPARK_RUNNER, spark_of
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import RunError, UsageError
from warta.transforms.core.records import Source
from warta.transforms.core.schema import TABLES

REQUIRED = os.environ.get("WARTA_TEST_ENGINES", "").split(",")
"""Engines whose absence fails the tests that need them, instead of skipping them."""


def needs(engine: str) -> None:
    """Skips a test whose engine is not installed, unless it is asked for."""
    lacking = lacks(engine)
    if lacking and engine not in REQUIRED:
        pytest.skip(f"{engine} {lacking[0]}")


def _options(engine: str, *beam: str, lake: str = "gs://lake", **more: bool) -> PipelineOptions:
    settings = RunOptions(sources=(), lake=lake, engine=engine, workers=2, beam_options=beam)
    return engine_options(settings, **more)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every part of every engine, by name."""
    version = beam_version()
    for name in (
        f"prism-{version}",
        f"beam-runners-flink-1.20-job-server-{version}.jar",
    ):
        (tmp_path / name).touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    for module in (dataflow, spark):
        monkeypatch.setattr(module, "find_spec", lambda _: True)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return tmp_path


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("local", {"runner": "FnApiRunner"}),
        ("prism", {"runner": "PrismRunner", "environment_type": "LOOPBACK"}),
        ("flink", {"runner": "FlinkRunner", "parallelism": 2, "flink_master": "[local]"}),
        ("spark", {"runner": SPARK_RUNNER}),
    ],
)
def test_an_engine_is_asked_for_with_beams_own_options(
    installed: Path, engine: str, expected: dict[str, object]
) -> None:
    """The options are the runner's, with the parts that were found."""
    found = _options(engine).get_all_options()
    assert {name: found[name] for name in expected} == expected
    parts = (found["prism_location"], found["flink_job_server_jar"])
    with_parts = engine in ("prism", "flink")
    assert sum(str(installed) in str(part) for part in parts) == with_parts


def test_options_of_the_user_win(installed: Path) -> None:
    """What is given stays; what is not comes from the engine."""
    found = _options("flink", "--parallelism=7", "--flink_job_server_jar=own.jar").get_all_options()
    assert (found["parallelism"], found["flink_job_server_jar"]) == (7, "own.jar")
    assert found["flink_version"] == FLINK_VERSION


def test_a_runner_of_the_user_is_left_alone() -> None:
    """`--runner` with a name of Beam's overrides --engine, with nothing added."""
    found = _options("local", "--runner=PortableRunner", "--job_endpoint=host:1").get_all_options()
    assert (found["runner"], found["job_endpoint"]) == ("PortableRunner", "host:1")


@pytest.mark.parametrize(
    ("engine", "beam", "line"),
    [
        ("nothing", (), "unknown engine 'nothing': choose from local, prism, flink"),
        ("prism", (), "`make prism`, or give --prism_location=FILE"),
        ("flink", (), "`make flink`, or give --flink_job_server_jar=FILE"),
        (
            "spark",
            (),
            "needs PySpark: pip install 'warta[spark]' (in a checkout: type `make spark`)",
        ),
        (
            "flink",
            ("--job_endpoint=host:8099", "--flink_master=host:8081"),
            "--environment_type=EXTERNAL --environment_config=HOST:PORT",
        ),
    ],
)
def test_what_is_missing_is_one_line_that_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, beam: tuple[str, ...], line: str
) -> None:
    """The line names the part, and what brings it."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    for module in (dataflow, spark):
        monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as shown:
        _options(engine, *beam)
    assert line in str(shown.value)
    assert "\n" not in str(shown.value)


def test_java_is_missed_before_its_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flink without Java says that Java is wanted, and finds the launcher that is given."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: None if name == "java" else name)
    with pytest.raises(UsageError, match="needs Java"):
        _options("flink")
    with pytest.raises(UsageError, match="job server"):
        _options("flink", "--job_server_java_launcher=/opt/java")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ((), "needs --project"),
        (("--project=p",), "needs --region"),
        (("--project=p", "--region=r"), "needs --temp_location"),
        (("--project=p", "--region=r", "--temp_location=gs://t"), "must bring warta along"),
    ],
)
def test_dataflow_wants_to_know_where(installed: Path, given: tuple[str, ...], line: str) -> None:
    """Each thing that only the user can say is asked for by its name."""
    with pytest.raises(UsageError, match=line):
        _options("dataflow", *given)


def test_dataflow_does_not_write_a_folder_of_this_machine(installed: Path) -> None:
    """Its workers are elsewhere."""
    given = ("--project=p", "--region=r", "--temp_location=gs://t", "--sdk_container_image=i")
    with pytest.raises(UsageError, match="cannot write the local folder lake"):
        _options("dataflow", *given, lake="lake")
    assert _options("dataflow", *given).get_all_options()["runner"] == "DataflowRunner"


def test_dataflow_does_not_read_a_file_of_this_machine(installed: Path) -> None:
    """Nor does it see one: it would pass over each."""
    given = ("--project=p", "--region=r", "--temp_location=gs://t", "--sdk_container_image=i")
    settings = RunOptions(
        sources=(Source("gs://news/a.jsonl"), Source("/data/a.jsonl")),
        lake="gs://news/lake",
        engine="dataflow",
        beam_options=given,
    )
    with pytest.raises(UsageError, match=r"cannot read the local file /data/a\.jsonl"):
        engine_options(settings)


def test_options_of_flinks_job_server_pass_through(installed: Path) -> None:
    """Beam in Python does not know them; a stream has checkpoints unless told otherwise."""
    words, beam = split(["in", "--checkpointing_interval", "5000", "--state_backend=rocksdb"], {})
    assert (words, beam) == (["in"], ("--checkpointing_interval=5000", "--state_backend=rocksdb"))
    asked = _options("flink", *beam, streaming=True)
    assert "--checkpointing_interval=5000" in (asked._flags or ())
    own = _options("flink", streaming=True)
    assert f"--checkpointing_interval={CHECKPOINT_MS}" in (own._flags or ())


@pytest.mark.parametrize("engine", ["prism", "flink"])
def test_a_job_may_last_longer_than_a_request(installed: Path, engine: str) -> None:
    """Beam ends the request for a job's state after 300 seconds, and the job with it."""
    assert _options(engine).get_all_options()["job_server_timeout"] > 10**8


@pytest.mark.parametrize("option", ["--spark_job_server_jar=x.jar", "--spark_master_url=yarn"])
def test_options_of_sparks_job_server_name_what_took_their_place(option: str) -> None:
    """Spark needs none any more."""
    with pytest.raises(UsageError, match="use --engine spark --spark-master URL"):
        split(["in", option], {})


def test_a_master_of_spark_that_is_not_there_is_reported_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spark would ask it for a minute."""
    monkeypatch.setattr("warta.pipeline.engines.spark._lacks", lambda *_: iter(()))
    master = f"spark://127.0.0.1:{free_port()}"
    settings = RunOptions(sources=(), lake="lake", engine="spark", spark_master=master)
    with pytest.raises(RunError, match="no Spark master answers at"):
        spark_of(settings).__enter__()


def test_a_job_server_that_is_not_there_is_reported_at_once(tmp_path: Path) -> None:
    """One line with its address."""
    endpoint = f"127.0.0.1:{free_port()}"
    options = _options("prism", f"--job_endpoint={endpoint}")
    with pytest.raises(RunError, match=f"no job server answers at {endpoint}"):
        runner_of(options, ())


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_what_cannot_stream_says_so(installed: Path, engine: str) -> None:
    """A stream on it would buffer forever."""
    with pytest.raises(UsageError, match="does not stream: choose from prism, flink, dataflow"):
        _options(engine, streaming=True)


def test_engines_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a line, and a line for each thing that it lacks."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    shown = CliRunner().invoke(cli, ["engines"]).output
    for name in ENGINES:
        assert f"\n{name} " in f"\n{shown}"
    assert "local     ready" in shown
    assert "make prism" in shown


def test_an_engine_more_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed, asked with its own options, and with its own of streams unless these are given."""
    toy = Engine(
        "A toy",
        streams=True,
        options=lambda settings: ["--runner=ToyRunner", f"--parallelism={settings.workers}"],
        missing=lambda _settings, _given: iter(()),
        stream_defaults={"checkpointing_interval": "7"},
    )
    monkeypatch.setitem(ENGINES, "toy", toy)
    shown = CliRunner().invoke(cli, ["engines"]).output
    assert "toy       ready       batch, streams  A toy" in shown
    found = _options("toy").get_all_options()
    assert (found["runner"], found["parallelism"]) == ("ToyRunner", 2)
    assert "--checkpointing_interval=7" in (_options("toy", streaming=True)._flags or ())
    own = _options("toy", "--checkpointing_interval=9", streaming=True)._flags or ()
    assert "--checkpointing_interval=9" in own
    assert "--checkpointing_interval=7" not in own
    with pytest.raises(UsageError, match="choose from local, prism, flink, spark, dataflow, toy"):
        _options("cluster")


def test_an_engine_more_is_taken_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--engine` hands it the settings, and its runner makes the lake."""
    asked = []

    def options(settings: RunOptions) -> list[str]:
        asked.append(settings.engine)
        return ["--runner=FnApiRunner"]

    toy = Engine("A toy", streams=False, options=options, missing=lambda *_: iter(()))
    monkeypatch.setitem(ENGINES, "toy", toy)
    lake = tmp_path / "lake"
    words = ["run", str(SAMPLES / "sources" / "text"), "--lake", str(lake), "--quiet"]
    assert main([*words, "--workers", "1", "--engine", "toy"]) == 0
    assert asked == ["toy"]
    (commit,) = commits_of(lake)
    assert commit["counts"]["published"] > 0


@pytest.fixture(scope="module")
def local_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples' lake, by the local engine."""
    return _run_samples(tmp_path_factory.mktemp("local") / "lake", "local")


def _run_samples(lake: Path, engine: str) -> Path:
    words = ["--config", SAMPLES / "sources.toml", "--lake", lake, "--engine", engine, "--quiet"]
    done = warta("run", *words, "--workers", 1, "--strict")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return lake


@pytest.mark.long
@pytest.mark.parametrize("engine", ["prism", "flink", "spark"])
def test_the_same_sources_give_the_same_lake(tmp_path: Path, local_lake: Path, engine: str) -> None:
    """Row for row in every table, and in the counts; where files begin and end may differ."""
    needs(engine)
    lake = _run_samples(tmp_path / "lake", engine)
    for table in TABLES:
        assert rows_of(lake, table) == rows_of(local_lake, table)
    (commit_found,), (wanted,) = commits_of(lake), commits_of(local_lake)
    assert commit_found["token"] == wanted["token"]
    assert commit_found["counts"] == wanted["counts"]
