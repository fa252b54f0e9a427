"""The table `stories`: a row each time a run changes a story, of which the highest version counts.

A story has a row from its second article on: a lone article says all of itself. A row is the one
before it and what the run brings, committed with the run's articles: a run that is killed and done
again counts each of them once. Its partition is the day of the article that gave the story its id,
which never changes, so that all rows of a story are in one partition.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import (
    ARTICLES,
    SCHEMA_VERSION,
    STORIES,
    STORIES_SINCE,
    conform_to_schema,
)
from warta.transforms.lake.article_index import days_of
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.files import FinalFile, sort_rows
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.reading import open_parquet, scan_table
from warta.transforms.lake.scan import RowLocation, read_cells
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.titles import Candidate, choose_titles, title_choice
from warta.transforms.stories.summary import StoryArticle, next_row

TABLE = STORIES.name
_NAMES = tuple(STORIES.schema.names)
_READ = pa.schema(
    [
        ARTICLES.schema.field(name)
        for name in (
            *("article_id", "date_published", "published_date", "headline", "publisher_name"),
            *("canonical_domain", "in_language", "duplicate_of", "entities", "topics"),
            *("location_created", "story_scheme", "story_terms", "story_weights"),
            "schema_version",
        )
    ]
)


@dataclass(slots=True)
class ChangedStory:
    """A story that a run adds articles to, or founds."""

    story_id: str
    is_new: bool
    """Whether the article that gives it its id is one of the run's."""
    new: list[RowLocation] = field(default_factory=list)
    """The run's articles of it, in staging."""
    known: Sequence[Candidate] = ()
    """Articles of the lake that are in it, as far as the run has looked at them."""


def latest_stories(
    lake: Lake,
    live: Snapshot,
    story_ids: Iterable[str],
    columns: Sequence[str] = _NAMES,
) -> dict[str, dict[str, Any]]:
    """Return the rows that count of some stories, by story_id; those without a row are left out.

    Args:
      lake: The lake.
      live: Its live files.
      story_ids: Of the stories.
      columns: What to read, `story_id` among it.
    """
    wanted = sorted(set(story_ids))
    if not wanted or not live.files(TABLE):
        return {}
    ids = pa.array(wanted, pa.string())
    places: dict[str, tuple[int, RowLocation]] = {}
    for file in live.files(TABLE, days_of(lake, pa.chunked_array([ids]))):
        for story, version, location in _versions_of(lake, file, ids):
            if story not in places or places[story][0] < version:
                places[story] = version, location
    schema = pa.schema([STORIES.schema.field(name) for name in _NAMES if name in columns])
    by_file: dict[str, list[RowLocation]] = defaultdict(list)
    for _, location in places.values():
        by_file[location.path].append(location)
    found = {}
    for path, locations in sorted(by_file.items()):
        with open_parquet(lake, path) as parquet:
            for group in sorted({one.row_group for one in locations}):
                at = sorted(one.row for one in locations if one.row_group == group)
                rows = parquet.read_row_group(group, columns=schema.names).take(at)
                for row in conform_to_schema(rows, schema).to_pylist():
                    found[row["story_id"]] = row
    return found


def _versions_of(
    lake: Lake, file: DataFile, ids: pa.Array
) -> Iterator[tuple[str, int, RowLocation]]:
    """Yield the rows of some stories in a file: whose, its version, and where it is."""
    with open_parquet(lake, file.path) as parquet:
        for group in range(parquet.num_row_groups):
            rows = parquet.read_row_group(group, columns=["story_id", "version"])
            for row in np.flatnonzero(pc.is_in(rows["story_id"], ids)).tolist():
                story, version = rows["story_id"][row].as_py(), rows["version"][row].as_py()
                yield story, version, RowLocation(file.path, group, row)


