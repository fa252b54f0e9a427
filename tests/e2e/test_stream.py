"""`warta stream` as its user runs it, on every engine that streams and is installed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tests.e2e.test_engines import needs
from tests.support.streams import (
    check,
    drain,
    errors_of,
    put,
    records,
    stream,
    urls_in,
    wait_for_lake,
)
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import main
from warta.pipeline.commands.stream import stream as command
from warta.pipeline.console.results import BatchReport, RunReport
from warta.transforms.core.counts import Counts

ENGINES = ["prism", "flink"]
_FEED = """<rss version="2.0"><channel><title>Kabar</title>{items}</channel></rss>"""
_ITEM = """<item><title>{title}</title><link>{url}</link><pubDate>{date}</pubDate>
<description>{text}</description></item>"""


def _feed(first: int, last: int) -> str:
    return _FEED.format(items="".join(_ITEM.format(**row) for row in records(first, last)))


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_files_and_feeds_come_in_window_by_window(
    tmp_path: Path, httpserver: HTTPServer, engine: str
) -> None:
    """What arrives later is committed later, each article once; SIGTERM ends it with status 0."""
    needs(engine)
    inbox, lake = tmp_path / "inbox", tmp_path / "lake"
    inbox.mkdir()
    served = [_feed(20, 25)]
    httpserver.expect_request("/rss").respond_with_handler(lambda _: _response(served[-1]))
    config = tmp_path / "sources.toml"
    config.write_text(
        f'[[source]]\nlocation = "{inbox}"\n[[source]]\nlocation = "{httpserver.url_for("/rss")}"\n'
        "allow_private = true\n",
        encoding="utf-8",
    )
    with stream(lake, "--config", config, "--engine", engine) as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 5, process, lake)
        put(inbox, "one.jsonl", records(0, 10))
        wait_for_lake(lambda: len(urls_in(lake)) == 15, process, lake)
        served.append(_feed(20, 30))
        # What was read already is in it too: it is known.
        put(inbox, "two.jsonl", records(5, 20))
        wait_for_lake(lambda: len(urls_in(lake)) == 30, process, lake)
        status, errors = drain(lake, process)
    assert status == 0, errors
    check(lake, 30)
    commits = [json.loads(path.read_bytes()) for path in (lake / "_commits").glob("*.json")]
    assert sum(commit["counts"]["published"] > 0 for commit in commits) >= 3
    watching, waited, *lines = errors.splitlines()
    assert f"watching {inbox}" in watching
    assert "no files in" in waited
    assert [line.count(" read: ") for line in lines] == [1] * len(commits), errors


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", ["stage.closed", "commit.moved:2"])
def test_a_stream_that_is_killed_is_taken_up_again(tmp_path: Path, engine: str, fault: str) -> None:
    """Stream and engine die on their way to a commit; the next start brings every article once."""
    needs(engine)
    inbox, lake = tmp_path / "inbox", tmp_path / "lake"
    inbox.mkdir()
    put(inbox, "one.jsonl", records(0, 20))
    with stream(lake, inbox, "--engine", engine, fault=fault) as process:
        process.wait(timeout=PATIENCE_S)
        assert process.returncode == -9, errors_of(lake)
    put(inbox, "two.jsonl", records(15, 30))
    with stream(lake, inbox, "--engine", engine, "--quiet") as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 30, process, lake)
        assert drain(lake, process) == (0, "")
    check(lake, 30)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["in", "--lake", "lake", "--engine", "local"],
            "the engine local does not stream: choose from prism",
        ),
        (["--lake", "lake"], "Name an INPUT"),
        (["in", "--lake", "lake", "--window", "0s"], "must be more than 0"),
        (["in", "--lake", "lake", "--every", "soon"], "'soon' is not a span of time"),
        (["in", "--lake", "lake", "--name", "A b"], "--name takes up to 40 of a-z, 0-9 and -"),
    ],
)
def test_wrong_wishes_are_one_line(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and nothing was made."""
    lake = tmp_path / "lake"
    assert main(["stream", *[str(lake) if word == "lake" else word for word in words]]) == 2
    assert line in capsys.readouterr().err
    assert not lake.exists()


@pytest.mark.parametrize(("ratio", "status"), [("0.5", 3), ("0.8", 0), ("", 0)])
def test_too_many_rejects_are_reported_once_the_stream_has_drained(
    ratio: str,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As of `warta run`: what is committed is in the summary, and status 3 says the rest."""
    counts = Counts(read=4, published=1, rejected=3)
    report = RunReport("lake", (BatchReport("stream", counts, {"no_body": 3}, 1, 2.0),), 2.0)
    monkeypatch.setattr("warta.pipeline.streaming.run_stream", lambda *_: report)
    words = ["stream", str(tmp_path), "--lake", "lake", "--engine", "prism"]
    assert main([*words, *(["--max-reject-ratio", ratio] if ratio else [])]) == status
    shown = capsys.readouterr()
    assert "4 read: 1 published" in shown.out
    expected = "3 of 4 records were rejected, more than --max-reject-ratio allows"
    assert (expected in shown.err) == (status == 3)


def test_the_help_says_how_a_stream_ends() -> None:
    """Signals, and what they leave."""
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "SIGTERM and Ctrl-C drain" in shown
    assert "3 drained, but more was rejected" in shown


def _response(text: str) -> Response:
    return Response(text, content_type="application/rss+xml")
