"""Subscriptions of Pub/Sub: locations, messages, and the graph that Dataflow is given.

Google's service is not at hand: Beam's source is looked at as it is handed over, and for all that
comes after it messages are made.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import TimestampedValue

from tests.support.lakes import table_of
from tests.support.streams import records
from warta.pipeline.cli import main
from warta.pipeline.graph import build_stream
from warta.pipeline.options import RunOptions
from warta.pipeline.streaming import _Stop
from warta.transforms import read_messages
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.lake.commit import recover
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify
from warta.transforms.lake.windows import Stream
from warta.transforms.read_messages import ParseMessages
from warta.transforms.sources.queues.pubsub import check_subscription, path_of
from warta.transforms.sources.queues.registry import is_subscription

LOCATION = "pubsub://news-desk/articles"
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC).timestamp()
OPTIONS = PipelineOptions(["--runner=FnApiRunner"])
DETAILS: dict[str, Any] = {"warta_version": "test", "versions": {"warta": "test"}}


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (LOCATION, "projects/news-desk/subscriptions/articles"),
        ("pubsub://news-desk/a-b_c.d", "projects/news-desk/subscriptions/a-b_c.d"),
        ("pubsub://news-desk", None),
        ("pubsub://news-desk/", None),
        ("pubsub://news-desk/topics/articles", None),
        ("pubsub://Desk/articles", None),
    ],
)
def test_a_location_names_project_and_subscription(location: str, path: str | None) -> None:
    """What does not is reported in one line."""
    assert is_subscription(location)
    assert (check_subscription(location) is None) == (path is not None)
    if path:
        assert path_of(location) == path


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["stream", LOCATION, "--engine", "prism"],
            "only by the engine dataflow, not by",
        ),
        (["stream", "pubsub://x", "--engine", "dataflow"], "is not pubsub://project/subscription"),
        (["run", LOCATION], "has no end: follow it with warta stream"),
        (
            ["run", "kafka://broker:9092/news"],
            "has no end: follow it with warta watch or warta stream",
        ),
    ],
)
def test_wrong_wishes_are_one_line(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked of Google."""
    assert main([*words, "--lake", str(tmp_path / "lake"), "--quiet"]) in (1, 2)
    assert line in capsys.readouterr().err


def _message(number: int, body: bytes) -> TimestampedValue[PubsubMessage]:
    """One that was published `number` seconds after noon."""
    return TimestampedValue(PubsubMessage(body, {}, message_id=str(number)), NOON + number)


def _articles(first: int, last: int) -> list[TimestampedValue[PubsubMessage]]:
    rows = enumerate(records(first, last), first)
    return [_message(number, json.dumps(row).encode()) for number, row in rows]


def _given(messages: Sequence[TimestampedValue[PubsubMessage]]) -> beam.PTransform[Any, Any]:
    return beam.Create(messages).with_output_types(PubsubMessage)


def test_messages_become_items_rejects_and_counts() -> None:
    """Each message once, with its own id as its place; windows by publication."""
    bodies = [b'{"text": "a"}', b"{broken", b"", b"x" * 2_000, b"[]"]
    messages = [_message(30 * number, body) for number, body in enumerate(bodies)]
    with beam.Pipeline(options=OPTIONS) as pipeline:
        read = (
            pipeline
            | _given(messages)
            | ParseMessages(Source(LOCATION), InputLimits(max_record_bytes=1_000), 60.0)
        )
        assert_that(
            read.items | "ItemOutcomes" >> beam.Map(_outcome), equal_to([("0", "a")]), "items"
        )
        refused = [
            *(("30", "bad_json"), ("60", "empty"), ("90", "too_large"), ("120", "not_an_object"))
        ]
        assert_that(
            read.rejects | "RejectOutcomes" >> beam.Map(_outcome), equal_to(refused), "rejects"
        )
        # Bundles may be cut anywhere; windows hold two messages each.
        numbers = (
            read.counts
            | beam.Map(lambda count: (count.uri, count.records))
            | beam.CombinePerKey(sum)
        )
        assert_that(numbers, equal_to([(LOCATION, 2), (LOCATION, 2), (LOCATION, 1)]), "counts")


def _outcome(record: SourceItem | Reject) -> tuple[str, object]:
    what = record.reason if isinstance(record, Reject) else record.content
    return record.source_record_id, what


class _Given(beam.PTransform[Any, Any]):
    """Instead of Beam's source: messages by the name of their subscription."""

    messages: dict[str, Sequence[TimestampedValue[PubsubMessage]]] = {}  # noqa: RUF012

    def __init__(self, subscription: str, with_attributes: bool) -> None:
        super().__init__()
        assert with_attributes
        self._subscription = subscription

    def expand(self, root: Any) -> Any:
        """See the class."""
        return root | _given(self.messages[self._subscription.rpartition("/")[2]])


def test_two_subscriptions_become_a_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What both bring is there once; rejects beside it; each window is a commit."""
    lake = Lake(str(tmp_path / "lake"))
    lake.create()
    broken = _message(70, b"{broken")
    given = {"one": [*_articles(0, 80), broken], "two": _articles(50, 100)}
    monkeypatch.setattr(_Given, "messages", given)
    monkeypatch.setattr(read_messages, "ReadFromPubSub", _Given)
    sources = tuple(Source(f"pubsub://news-desk/{name}", language="id") for name in given)
    settings = RunOptions(sources=sources, lake=lake.uri)
    with beam.Pipeline(options=OPTIONS) as pipeline:
        build_stream(pipeline, None, sources, settings, Stream("news", "run", 60.0), DETAILS)
    recover(lake)
    assert verify(lake).faults == ()
    commits = [lake.read_json(path) for path in lake.files("_commits") if path.endswith(".json")]
    counts = [commit["counts"] for commit in commits]
    assert len(counts) == 2
    assert sum(one["read"] for one in counts) == 131
    urls = table_of(lake, "articles")["url"].to_pylist()
    assert sorted(urls) == sorted(row["url"] for row in records(0, 100))
    assert table_of(lake, "rejects")["reason"].to_pylist() == ["bad_json"]


def test_dataflow_is_given_beams_own_source() -> None:
    """The graph names the subscription, by the URN that Dataflow reads itself."""
    pipeline = beam.Pipeline(options=OPTIONS)
    settings = RunOptions(sources=(Source(LOCATION),), lake="gs://news/lake")
    build_stream(pipeline, None, settings.sources, settings, Stream("news", "run", 60.0), DETAILS)
    transforms = pipeline.to_runner_api().components.transforms.values()
    (source,) = [one for one in transforms if one.spec.urn == "beam:transform:pubsub_read:v1"]
    payload = api.PubSubReadPayload.FromString(source.spec.payload)
    assert payload.subscription == "projects/news-desk/subscriptions/articles"
    assert payload.with_attributes


def test_a_stream_that_is_to_end_says_that_its_job_must_be_drained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once; Beam's source sees nothing of our wish."""
    lake = Lake(str(tmp_path))
    lake.create()
    for pubsub in (True, False):
        stop = _Stop(lake, f"_staging/stop-{pubsub}", pubsub=pubsub)
        stop.ask()
        stop.ask()
        assert lake.exists(f"_staging/stop-{pubsub}")
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "messages of Pub/Sub still come"
    ]