def all_latest(lake: Lake, live: Snapshot) -> dict[str, dict[str, Any]]:
    """Return what the rows that count say of all stories that have one, by story_id.

    Only of what a rebuild compares: version, current_id, continues, articles, copies, story_date.
    """
    names = ["story_id", "version", "current_id", "continues", "articles", "copies", "story_date"]
    found: dict[str, dict[str, Any]] = {}
    for batch in scan_table(lake, TABLE, names, snapshot=live):
        for row in batch.to_pylist():
            before = found.get(row["story_id"])
            if before is None or before["version"] < row["version"]:
                found[row["story_id"]] = row
    return found


def story_rows(
    files: OpenFiles,
    lake: Lake,
    live: Snapshot,
    run: Run,
    stories: Sequence[ChangedStory],
    copies: Collection[RowLocation],
) -> pa.Table:
    """Return the rows of the stories that a run changes.

    Args:
      files: Opens staged files and those of the lake.
      lake: The lake.
      live: Its live files.
      run: The run.
      stories: What it changes; lone new articles are left out.
      copies: Which of the run's articles are copies.

    Returns:
      A table of the schema of `STORIES`, sorted.
    """
    old = [one.story_id for one in stories if not one.is_new]
    earlier = latest_stories(lake, live, old)
    moved = {name: row["current_id"] for name, row in earlier.items() if row["current_id"] != name}
    if moved:
        stories = _by_current_id(stories, moved)
        old = [one.story_id for one in stories if not one.is_new]
        earlier |= latest_stories(lake, live, set(moved.values()))
    alone = _articles_without_row(files, lake, live, stories, set(old) - earlier.keys())
    new = read_articles(files, (one for story in stories for one in story.new), copies)
    drafts = []
    for story in stories:
        before = alone.get(story.story_id, [])
        articles = [new[one] for one in story.new]
        row = earlier.get(story.story_id)
        days = [one.day for one in (*before, *articles) if one.article_id == story.story_id]
        # Of a founder that is lost, only the day of what is left is known.
        date = row["story_date"] if row else (days or [one.day for one in articles])[0]
        articles = [*before, *articles]
        draft = StoryDraft(next_row(story.story_id, date, row, articles), articles, story.known)
        drafts.append(draft)
    return finish_rows(files, run, drafts)


@dataclass(frozen=True, slots=True)
class StoryDraft:
    """A row that lacks its title and its run."""

    row: dict[str, Any]
    articles: Sequence[StoryArticle]
    """What the row counts and the one before it does not."""
    known: Sequence[Candidate] = ()


def finish_rows(files: OpenFiles, run: Run, drafts: Sequence[StoryDraft]) -> pa.Table:
    """Return rows with their titles and the run that writes them.

    Args:
      files: Opens staged files and those of the lake.
      run: The run.
      drafts: What is known of each.

    Returns:
      A table of the schema of `STORIES`, sorted.
    """
    choose_titles(files, [title_choice(one.row, one.articles, one.known) for one in drafts])
    signed = {
        "run_id": run.invocation_id,
        "updated_at": run.started_at,
        "schema_version": SCHEMA_VERSION,
    }
    return sort_rows(
        TABLE, pa.Table.from_pylist([one.row | signed for one in drafts], schema=STORIES.schema)
    )


def stage_stories(lake: Lake, run: Run, rows: pa.Table, first_number: int) -> list[PublishedFile]:
    """Write rows of stories to staging, a file a partition.

    Args:
      lake: The lake.
      run: Whose commit they will be part of.
      rows: Of the table `stories`, sorted.
      first_number: Of the first file; unique in the run.

    Raises:
      LakeError: The disk or store refuses it.
    """
    written = []
    for number, day in enumerate(sorted(set(rows["story_date"].to_pylist())), first_number):
        file = FinalFile(lake, run, TABLE, day, number)
        file.write(rows.filter(pc.equal(rows["story_date"], day)))
        written.append(file.close())
    return [file for file in written if file is not None]


