"""What a run was asked to do: one frozen `RunOptions`, checked once, before any work starts."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from warta.transforms.core.errors import UsageError
from warta.transforms.core.options import (
    STORY_DAYS,
    CleaningOptions,
    DedupOptions,
    InputLimits,
    TaggingOptions,
)
from warta.transforms.core.records import ChosenRejects, Source
from warta.transforms.polling.schedule import PollSchedule

if TYPE_CHECKING:
    # The HTTP client takes a while to import, and most commands do without.
    from warta.transforms.sources.http.client import RequestPolicy

COMPACT = ("auto", "off")
MAX_STORY_DAYS = 365
_MOST = 10**12
_LEAST = {"workers": 1, "epoch_mb": 1, "epoch_files": 1, "target_file_mb": 1, "small_files": 2}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything that decides what a run does. Travels to the workers, so it stays small."""

    sources: tuple[Source, ...]
    """Where to read; of a replay, what is said today of inputs that were rejected."""
    lake: str
    """Path or URI of the lake's folder."""
    limits: InputLimits = field(default_factory=InputLimits)
    cleaning: CleaningOptions = field(default_factory=CleaningOptions)
    tagging: TaggingOptions = field(default_factory=TaggingOptions)
    dedup: DedupOptions = field(default_factory=DedupOptions)
    story_days: int = STORY_DAYS
    """Days between a story and what joins it, at most; 0: each article stands alone."""
    engine: str = "local"
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Worker processes of the local engine."""
    epoch_mb: int = 96
    """Input between two commits, in MB: bounds memory, and a crash's cost."""
    epoch_files: int = 20_000
    """Files between two commits: some two minutes' work on two cores, however small they are."""
    target_file_mb: int = 128
    """Size that published files aim at."""
    compact: str = "auto"
    """auto: small files of a partition are merged when a run adds to it and they are many."""
    small_files: int = 8
    """How many are many."""
    catalog: str = ""
    """iceberg: the lake's tables are Iceberg tables too, from now on; empty: as it was."""
    limit: int | None = None
    """Read no more records, for a trial: the first ones, in the order of their inputs' URIs."""
    since: date | None = None
    """Publish articles of this day and later; the others are counted as passed over."""
    typed: tuple[str, ...] = ()
    """Locations of sources that were typed by hand: where one does not exist, the run fails."""
    silence_s: float = 300.0
    """Longest wait for the next byte of a pipe."""
    force: bool = False
    """Make a folder a lake that holds files of others."""
    wait_s: float = 0.0
    """How long to wait for another run that writes the lake."""
    replay: ChosenRejects | None = None
    """Read rejects of the lake again, not the sources."""
    strict: bool = False
    """Let defects fail the run, instead of rejecting the record as internal_error."""
    spark_master: str | None = None
    """Where Spark runs; None: on this machine, or where spark-submit says."""
    spark_conf: tuple[str, ...] = ()
    """Settings of Spark, as KEY=VALUE."""
    beam_options: tuple[str, ...] = ()
    """Beam's own options, as given: --runner=..., --temp_location=..., ..."""

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
          UsageError: A value is out of its range.
        """
        if not 0 <= self.story_days <= MAX_STORY_DAYS:
            raise UsageError(f"--story-days must be between 0 and {MAX_STORY_DAYS}")
        for name, value in _LEAST.items():
            if getattr(self, name) < value:
                raise UsageError(f"--{name.replace('_', '-')} must be at least {value}")
            if getattr(self, name) > _MOST:
                raise UsageError(f"--{name.replace('_', '-')} must be at most {_MOST:,}")
        if self.limit is not None and self.limit < 1:
            raise UsageError("--limit must be at least 1")
        if not self.wait_s >= 0:
            raise UsageError("--wait takes seconds, 0 or more")
        if (self.spark_master or self.spark_conf) and self.engine != "spark":
            raise UsageError("--spark-master and --spark-conf are for --engine spark")
        if self.compact not in COMPACT:
            raise UsageError(f"--compact is one of {', '.join(COMPACT)}, not {self.compact!r}")


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How a stream goes on: beside `RunOptions`, which say what each of its windows does."""

    name: str
    """Of the stream: begins its windows' commit ids."""
    window_s: float
    every_s: float
    """How often folders and feeds are looked at."""
    max_messages: int
    """Of a topic's partition, taken at one look."""
    until_s: float | None = None
    """Drain so long after the start; None: never."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
          UsageError: A value is out of its range.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", self.name):
            raise UsageError(f"--name takes up to 40 of a-z, 0-9 and -, not {self.name!r}")


@dataclass(frozen=True, slots=True)
class TopicOptions:
    """How topics of Kafka are read beside feeds."""

    sources: tuple[Source, ...]
    look_every_s: float
    """Between two looks, unless more was there than one takes."""
    max_messages: int
    """Of a partition, taken at one look: they bound a commit."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How feeds are followed: beside `RunOptions`, which say what the graph does."""

    settings: RunOptions
    """Of the graph; its sources are the feeds."""
    policy: "RequestPolicy"
    schedule: PollSchedule = field(default_factory=PollSchedule)
    page_s: float = 900.0
    """For so long a cycle begins to fetch pages."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
