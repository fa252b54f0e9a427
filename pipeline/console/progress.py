"""A run's progress: how far its workers are, and the bar that shows it on a terminal."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import structlog
from structlog.typing import EventDict, WrappedLogger

from warta.pipeline.console.log import log
from warta.pipeline.console.messages import per_second
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.staging import read_progress
from warta.transforms.lake.storage import Lake

_LOOK_EVERY_S = 1.0
_NARROW = 60
"""Columns below which a bar would push the figures off the line."""


@contextmanager
def watch_progress(
    lake: Lake, commit_id: str, number: int, of: int, input_bytes: int
) -> Iterator[None]:
    """Log about once a second how far a batch is, from a thread, while the block runs.

    Args:
      lake: Where the batch is staged.
      commit_id: Of the batch.
      number: Which batch it is, from 1.
      of: How many batches the run has.
      input_bytes: Of the batch; 0 where it is not known.
    """
    done, started_s = threading.Event(), time.monotonic()

    def watch() -> None:
        while not done.wait(_LOOK_EVERY_S):
            try:
                so_far = read_progress(lake, commit_id)
            except (OSError, LakeError):
                # Only shown: the next look may succeed, and a store that stays away ends the run.
                continue
            share = min(so_far.input_bytes / input_bytes, 1.0) if input_bytes else None
            log.info(
                "batch_progress",
                number=number,
                of=of,
                articles=so_far.articles,
                rejects=so_far.rejects,
                share=share,
                seconds=time.monotonic() - started_s,
            )

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class ProgressBar:
    """A processor that shows events as one line, drawn again in place: batch, share, time left."""

    def __init__(self) -> None:
        # Costs 40 ms, for a terminal only.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.table import Column

        console = Console(stderr=True)
        share = TaskProgressColumn(table_column=Column(min_width=4, no_wrap=True))
        narrow: tuple[ProgressColumn, ...] = (share,)
        wide: tuple[ProgressColumn, ...] = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=12),
            share,
            TimeRemainingColumn(elapsed_when_finished=True, compact=True),
        )
        self._display = Progress(
            *(wide if console.width >= _NARROW else narrow),
            TextColumn("{task.fields[figures]}", markup=False),
            console=console,
        )
        self._task = self._display.add_task("listing", total=None, figures="")
        self._started_s = time.monotonic()
        self._articles = self._rejects = self._done = 0
        self._batch = "starting"

    def __enter__(self) -> Self:
        """Start to draw."""
        self._display.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw the line for the last time."""
        self._display.stop()

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """See the class."""
        match event["event"]:
            case "batch_started":
                self._batch = f"batch {event['number']} of {event['of']}"
                self._display.update(self._task, description=self._batch, total=event["of"])
            case "tasks_progress":
                step = f"{event['step']} {event['done']}/{event['tasks']}"
                self._display.update(self._task, description=f"{self._batch}, {step}")
            case "batch_progress":
                self._show(self._articles + event["articles"], self._rejects + event["rejects"])
                self._display.update(self._task, completed=self._done + (event["share"] or 0.0))
            case "batch_committed":
                self._done += 1
                self._articles += event["read"] - event["rejected"]
                self._rejects += event["rejected"]
                self._show(self._articles, self._rejects)
                self._display.update(self._task, completed=self._done)
        raise structlog.DropEvent

    def _show(self, articles: int, rejects: int) -> None:
        rate = per_second(articles, time.monotonic() - self._started_s)
        line = f"{articles:,} articles  {rate}  {rejects:,} rejects"
        self._display.update(self._task, figures=line)
