"""What a run shows: while it works on standard error, when it is done on standard output."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from pipeline.reporting.reports import Counts, EpochReport, Listener, RunReport
from transforms.core.errors import LakeError
from transforms.core.records import PASSED_OVER, REASONS
from transforms.core.redaction import displayable
from transforms.lake.layout import Lake
from transforms.lake.staging import read_progress

if TYPE_CHECKING:
    from rich.progress import Progress

_PLAIN_EVERY_S = 10.0
_LOOK_EVERY_S = 1.0
_SHOWN_PASSED_OVER = 10


@contextmanager
def watch_progress(lake: Lake, commit_id: str, listener: Listener) -> Iterator[None]:
    """Looks over the shoulders of the workers, from a thread, while the block runs.

    About once a second it tells `listener` how many records of an epoch are through.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_EVERY_S):
            try:
                told = read_progress(lake, commit_id)
            except (OSError, LakeError):
                # Only shown: the next look may succeed, and a store that stays away ends the run.
                continue
            listener.progress(*told)

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def open_listener(*, quiet: bool) -> Iterator["SilentListener"]:
    """A listener for where standard error goes: a live line on a terminal, else plain ones."""
    if quiet:
        yield SilentListener()
    elif sys.stderr.isatty():
        with _live_display() as display:
            yield LiveListener(display)
    else:
        yield PlainListener(sys.stderr)


class SilentListener:
    """Shows nothing, and remembers whether work began."""

    begun = False
    _committed, _of = 0, 0

    def epoch_started(self, number: int, of: int, input_bytes: int) -> None:
        """Work began."""
        self.begun = True
        self._of = of

    def progress(self, articles: int, rejects: int) -> None:
        """Nothing to show."""

    def epoch_committed(self, report: EpochReport) -> None:
        """Count what is safe."""
        self._committed += 1

    def left_over(self) -> str:
        """Return what to say after "stopped": what is in the lake, and how to go on."""
        if not self.begun:
            return "; nothing was written"
        done = f"; {self._committed:,} of {self._of:,} epochs are committed"
        return f"{done}, the same command again does the rest"


