"""Stories of a lake, from its table `stories`; the articles of one from its days alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from warta.pipeline.inspection.stories import (
    ShownArticle,
    ShownStory,
    binding_words,
    common_entities,
    short_name,
)
from warta.transforms.core.errors import UsageError
from warta.transforms.lake.reading import open_dataset, scan_table
from warta.transforms.lake.storage import Lake

_COUNTED = [
    *("story_id", "version", "current_id", "title", "articles", "copies", "publishers"),
    *("first_seen", "last_seen"),
]
_FOUND = ["story_id", "version", "current_id", "continues", "title", "timeline"]
_SHOWN = [
    *("story_id", "article_id", "version", "headline", "date_published", "publisher_name"),
    *("canonical_domain", "source_uri", "article_body", "entities", "duplicate_of"),
    *("story_relation", "story_of", "story_similarity", "story_terms", "story_weights"),
]


def largest_stories(
    lake: Lake, days: int, limit: int, until: date | None = None
) -> list[dict[str, Any]]:
    """Return the largest stories of a span of days.

    Args:
      lake: The lake.
      days: Days of the span, back from its end.
      limit: Most stories.
      until: Its last day; None: that of the lake's newest article in a story.

    Raises:
      LakeError: There is no lake, or it is damaged.
    """
    lake.check()
    rows = _latest(lake, _COUNTED)
    found = [one for one in rows if one["current_id"] == one["story_id"] and one["articles"] > 1]
    newest = max((one["last_seen"] for one in found if one["last_seen"]), default=None)
    if until is not None:
        newest = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
        found = [one for one in found if one["first_seen"] and one["first_seen"] < newest]
    if newest is not None:
        since = newest - timedelta(days=days)
        found = [one for one in found if one["last_seen"] is None or one["last_seen"] >= since]
    found.sort(key=lambda one: (-one["articles"], one["story_id"]))
    return [_summary(one) for one in found[:limit]]


def _latest(lake: Lake, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the row that counts of each story."""
    parts = list(scan_table(lake, "stories", columns))
    if not parts:
        return
    rows = pa.Table.from_batches(parts)
    newest = rows.group_by("story_id").aggregate([("version", "max")])
    pairs = newest.rename_columns({"version_max": "version"})
    keys = [_key(table) for table in (rows, pairs)]
    yield from rows.filter(pc.is_in(keys[0], keys[1].combine_chunks())).to_pylist()


def _key(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows["story_id"], rows["version"].cast(pa.string()), " ")


def _summary(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("story_id", "title", "articles", "copies", "first_seen", "last_seen")
    return {name: row[name] for name in kept} | {"publishers": len(row["publishers"])}


def read_story(lake: Lake, name: str) -> ShownStory:
    """Return one story of a lake.

    Args:
      lake: The lake.
      name: Its story_id, or the beginning of it; also that of a story that was joined into it.

    Raises:
      UsageError: No story of the lake is named so, or several are.
    """
    rows = {row["story_id"]: row for row in _latest(lake, _FOUND)}
    named = {row["current_id"] for story, row in rows.items() if story.startswith(name)}
    articles = open_dataset(lake, "articles")
    if not named:
        # A lone article has no row.
        begins = pc.starts_with(ds.field("story_id"), name)
        named = set(articles.to_table(columns=["story_id"], filter=begins)["story_id"].to_pylist())
    if len(named) != 1:
        what = "no story begins with" if not named else f"{len(named)} stories begin with"
        raise UsageError(f"{what} {name!r}: `warta stories {lake}` lists them")
    (story,) = named
    row = rows.get(story, {})
    ids = pa.array([story, *(row.get("continues") or ())], pa.string())
    wanted = pc.is_in(ds.field("story_id"), ids) | pc.is_in(ds.field("article_id"), ids)
    if row:
        articles = open_dataset(lake, "articles", [day["day"] for day in row["timeline"]])
    return _shown_story(story, row.get("title"), articles.to_table(columns=_SHOWN, filter=wanted))


def _shown_story(story: str, title: str | None, rows: pa.Table) -> ShownStory:
    by_version = sorted(rows.to_pylist(), key=lambda one: one["version"])
    latest = {one["article_id"]: one for one in by_version}
    members = sorted(latest.values(), key=_when)
    words = binding_words(
        (
            f"{one['headline'] or ''} {one['article_body']}",
            one["story_terms"] or (),
            one["story_weights"] or (),
        )
        for one in members
    )
    texts = [one for one in members if one["duplicate_of"] is None] or members
    entities = common_entities(
        [(one["name"], one["wikidata_id"], one["entity_id"]) for one in text["entities"] or ()]
        for text in texts
    )
    return ShownStory(story, title, words, entities, tuple(_shown_article(one) for one in members))


def _when(row: Mapping[str, Any]) -> tuple[float, str]:
    moment = row["date_published"]
    return (moment.timestamp() if moment else float("inf")), row["article_id"]


def _shown_article(row: Mapping[str, Any]) -> ShownArticle:
    return ShownArticle(
        row["article_id"],
        short_name(row["headline"], row["article_body"]),
        row["publisher_name"] or row["canonical_domain"] or row["source_uri"].rpartition("/")[2],
        row["date_published"],
        row["story_relation"],
        row["story_of"],
        None if row["story_similarity"] is None else round(row["story_similarity"], 4),
    )
