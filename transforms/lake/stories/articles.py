"""All articles of a lake by column, as a rebuild of its stories goes by them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import ARTICLES, conform_to_schema
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.scan import RowLocation
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.columns import list_vectors, ordinals, seconds
from warta.transforms.lake.stories.relations import StoryBatch, StoryPlace
from warta.transforms.stories.grouping import StoryKey, story_key
from warta.transforms.stories.likeness import NO_DAY

_READ = pa.schema(
    [
        ARTICLES.schema.field(name)
        for name in (
            *("article_id", "version", "date_published", "duplicate_of", "similarity"),
            *("ingested_at", "story_id", "story_scheme", "story_terms", "story_weights"),
        )
    ]
)
_TEXTS = ["headline", "article_body", "in_language"]


@dataclass(slots=True)
class LakeArticles(StoryBatch):
    """The first versions of a lake's articles, by row number."""

    stories: list[str | None] = field(default_factory=list)
    """As their rows say; None in rows of versions that knew no stories."""
    copies: list[str | None] = field(default_factory=list)
    """What each is a copy of."""
    similarities: list[float | None] = field(default_factory=list)
    when: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """Day of publication, or on which an article without one came, as ordinals."""
    lacking: list[DataFile] = field(default_factory=list)
    """Files with rows that name no story."""

    def key(self, row: int) -> StoryKey | None:
        """Return what a row is compared by."""
        scheme = self.schemes[row]
        if scheme is None:
            return None
        terms, weights = self.vectors.row(row)
        return StoryKey(scheme, tuple(terms), tuple(weights))


def read_lake_articles(lake: Lake, live: Snapshot) -> LakeArticles:
    """Return the articles of a lake; vectors that older rows lack are made of their texts.

    Args:
      lake: The lake.
      live: Its live files.

    Raises:
      LakeError: A file is damaged.
    """
    locations: list[RowLocation] = []
    lacking: dict[str, DataFile] = {}
    parts = [_READ.empty_table()]
    for file in live.files("articles"):
        for group, rows, lacks in _first_versions(lake, file):
            locations += [RowLocation(file.path, group, at) for at in rows["row"].to_pylist()]
            parts.append(rows.select(_READ.names))
            if lacks:
                lacking[file.path] = file
    table = pa.concat_tables(parts).combine_chunks()
    published = table["date_published"].combine_chunks()
    days = ordinals(published)
    came = ordinals(table["ingested_at"].combine_chunks())
    terms, weights = (table[name].combine_chunks() for name in ("story_terms", "story_weights"))
    return LakeArticles(
        table["article_id"].to_pylist(),
        days,
        seconds(published),
        table["story_scheme"].to_pylist(),
        list_vectors(terms, weights),
        locations,
        stories=table["story_id"].to_pylist(),
        copies=table["duplicate_of"].to_pylist(),
        similarities=table["similarity"].to_pylist(),
        when=np.where(days == NO_DAY, came, days),
        lacking=list(lacking.values()),
    )


def _first_versions(lake: Lake, file: DataFile) -> Iterator[tuple[int, pa.Table, bool]]:
    """Yield each row group, its first versions with where they are, and whether stories lack."""
    with open_parquet(lake, file.path) as parquet:
        there = set(parquet.schema_arrow.names)
        for group in range(parquet.num_row_groups):
            names = [name for name in _READ.names if name in there]
            rows = conform_to_schema(parquet.read_row_group(group, columns=names), _READ)
            lacks = rows["story_id"].null_count > 0
            at = np.flatnonzero(pc.equal(rows["version"], 1))
            rows = rows.take(at)
            if lacks:
                texts = parquet.read_row_group(group, columns=_TEXTS).take(at)
                keys = {row: _key_of(texts, row) for row in _without_story(rows)}
                rows = _with_values(rows, _key_columns(keys))
            yield group, rows.append_column("row", pa.array(at)), lacks


def _without_story(rows: pa.Table) -> list[int]:
    found: list[int] = np.flatnonzero(pc.is_null(rows["story_id"])).tolist()
    return found


def _key_of(texts: pa.Table, row: int) -> StoryKey | None:
    return story_key(*(texts[name][row].as_py() for name in _TEXTS))


def _key_columns(keys: Mapping[int, StoryKey | None]) -> dict[str, dict[int, Any]]:
    return {
        "story_scheme": {row: key and key.scheme for row, key in keys.items()},
        "story_terms": {row: (key and list(key.terms)) or None for row, key in keys.items()},
        "story_weights": {row: (key and list(key.weights)) or None for row, key in keys.items()},
    }


def _with_values(rows: pa.Table, values: Mapping[str, Mapping[int, Any]]) -> pa.Table:
    """Return rows with other values in some cells."""
    for name, cells in values.items():
        column = rows[name].to_pylist()
        for row, value in cells.items():
            column[row] = value
        kind = rows.schema.field(name)
        filled = pa.array(column, kind.type)
        rows = rows.set_column(rows.schema.get_field_index(name), kind, filled)
    return rows


def fill_files(
    lake: Lake, run: Run, articles: LakeArticles, fills: Mapping[int, StoryPlace]
) -> Iterator[PublishedFile]:
    """Write again the files that hold rows without a story; each takes the place of the one before.

    All other columns stay as they are, and so do rows that have a story.

    Args:
      lake: The lake.
      run: The run that commits them.
      articles: The lake's articles.
      fills: Where those are that had no story, by row number.

    Raises:
      LakeError: The disk or store refuses it.
    """
    numbers: dict[tuple[str, int], dict[int, int]] = {}
    for number in fills:
        one = articles.locations[number]
        numbers.setdefault((one.path, one.row_group), {})[one.row] = number
    stories = {articles.ids[number]: place.story_id for number, place in fills.items()}
    for count, file in enumerate(articles.lacking):
        written = FinalFile(lake, run, "articles", file.partition, count)
        with open_parquet(lake, file.path) as parquet:
            for group in range(parquet.num_row_groups):
                rows = conform_to_schema(parquet.read_row_group(group), ARTICLES.schema)
                own = numbers.get((file.path, group), {})
                places = {row: fills[number] for row, number in own.items()}
                keys = {row: articles.key(number) for row, number in own.items()}
                written.write(_filled(rows, places, keys, stories))
        finished = written.close(replaces=(file.path,))
        if finished is not None:
            yield finished


def _filled(
    rows: pa.Table,
    places: Mapping[int, StoryPlace],
    keys: dict[int, StoryKey | None],
    stories: Mapping[str, str],
) -> pa.Table:
    """Return the rows of a row group with stories; a later version is in that of the first."""
    ids = rows["article_id"].to_pylist()
    without = _without_story(rows)
    keys = {row: keys[row] if row in keys else _key_of(rows, row) for row in without}
    values = {
        "story_id": {row: stories.get(ids[row], ids[row]) for row in without},
        "story_relation": {row: one.relation and one.relation.kind for row, one in places.items()},
        "story_of": {row: one.relation and one.relation.of for row, one in places.items()},
        "story_similarity": {
            row: one.relation and one.relation.similarity for row, one in places.items()
        },
    }
    return _with_values(rows, values | _key_columns(keys))
