"""What share of each publisher's articles has glued words or lost letters: see a scraper's faults.

A sample is read: bodies are most of a lake. It is the same for the same lake.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from warta.transforms.cleaning.text.damage import Damage, find_damage
from warta.transforms.lake.catalog import Snapshot
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.ner.word_tables import TABLE_NAMES, load_rules

FILES = 40
"""Most files that are read, newest days first."""
ROWS_OF_A_FILE = 500
ROWS_OF_A_PUBLISHER = 100
NO_PUBLISHER = "(none)"
_COLUMNS = ("publisher_name", "article_body")
_BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class PublisherDamage:
    """Damaged articles among those of a publisher that were looked at, with an example each."""

    publisher: str
    looked_at: int
    glued: int
    cut: int
    glued_example: str | None = None
    cut_example: str | None = None


def inspect_damage(lake: Lake, live: Snapshot) -> tuple[PublisherDamage, ...]:
    """Return the publishers with damaged articles, most damaged first.

    Args:
      lake: The lake.
      live: What is live in it.

    Raises:
      LakeError: A file is damaged or missing.
    """
    found: defaultdict[str, list[Damage]] = defaultdict(list)
    for publisher, body in _sample(lake, live):
        damages = found[publisher]
        if len(damages) < ROWS_OF_A_PUBLISHER:
            damages.append(find_damage(body, _is_word))
    return tuple(
        sorted(
            filter(lambda one: one.glued + one.cut, map(_summed, found, found.values())),
            key=lambda one: (-(one.glued + one.cut) / one.looked_at, one.publisher),
        )
    )


def _sample(lake: Lake, live: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield publisher and body of the first rows of the newest files."""
    files = sorted(live.files("articles"), key=lambda file: file.path)
    files.sort(key=lambda file: file.partition, reverse=True)
    for file in files[:FILES]:
        with open_parquet(lake, file.path) as parquet:
            columns = [name for name in _COLUMNS if name in parquet.schema_arrow.names]
            if columns != list(_COLUMNS):
                continue
            left = ROWS_OF_A_FILE
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=columns):
                yield from _rows(batch)
                left -= batch.num_rows
                if left <= 0:
                    break


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[str, str]]:
    names, bodies = (batch.column(name).to_pylist() for name in _COLUMNS)
    for name, body in zip(names, bodies, strict=True):
        if body:
            yield name or NO_PUBLISHER, body


def _summed(publisher: str, damages: list[Damage]) -> PublisherDamage:
    glued = [one.glued for one in damages if one.glued]
    cut = [one.cut for one in damages if one.cut]
    examples = (texts[0] if texts else None for texts in (glued, cut))
    return PublisherDamage(publisher, len(damages), len(glued), len(cut), *examples)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for language in TABLE_NAMES for word in load_rules(language).words)


def _is_word(word: str) -> bool:
    return word in _words()
