"""Events of the log as sentences for people."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from warta.transforms.core.redaction import displayable

Event = Mapping[str, Any]


def sentence(event: Event) -> str:
    """Return an event in words, or "" where it is of no interest to a person.

    Example:
      >>> sentence({"event": "batch_started", "number": 1, "of": 2, "input_bytes": 5_000_000})
      'batch 1 of 2: started, 5.0 MB of input'
    """
    say = _SENTENCES.get(event["event"])
    return displayable(say(event)) if say else ""


def counted(counts: Event) -> str:
    """Return the counts of records in words.

    Example:
      >>> counted({"read": 6, "published": 3, "duplicates": 1, "rejected": 2})
      '6 read: 3 published, 1 duplicates, 2 rejected'
    """
    return (
        f"{counts['read']:,} read: {counts['published']:,} published, "
        f"{counts['duplicates']:,} duplicates, {counts['rejected']:,} rejected"
    )


def in_bytes(size: int) -> str:
    """Return a size as people read it.

    Example:
      >>> in_bytes(12_345)
      '12.3 kB'
    """
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1_000:
            break
        amount, unit = amount / 1_000, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{size} B"


def per_second(articles: float, seconds: float) -> str:
    """Return a rate to read.

    Example:
      >>> per_second(300, 2.0)
      '150 articles/s'
    """
    return f"{articles / max(seconds, 1e-3):,.0f} articles/s"


def _batch(event: Event) -> str:
    return f"batch {event['number']:,} of {event['of']:,}: "


def _batch_started(event: Event) -> str:
    return f"{_batch(event)}started, {in_bytes(event['input_bytes'])} of input"


def _batch_progress(event: Event) -> str:
    share = f"{event['share']:.0%}, " if event.get("share") is not None else ""
    rate = per_second(event["articles"], event["seconds"])
    figures = f"{event['articles']:,} articles, {rate}, {event['rejects']:,} rejects"
    return f"{_batch(event)}{share}{figures}"


def _batch_committed(event: Event) -> str:
    if event["known"]:
        return f"{_batch(event)}in the lake already, nothing to do"
    counts, files = counted(event), event["files"]
    return f"{_batch(event)}committed in {event['seconds']:.1f} s, {counts}, {files:,} files"


def _tasks_progress(event: Event) -> str:
    done = f"{event['done']:,} of {event['tasks']:,} tasks are done"
    return f"{event['step']}: {done}, {event['running']:,} under way"


def _tasks_repeated(event: Event) -> str:
    return f"{event['step']}: {event['count']:,} tasks failed or were lost, and are done again"


def _stream_started(event: Event) -> str:
    sources = ", ".join(event["sources"])
    return (
        f"watching {sources} every {event['every_s']:g} s; what arrives within "
        f"{event['window_s']:g} s is one commit to {event['lake']}"
    )


def _window_committed(event: Event) -> str:
    return f"{event['commit_id']}: {counted(event)}"


def _cycle_started(event: Event) -> str:
    line = f"{event['due']:,} of {event['feeds']:,} feeds are due"
    if not event["due"] and event["next_due_at"] is not None:
        line += f", next due at {_local(event['next_due_at'])}"
    return line


def _feed_polled(event: Event) -> str:
    """Say what a feed brought, or why it failed; nothing of one that is as it was."""
    if "error" not in event:
        return f"{event['feed']}: {event['new_entries']:,} new" if event["new_entries"] else ""
    line = f"{event['feed']}: {event['error']}"
    if event["streak"] > 1:
        line += f" ({event['streak']} times in a row)"
    if event["next_poll_at"] is not None and not event["is_stopped"]:
        line += f"; next due at {_local(event['next_poll_at'])}"
    return line


def _cycle_committed(event: Event) -> str:
    results = ", ".join(f"{count:,} {name}" for name, count in sorted(event["feeds"].items()))
    seconds = f"{event['seconds']:.1f} s"
    return f"committed in {seconds}; feeds: {results}; records: {counted(event)}"


def _cycle_failed(event: Event) -> str:
    return f"this poll cycle failed, the next tries again: {event['error']}"


def _messages_committed(event: Event) -> str:
    return f"messages committed in {event['seconds']:.1f} s: {counted(event)}"


def _topic_failed(event: Event) -> str:
    return f"{event['error']}; looked at again later"


def _waiting(event: Event) -> str:
    return f"waiting until {_local(event['until'])}"


def local_time(at: datetime | None = None) -> datetime:
    """Return a moment, or now, in the machine's zone; in UTC where TZ names no possible one."""
    moment = at or datetime.now(UTC)
    try:
        return moment.astimezone()
    except ValueError:
        # An offset of a day or more.
        return moment.astimezone(UTC)


def _local(at: datetime) -> str:
    """Return a time as a reader's clock shows it, with its day where that is not today."""
    shown = local_time(at)
    same_day = shown.date() == local_time().date()
    return f"{shown:%H:%M:%S}" if same_day else f"{shown:%Y-%m-%d %H:%M}"


_SENTENCES: dict[str, Callable[[Event], str]] = {
    "batch_started": _batch_started,
    "batch_progress": _batch_progress,
    "batch_committed": _batch_committed,
    "tasks_progress": _tasks_progress,
    "tasks_repeated": _tasks_repeated,
    "stream_started": _stream_started,
    "window_committed": _window_committed,
    "cycle_started": _cycle_started,
    "feed_polled": _feed_polled,
    "cycle_committed": _cycle_committed,
    "cycle_failed": _cycle_failed,
    "messages_committed": _messages_committed,
    "topic_failed": _topic_failed,
    "waiting": _waiting,
}
