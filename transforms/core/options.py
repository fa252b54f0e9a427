"""What a step of the pipeline is asked to do: one frozen object a package, checked once."""

import re
from dataclasses import dataclass

from warta.transforms.core.errors import UsageError

MAX_DEDUP_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class TaggingOptions:
    """What articles are tagged by, beside or in the place of what warta ships."""

    gazetteers: tuple[str, ...] = ()
    """Paths or URIs of users' names, which win over ours."""
    topics: tuple[str, ...] = ()
    """Paths or URIs of users' taxonomies."""
    iptc: bool = True
    """Give IPTC Media Topics too."""
    ner: str | None = None
    """A user's own model of names, spacy:MODEL or hf:PATH; None: ours."""
    topic_model: str | None = None
    """A user's own model of topics, hf:PATH, in the place of IPTC's lexicons; None: these."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
          UsageError: The model of topics is named in another form.
        """
        if self.topic_model is not None and not re.fullmatch(r"hf:\S+", self.topic_model):
            raise UsageError("--topic-model must be hf:PATH, the folder of a model")


@dataclass(frozen=True, slots=True)
class DedupOptions:
    """Which articles are compared, and from when on they are the same."""

    days: int = 30
    """How many days around an article's own the lake is searched for its copies."""
    near_threshold: float = 0.8
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
