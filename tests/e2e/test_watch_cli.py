"""What `warta watch` refuses, documents and logs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warta.pipeline.cli import main
from warta.pipeline.console.log import log, open_log
from warta.transforms.core.errors import StorageError
from warta.transforms.core.records import Source
from warta.transforms.sources.listing import list_source


@pytest.mark.parametrize(
    ("text_of_config", "arguments", "message"),
    [
        ('[[source]]\nlocation = "https://a.example/f"\n', [], "contact"),
        ('contact = "x"\n[[source]]\nlocation = "https://a.example/f"\n', [], "neither a mail"),
        ('contact = 3\n[[source]]\nlocation = "https://a.example/f"\n', [], "must be a string"),
        ('[[source]]\nlocation = "a.jsonl"\n', ["--contact", "a@b.example"], "names no feed"),
        (
            '[[source]]\nlocation = "https://a.example/f"\n[[source]]\n'
            'location = "https://x:y@a.example/f"\n',
            [],
            "named twice",
        ),
        ('[[source]]\nlocation = "https://a.example/f"\n', ["--every", "often"], "not a span"),
        ('[[source]]\nlocation = "https://a.example/f"\n', ["--every", "0"], "more than 0"),
        (
            '[[source]]\nlocation = "https://a.example/f"\n',
            ["--min-interval", "2d"],
            "longer than",
        ),
        ('[[source]]\nlocation = "https://a.example/f"\nkind = "sitmap"\n', [], "'sitemap'"),
        ('[[source]]\nlocation = "x"\nkind = "jsonl"\nfetch_pages = true\n', [], "for feeds"),
    ],
)
def test_wrong_wishes_are_reported_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text_of_config: str,
    arguments: list[str],
    message: str,
) -> None:
    """Status 2, before anything is asked or made."""
    path = tmp_path / "sources.toml"
    path.write_text(text_of_config, encoding="utf-8")
    lake = tmp_path / "lake"
    assert main(["watch", "--config", str(path), "--lake", str(lake), *arguments]) == 2
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1
    assert not lake.exists()


def test_a_sitemap_is_not_run() -> None:
    """It has pages and no texts: `run` says what to do."""
    with pytest.raises(StorageError, match="follow it with warta watch"):
        list_source(Source("https://a.example/s", kind="sitemap"), split_bytes=1, stripes=1)


def test_logs_are_json_whatever_a_feed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Half a surrogate pair, quotes and line ends do no harm."""
    with open_log("json"):
        log.warning("cycle_failed", error='\ud800 "x"\n')
        log.info("waiting", until=datetime.now(UTC) + timedelta(hours=1))
        log.debug("feed_states", states=[object()])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("cycle_failed", "warning"),
        ("waiting", "info"),
    ]
