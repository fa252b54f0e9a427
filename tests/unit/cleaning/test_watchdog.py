"""A record that outlives its limit, or kills its parser, is a reject; what follows is cleaned."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO, Any

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.cleaning import watchdog
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.cleaning.watchdog import RISKY_CHARS, RISKY_TAGS, clean_bounded, is_risky
from warta.transforms.core.options import DEFAULT_CLEANING, CleaningOptions, InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STORY = "<p>Petani di lereng Merbabu memanen cabai dua pekan lebih awal karena hujan berhenti.</p>"
LARGE = f"<article>{STORY}</article><!--{'x' * RISKY_CHARS}-->"
ENDLESS = f"{STORY}<select>" + "<option>a" * 450_000
"""The parser's time grows with the square of the options: this takes it minutes."""


def page(markup: str) -> SourceItem:
    return SourceItem(
        source=Source("a.html"),
        source_uri="a.html",
        source_record_id="",
        kind="html",
        raw=b"",
        content=markup.encode(),
        content_type="page",
    )


@pytest.fixture(autouse=True)
def helper() -> Iterator[watchdog._Helper]:
    """The helper of this thread, ended after the test."""
    own = watchdog._own_helper()
    yield own
    if own._process is not None:
        own._process.kill()
        own._process.wait(PATIENCE_S)
        own._process = None


def reason_of(item: SourceItem, options: CleaningOptions = DEFAULT_CLEANING) -> str:
    with pytest.raises(RejectedRecord) as caught:
        clean_bounded(item, InputLimits(), NOW, options)
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "risky"),
    [
        (b"<p>Halo", False),
        ("<p>Halo", False),
        (b"x" * (RISKY_CHARS + 1), True),
        ("x" * (RISKY_CHARS + 1), True),
        (b"<p>" * (RISKY_TAGS + 1), True),
        ("<p>" * (RISKY_TAGS + 1), True),
    ],
)
def test_size_and_tags_decide(content: bytes | str, risky: bool) -> None:
    """Ordinary pages pay nothing."""
    assert is_risky(content) is risky


def test_a_page_that_outlives_its_limit_is_a_reject_and_the_next_is_cleaned() -> None:
    """The process is ended, the worker lives on and takes a new one."""
    assert reason_of(page(ENDLESS), CleaningOptions(max_seconds=0.5)) == "timeout"
    article = clean_bounded(page(LARGE), InputLimits(), NOW)
    assert article == clean_article(page(LARGE), InputLimits(), NOW)


def test_a_machine_that_is_halted_costs_no_page(
    helper: watchdog._Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is the time of the processor: here the process is stopped for the limit."""
    options = CleaningOptions(max_seconds=0.9)
    clean_bounded(page(LARGE), InputLimits(), NOW)
    assert helper._process is not None
    pid = helper._process.pid
    send = watchdog._send

    def send_and_halt(message: Any, into: IO[bytes] | None) -> None:
        os.kill(pid, signal.SIGSTOP)
        send(message, into)

    def wake(*_: object) -> None:
        os.kill(pid, signal.SIGCONT)

    # The message is larger than a pipe: its sender waits for the process.
    threading.Timer(1.5, wake).start()
    monkeypatch.setattr(watchdog, "_send", send_and_halt)
    assert clean_bounded(page(LARGE), InputLimits(), NOW, options).word_count == 13


def test_a_process_that_waits_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no time of the processor, and would keep the worker."""
    monkeypatch.setattr(watchdog, "HALTED_FACTOR", 1)
    clean_bounded(page(LARGE), InputLimits(), NOW)
    process = watchdog._own_helper()._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    assert reason_of(page(ENDLESS), CleaningOptions(max_seconds=0.1)) == "timeout"


def test_a_page_that_kills_its_parser_is_a_reject_and_the_next_is_cleaned(
    helper: watchdog._Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of native code is not a crash of the worker."""
    clean_bounded(page(LARGE), InputLimits(), NOW)
    assert helper._process is not None
    killed = helper._process
    send = watchdog._send

    def send_and_crash(message: Any, into: IO[bytes] | None) -> None:
        send(message, into)
        os.kill(killed.pid, signal.SIGKILL)

    monkeypatch.setattr(watchdog, "_send", send_and_crash)
    assert reason_of(page(ENDLESS)) == "bad_markup"
    monkeypatch.undo()
    assert clean_bounded(page(LARGE), InputLimits(), NOW).word_count == 13


def test_rejections_and_defects_come_through(helper: watchdog._Helper) -> None:
    """What cleaning says in the process is said outside of it; one process serves many pages."""
    assert reason_of(page("<div>" * 20_000)) == "too_deep"
    process = helper._process
    with pytest.raises(RuntimeError, match="TypeError"):
        clean_bounded(replace(page(LARGE), kind="text", date_published=7), InputLimits(), NOW)  # type: ignore[arg-type]
    assert clean_bounded(page(LARGE), InputLimits(), NOW).word_count == 13
    assert helper._process is process
