"""What a step of the pipeline is asked to do: one frozen object a package, checked once."""

import re
from dataclasses import dataclass

from warta.transforms.core.errors import UsageError

DEDUP_DAYS, MAX_DEDUP_DAYS = 30, 36_500
NEAR_THRESHOLD = 0.8
"""Similarity (0 to 1) from which two articles are near duplicates."""
STORY_DAYS = 14
"""Days between a story and what joins it, at most."""
EXTRACTIONS = ("fast", "accurate")
"""Ways to find a page's text."""


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Bounds that hostile or broken input runs into, wherever it is read.

    Example:
      >>> InputLimits(max_record_bytes=1_000_000).max_depth
      512
    """

    max_record_bytes: int = 10_000_000
    """Largest page, line, feed or text taken, unpacked."""
    max_depth: int = 512
    """Deepest nesting of elements in markup. Browsers stop at 512 too."""
    reject_raw_bytes: int = 65_536
    """How much of a bad record is kept in rejects."""


@dataclass(frozen=True, slots=True)
class CleaningOptions:
    """How records become articles, and which articles are too poor to publish.

    Example:
      >>> CleaningOptions(min_words=30).extraction
      'fast'
    """

    max_seconds: float = 20.0
    """How long cleaning one record may take; the largest honest pages take two or three."""
    min_words: int = 5
    """Shortest body published, in words."""
    extraction: str = "fast"
    """How a page's text is found: fast, or accurate (three extractors vote, far slower)."""
    keep_bad_dates: bool = False
    """Publish records whose only stated date is impossible, without a date, instead of a reject."""


DEFAULT_LIMITS = InputLimits()
DEFAULT_CLEANING = CleaningOptions()


def fingerprint(limits: InputLimits, cleaning: CleaningOptions) -> str:
    """Return the text by which the options of reading and cleaning enter hashes.

    Hashes of records and ids of batches are made of it, and lakes hold those: the text of options
    that were there in the first lakes never changes, byte for byte. An option that is added later
    is appended, and only where it is not at its default.

    Example:
      >>> fingerprint(InputLimits(max_depth=9), CleaningOptions())[:50]
      'Limits(max_record_bytes=10000000, max_depth=9, max'
    """
    return (
        f"Limits(max_record_bytes={limits.max_record_bytes!r}, max_depth={limits.max_depth!r}, "
        f"max_seconds={cleaning.max_seconds!r}, min_words={cleaning.min_words!r}, "
        f"reject_raw_bytes={limits.reject_raw_bytes!r}, extraction={cleaning.extraction!r}, "
        f"keep_bad_dates={cleaning.keep_bad_dates!r})"
    )


@dataclass(frozen=True, slots=True)
class TaggingOptions:
    """What articles are tagged by, beside or instead of what warta ships.

    Example:
      >>> TaggingOptions(gazetteers=("names.tsv",), iptc=False).ner is None
      True
      >>> TaggingOptions(topic_model="spacy:news")
      Traceback (most recent call last):
      warta.transforms.core.errors.UsageError: --topic-model must be hf:PATH, the folder of a model
    """

    gazetteers: tuple[str, ...] = ()
    """Paths or URIs of users' names, which take precedence over warta's."""
    topics: tuple[str, ...] = ()
    """Paths or URIs of users' taxonomies."""
    iptc: bool = True
    """Give IPTC Media Topics too."""
    ner: str | None = None
    """A user's own model of names, spacy:MODEL or hf:PATH; None: warta's."""
    topic_model: str | None = None
    """A user's own model of topics, hf:PATH, instead of IPTC's lexicons; None: these."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
          UsageError: The model of topics is named in another form.
        """
        if self.topic_model is not None and not re.fullmatch(r"hf:\S+", self.topic_model):
            raise UsageError("--topic-model must be hf:PATH, the folder of a model")


@dataclass(frozen=True, slots=True)
class DedupOptions:
    """Which articles are compared, and from when on they are the same.

    Example:
      >>> DedupOptions(days=7).near_threshold
      0.8
      >>> DedupOptions(near_threshold=0.2)
      Traceback (most recent call last):
      warta.transforms.core.errors.UsageError: --near-threshold must be between 0.5 and 1.0
    """

    days: int = DEDUP_DAYS
    """How many days around an article's own the lake is searched for its copies."""
    near_threshold: float = NEAR_THRESHOLD
    """Similarity from which two articles are near duplicates."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
          UsageError: A value is out of its range.
        """
        if not 0 <= self.days <= MAX_DEDUP_DAYS:
            raise UsageError(f"--dedup-days must be between 0 and {MAX_DEDUP_DAYS}")
        if not 0.5 <= self.near_threshold <= 1.0:
            raise UsageError("--near-threshold must be between 0.5 and 1.0")
