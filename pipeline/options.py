"""What a run was asked to do: one frozen `Settings`, checked once, before any work starts."""

import os
from dataclasses import dataclass, field

from transforms.records import Limits, Source


class UsageError(Exception):
    """A wish that cannot be fulfilled as said: one line that says what to do. Exit status 2."""


class RunError(Exception):
    """A run that failed on its way: one line that says at what. Exit status 1."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides what a run does. Travels to the workers, so it stays small."""

    sources: tuple[Source, ...]
    lake: str
    """Path or URI of the lake's folder."""
    limits: Limits = field(default_factory=Limits)
    engine: str = "local"
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Worker processes of the local engine."""
    epoch_mb: int = 96
    """Input between two commits of the local engine, in MB: bounds memory, and a crash's cost."""
    dedup_days: int = 30
    """How many days back the lake is searched for duplicates."""
    near_threshold: float = 0.8
    """Similarity from which two articles are near duplicates."""
    target_file_mb: int = 128
    """Size that published files aim at."""
    gazetteers: tuple[str, ...] = ()
    """Users' own gazetteer files, which win over ours."""
    strict: bool = False
    """Let defects fail the run, instead of rejecting the record as internal_error."""
    beam_options: tuple[str, ...] = ()
    """Beam's own options, as given: --runner=..., --temp_location=..., ..."""

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
          UsageError: a value is out of its range.
        """
        for name in ("workers", "epoch_mb", "target_file_mb"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{name.replace('_', '-')} must be at least 1")
        if self.dedup_days < 0:
            raise UsageError("--dedup-days cannot be negative")
        if not 0.5 <= self.near_threshold <= 1.0:
            raise UsageError("--near-threshold must lie between 0.5 and 1.0")
