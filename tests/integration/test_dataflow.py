"""Jobs for Dataflow: what it would refuse; with Google's libraries, Beam's own dry run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.transforms.userstate import BagStateSpec
from apache_beam.transforms.window import Sessions

from warta.pipeline.engines.dataflow_job import LARGEST_GRAPH, check_job, faults_of
from warta.pipeline.engines.registry import engine_options
from warta.pipeline.graph import build, build_stream
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import UsageError
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.layout import Run
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.windows import Stream
from warta.transforms.watch_sources import Poll, WatchSources

DETAILS: dict[str, Any] = {"warta_version": "test", "versions": {"warta": "test"}, "inputs": []}
DUMPS = Source("gs://news-desk/dumps/*.jsonl.gz", name="dumps")
MESSAGES = Source("pubsub://news-desk/articles")
ON_DATAFLOW = (
    *("--project=news-desk", "--region=asia-southeast2", "--temp_location=gs://news-desk/tmp"),
    *("--sdk_container_image=asia-docker.pkg.dev/news-desk/warta/worker", "--no_auth"),
    "--dry_run=True",
)
LAKE = "gs://news-desk/lake"


def batch(root: beam.Pipeline, files: int = 1) -> None:
    """Build a run over so many files of a bucket."""
    references = [
        Reference(
            DUMPS,
            f"gs://news-desk/dumps/2026/11/{number:07d}.jsonl.gz",
            "jsonl",
            size=10_000,
            stamp=f"CK6zxZ2i8_ACEAE={number * 7919}",
        )
        for number in range(files)
    ]
    settings = RunOptions(sources=(DUMPS,), lake=LAKE)
    build(root, references, settings, Run("batch", "run", datetime.now(UTC)), DETAILS)


def stream(root: beam.Pipeline) -> None:
    """Build a stream of a bucket and of messages."""
    poll = Poll(Lake(LAKE), "_staging/stop", 8 << 20, 4, 1.0)
    watch = WatchSources([DUMPS], poll, 30.0, 60.0, 1_000)
    settings = RunOptions(sources=(DUMPS, MESSAGES), lake=LAKE)
    build_stream(root, watch, [MESSAGES], settings, Stream("news", "run", 60.0), DETAILS)


def graph_of(made: Any, *given: Any) -> api.Pipeline:
    """Return a pipeline in Beam's portable form."""
    root = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    made(root, *given)
    return root.to_runner_api()


def test_runs_and_streams_are_what_dataflow_takes() -> None:
    """A run of as many files as one commit holds, and a stream of files and messages."""
    graph = graph_of(batch, RunOptions(sources=(), lake=LAKE).epoch_files)
    assert list(faults_of(graph, streaming=False)) == []
    assert graph.ByteSize() < LARGEST_GRAPH / 10
    assert list(faults_of(graph_of(stream), streaming=True)) == []


def test_a_source_without_an_end_is_no_batch() -> None:
    """The step is named, and the command that reads it."""
    found = list(faults_of(graph_of(stream), streaming=False))
    assert len(found) == 1
    assert found[0].endswith(" has no end: read it with warta stream")
    assert found[0].startswith(("WatchSources", "Messages"))


class _Keep(beam.DoFn):
    STATE = BagStateSpec("kept", beam.coders.BytesCoder())
    KEPT = beam.DoFn.StateParam(STATE)

    def process(self, element: tuple[str, int], state: Any = KEPT) -> Iterator[int]:
        """Pass the value on."""
        yield element[1]


def test_state_in_windows_that_merge_is_refused() -> None:
    """As are graphs that are too large, or need what is not known."""

    def sessions(root: beam.Pipeline) -> None:
        pairs = root | beam.Create([("a", 1)]) | beam.WindowInto(Sessions(60))
        _ = pairs | "Keep" >> beam.ParDo(_Keep())  # type: ignore[no-untyped-call]

    assert list(faults_of(graph_of(sessions), streaming=False)) == [
        "Keep keeps state in windows that merge"
    ]
    large = api.Pipeline(requirements=["beam:requirement:pardo:finalization:v1"])
    step = large.components.transforms["large"]
    step.spec.payload = bytes(LARGEST_GRAPH)
    size, need = faults_of(large, streaming=False)
    assert size.startswith("its graph has 10,0")
    assert size.endswith("give smaller commits with --epoch-mb or --epoch-files")
    assert need == "it needs beam:requirement:pardo:finalization:v1"


def test_only_jobs_of_dataflow_are_held_against_it() -> None:
    """Before they are sent, with what is wrong in one line."""
    near = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    stream(near)
    check_job(near)
    far = beam.Pipeline(runner="DataflowRunner", options=PipelineOptions([*ON_DATAFLOW]))
    stream(far)
    check_job(far, streaming=True)
    with pytest.raises(UsageError, match=r"^Dataflow would refuse this job: .* has no end"):
        check_job(far)


@pytest.mark.long
@pytest.mark.parametrize("streaming", [False, True])
def test_beams_dry_run_makes_the_job(streaming: bool) -> None:
    """Its runner's own checks pass, and every step runs in the image that was given."""
    if not find_spec("apitools"):
        pytest.skip("Google's libraries are not here: make dataflow")
    sources = (MESSAGES,) if streaming else (DUMPS,)
    settings = RunOptions(sources=sources, lake=LAKE, engine="dataflow", beam_options=ON_DATAFLOW)
    root = beam.Pipeline(options=engine_options(settings, streaming=streaming))
    (stream if streaming else batch)(root)
    check_job(root, streaming=streaming)
    result: Any = root.run()
    job = result.job
    assert job.proto.type_.name == f"JOB_TYPE_{'STREAMING' if streaming else 'BATCH'}"
    environments = list(job.proto_pipeline.components.environments.values())
    assert [one.urn for one in environments] == ["beam:env:docker:v1"]
    image = api.DockerPayload.FromString(environments[0].payload).container_image
    assert image == "asia-docker.pkg.dev/news-desk/warta/worker"