def _by_current_id(stories: Iterable[ChangedStory], moved: Mapping[str, str]) -> list[ChangedStory]:
    """Return stories with those in one that a rebuild has joined: its row counts their articles."""
    found: dict[str, ChangedStory] = {}
    for one in stories:
        name = moved.get(one.story_id, one.story_id)
        current = found.setdefault(name, ChangedStory(name, one.is_new))
        current.new += one.new
        current.known = [*current.known, *one.known]
    return [found[name] for name in sorted(found)]


def _articles_without_row(
    files: OpenFiles,
    lake: Lake,
    live: Snapshot,
    stories: Iterable[ChangedStory],
    wanted: Collection[str],
) -> dict[str, list[StoryArticle]]:
    """Return the articles that the lake has of stories that have no row yet.

    That is the one that a story has its id from, unless an older version has put more into it.
    """
    if not wanted:
        return {}
    known = {
        candidate.article_id: candidate.location
        for story in stories
        for candidate in story.known
        if candidate.article_id == story.story_id and story.story_id in wanted
    }
    ids = pa.array(sorted(set(wanted) - known.keys()), pa.string())
    if len(ids):
        days = days_of(lake, pa.chunked_array([ids]))
        known |= dict(_first_versions(lake, live.files("articles", days), "article_id", ids))
    # An article may be in the story of another: its first version was a copy, a later one is not.
    stories_of = dict(read_cells(files, known.values(), "story_id"))
    known = {name: one for name, one in known.items() if stories_of[one] in (None, name)}
    versions = dict(read_cells(files, known.values(), "schema_version"))
    found = read_articles(files, known.values())
    by_story = {name: [found[location]] for name, location in known.items()}
    older = [name for name, location in known.items() if versions[location] < STORIES_SINCE]
    if older:
        ids = pa.array(sorted(older), pa.string())
        joined = list(_first_versions(lake, live.files("articles"), "story_id", ids))
        found = read_articles(files, (location for _, location in joined))
        for name, location in joined:
            if found[location].article_id != name:
                by_story[name].append(found[location])
    return by_story


def _first_versions(
    lake: Lake, listed: Iterable[DataFile], column: str, ids: pa.Array
) -> Iterator[tuple[str, RowLocation]]:
    """Yield where the first versions of articles are that have one of these values in a column."""
    for file in listed:
        with open_parquet(lake, file.path) as parquet:
            if column not in parquet.schema_arrow.names:
                continue
            for group in range(parquet.num_row_groups):
                rows = parquet.read_row_group(group, columns=[column, "version"])
                hits = pc.and_(pc.is_in(rows[column], ids), pc.equal(rows["version"], 1))
                for row in np.flatnonzero(hits).tolist():
                    yield rows[column][row].as_py(), RowLocation(file.path, group, row)


def read_articles(
    files: OpenFiles, locations: Iterable[RowLocation], copies: Collection[RowLocation] = ()
) -> dict[RowLocation, StoryArticle]:
    """Return articles, each row group being read once.

    Args:
      files: Opens their files.
      locations: Where they are.
      copies: Which staged articles are copies: that is not in staging.
    """
    by_group: dict[tuple[str, int], list[int]] = defaultdict(list)
    for one in set(locations):
        by_group[one.path, one.row_group].append(one.row)
    found = {}
    for (path, group), places in sorted(by_group.items()):
        rows = files.read(path, group, _READ.names).take(sorted(places))
        for place, row in zip(
            sorted(places), conform_to_schema(rows, _READ).to_pylist(), strict=True
        ):
            location = RowLocation(path, group, place)
            found[location] = _article(row, is_copy=location in copies)
    return found


def _article(row: Mapping[str, Any], *, is_copy: bool) -> StoryArticle:
    return StoryArticle(
        row["article_id"],
        row["date_published"],
        row["published_date"],
        row["headline"],
        row["publisher_name"] or row["canonical_domain"],
        row["in_language"],
        is_copy or row["duplicate_of"] is not None,
        row["entities"] or (),
        row["topics"] or (),
        row["location_created"],
        row["story_scheme"],
        row["story_terms"] or (),
        row["story_weights"] or (),
    )