class PlainListener(SilentListener):
    """Lines with a time stamp: at the start and end of each epoch, and every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._epoch = ""
        self._started_s = self._told_s = time.monotonic()

    def epoch_started(self, number: int, of: int, input_bytes: int) -> None:
        """Says which epoch begins and how much it reads."""
        super().epoch_started(number, of, input_bytes)
        self._epoch = f"epoch {number} of {of}"
        self._started_s = time.monotonic()
        self._tell(f"started, {input_bytes / 1e6:,.1f} MB of input")

    def progress(self, articles: int, rejects: int) -> None:
        """Says how far the epoch is, if the last line is old enough."""
        now_s = time.monotonic()
        if now_s - self._told_s >= _PLAIN_EVERY_S:
            rate = _per_second(articles, now_s - self._started_s)
            self._tell(f"{articles:,} articles, {rate}, {rejects:,} rejects")

    def epoch_committed(self, report: EpochReport) -> None:
        """Says what the epoch brought."""
        super().epoch_committed(report)
        self._tell(_outcome(report))

    def _tell(self, what: str) -> None:
        self._told_s = time.monotonic()
        stamp = datetime.now().astimezone().isoformat(timespec="seconds")
        print(f"{stamp} {self._epoch}: {what}", file=self._stream, flush=True)


class LiveListener(SilentListener):
    """One line on a terminal that is drawn anew in place."""

    def __init__(self, display: "Progress") -> None:
        self._display = display
        self._task = display.add_task("listing the sources", total=None, figures="")
        self._started_s = time.monotonic()
        self._through = 0
        self._rejects = 0

    def epoch_started(self, number: int, of: int, input_bytes: int) -> None:
        """Shows which epoch it is."""
        super().epoch_started(number, of, input_bytes)
        label = f"epoch {number} of {of}"
        self._display.update(self._task, description=label, completed=number - 1, total=of)

    def progress(self, articles: int, rejects: int) -> None:
        """Shows all epochs so far and the running one together."""
        self._show(self._through + articles, self._rejects + rejects)

    def epoch_committed(self, report: EpochReport) -> None:
        """Puts the committed counts in the place of the rough ones."""
        super().epoch_committed(report)
        self._through += report.counts.read - report.counts.rejected
        self._rejects += report.counts.rejected
        self._show(self._through, self._rejects)
        self._display.advance(self._task)

    def _show(self, articles: int, rejects: int) -> None:
        rate = _per_second(articles, time.monotonic() - self._started_s)
        line = f"{articles:,} articles  {rate}  {rejects:,} rejects"
        self._display.update(self._task, figures=line)


def _live_display() -> "Progress":
    """The line: which epoch, a bar over the epochs, figures, time."""
    # Costs 40 ms, for a terminal only.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def summarize(report: RunReport) -> str:
    """A finished run -> what came of it, where it lies, and a DuckDB query that shows it."""
    counts = report.counts
    known = sum(epoch.known for epoch in report.epochs)
    rate = _per_second(counts.read, report.seconds)
    lines = [
        f"{counted(counts)}; {report.seconds:.1f} s, {rate}",
        *(f"  {line}" for line in _reasons(report.epochs)),
        *_passed_over(report.epochs),
    ]
    if report.skipped:
        files = "file" if len(report.skipped) == 1 else "files"
        lines.append(f"{len(report.skipped):,} {files} skipped, such as {report.skipped[0]}")
    if report.passed_over:
        lines.append(f"{len(report.passed_over):,} passed over:")
        lines += [f"  {one}" for one in report.passed_over[:_SHOWN_PASSED_OVER]]
        if len(report.passed_over) > _SHOWN_PASSED_OVER:
            lines.append(f"  and {len(report.passed_over) - _SHOWN_PASSED_OVER:,} more")
    if report.limit:
        lines.append(f"the reading ended at --limit {report.limit:,}: what follows was not opened")
    if known:
        lines.append(f"{known} of {len(report.epochs)} epochs stood in the lake already")
    # Options behind "?" are pyarrow's, and unknown to DuckDB.
    lake = displayable(report.lake.partition("?")[0] if "://" in report.lake else report.lake)
    look = f"Look at {lake.rstrip('/')}/articles, or ask DuckDB:"
    return "\n".join([*lines, "", look, "", _query(lake.rstrip("/"))])


def counted(counts: Counts) -> str:
    """Counts as one line."""
    return (
        f"{counts.read:,} read: {counts.published:,} published, "
        f"{counts.duplicates:,} duplicates, {counts.rejected:,} rejected"
    )


def _reasons(epochs: tuple[EpochReport, ...]) -> Iterator[str]:
    """Reject reasons of all epochs, commonest first, with what they mean."""
    total: Counter[str] = Counter()
    for epoch in epochs:
        total.update(epoch.reject_reasons)
    for reason, number in sorted(total.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"{number:>6,}  {reason:<16} {REASONS.get(reason, '')}"


def _passed_over(epochs: tuple[EpochReport, ...]) -> Iterator[str]:
    """What was no record, by reason, commonest first, with what the reasons mean."""
    total: Counter[str] = Counter()
    for epoch in epochs:
        total.update(epoch.passed_over)
    if total:
        yield f"{total.total():,} passed over"
    for reason, number in sorted(total.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {number:>6,}  {reason:<16} {PASSED_OVER.get(reason, '')}"


def _query(lake: str) -> str:
    """SQL to paste into DuckDB: the newest articles with their topics and entities."""
    files = f"{lake}/articles/**/*.parquet".replace("'", "''")
    return _QUERY.replace("FILES", f"'{files}'")


_QUERY = """\
  SELECT published_date, publisher_name, headline,
         list_transform(topics, lambda t: t.name) AS topics,
         list_transform(entities, lambda e: e.name) AS entities
  FROM read_parquet(FILES, hive_partitioning = false)
  WHERE duplicate_of IS NULL
  ORDER BY date_published DESC NULLS LAST LIMIT 20;"""


def _outcome(report: EpochReport) -> str:
    """A committed epoch in one line."""
    if report.known:
        return "stands in the lake already, nothing to do"
    counts = counted(report.counts)
    return f"committed in {report.seconds:.1f} s, {counts}, {report.files:,} files"


def _per_second(articles: int, seconds: float) -> str:
    """A rate to read."""
    return f"{articles / max(seconds, 1e-3):,.0f} articles/s"
