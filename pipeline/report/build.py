"""A report put together: the lake asked section by section, within bounded memory."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

from warta.pipeline.report import queries, story_queries
from warta.pipeline.report.database import (
    Database,
    add_missing,
    open_database,
    reader_source,
    without_options,
)
from warta.pipeline.report.figures import Figure, Report, Section, Tile, counted, share
from warta.pipeline.report.scope import Period, Scope, choose_period
from warta.pipeline.report.sections import articles as about
from warta.pipeline.report.sections import operations
from warta.transforms.core.errors import LakeError, UsageError
from warta.transforms.core.redaction import mask_secrets
from warta.transforms.core.schema import STORIES_SINCE
from warta.transforms.core.storage import public_uri
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.storage import Lake

_TRIES = 3
"""Snapshots taken, where files are replaced while they are read."""
_LATER = {
    "articles": [("story_id", "VARCHAR"), ("story_of", "VARCHAR"), ("story_relation", "VARCHAR")],
    "rejects": [("reject_id", "VARCHAR"), ("replayed_by", "VARCHAR")],
}
"""Columns that lakes of older versions lack, and the queries read."""
_UNREAD = {
    "articles": ["article_body", "description", "minhash", "minhash_bands", "record_hash"],
    "rejects": ["context"],
    "stories": ["vectors", "story_terms", "story_weights"],
}
"""Wide columns that the queries do not read."""
Progress = Callable[[str], None]


def build_report(
    uri: str,
    scope: Scope,
    *,
    now: datetime | None = None,
    report: Progress = lambda _: None,
    made: Callable[[Figure], None] = lambda _: None,
) -> Report:
    """Return what a page about a lake says.

    Args:
      uri: Of the lake.
      scope: Which of its articles.
      now: Time at which feeds are judged; None: the present.
      report: Called with what is read next.
      made: Called with each figure as soon as its numbers are there.

    Raises:
      LakeError: It is not a lake, or one of its files is damaged.
      UsageError: It has no such article.
      RunError: The extra `report` is not installed.
    """
    lake = Lake(uri)
    lake.check()
    last, why = None, ""
    for _ in range(_TRIES):
        snapshot = read_snapshot(lake)
        if last is not None and snapshot.commits == last.commits:
            # DuckDB says that a file is missing also where it may not be opened.
            raise LakeError(f"a file is missing, or may not be read: {why}")
        try:
            return _build(lake, snapshot, scope, now or datetime.now(UTC), report, made)
        except FileNotFoundError as error:
            last, why = snapshot, str(error)
            # A run has merged files meanwhile: what it made of them is in the next snapshot.
            report("the lake has changed, once more")
    raise LakeError(f"{lake} changes faster than it can be read; try again")


def _build(
    lake: Lake,
    snapshot: Snapshot,
    scope: Scope,
    now: datetime,
    report: Progress,
    made: Callable[[Figure], None],
) -> Report:
    with open_database(lake, snapshot) as database:
        report("days")
        unread = _UNREAD["articles"]
        articles = source_of(database, "articles", without=unread, condition=scope.condition())
        if articles is None:
            raise UsageError(f"{lake} has no articles yet: `warta run` or `warta watch` fills it")
        unread, condition = _UNREAD["rejects"], scope.reject_condition()
        rejects = source_of(database, "rejects", without=unread, condition=condition)
        story_rows = database.source("stories", without=_UNREAD["stories"])
        definitions = queries.views_sql(articles, rejects, scope)
        for statement in (*definitions, *story_queries.views_sql(story_rows)):
            database.run(statement)
        totals = database.query(queries.TOTALS).dicts()[0]
        if not totals["articles"] and scope != Scope():
            raise UsageError(f"{lake} has no article {scope.describe()}")
        days: dict[str, int] = dict(database.query(queries.DAYS).rows)
        period = choose_period(days, whole=bool(scope.since or scope.until))
        stories = None
        if totals["in_stories"]:
            # Stories of older versions have no row, and rows are of all articles.
            is_whole = scope == Scope() and totals["oldest_version"] >= STORIES_SINCE
            stories = "table" if story_rows and is_whole else "articles"
        found: list[Section] = []
        for name, section in _sections(database, lake, snapshot, period, stories, rejects, now):
            report(name)
            one = section()
            if one is None:
                continue
            found.append(one)
            for figure in one.figures:
                made(figure)
    shown = without_options(mask_secrets(public_uri(lake.uri)))
    return Report(
        lake=shown,
        made_at=f"{now:%-d %B %Y, %H:%M} UTC",
        scope=scope.describe(),
        span=_span(period),
        tiles=_tiles(totals, snapshot),
        sections=found,
        views=_reader_views(shown, articles, rejects, story_rows, scope, period),
    )


def _sections(
    database: Database,
    lake: Lake,
    snapshot: Snapshot,
    period: Period | None,
    stories: str | None,
    rejects: str | None,
    now: datetime,
) -> Iterator[tuple[str, Callable[[], Section | None]]]:
    """Yield what is read next, and how."""
    shown = mask_secrets(public_uri(lake.uri))
    yield "days", lambda: about.days_section(database, period, stories=bool(stories))
    if stories:
        of_table = stories == "table"
        yield "stories", lambda: about.stories_section(database, of_table=of_table)
    yield "publishers", lambda: about.publishers_section(database, stories=bool(stories))
    for statement in queries.names_sql(period):
        database.run(statement)
    yield "topics", lambda: about.topics_section(database, period)
    yield "names", lambda: about.movers_section(database, period)
    yield "places", lambda: about.places_section(database)
    yield "languages", lambda: about.languages_section(database)
    yield "dates", lambda: about.dates_section(database)
    yield "cleaning", lambda: operations.cleaning_section(database)
    yield "rejects", lambda: operations.rejects_section(database, shown, there=rejects is not None)
    yield "feeds", lambda: operations.feeds_section(database, lake, shown, now)
    yield "commits", lambda: operations.commits_section(snapshot, without_options(shown))


def source_of(
    database: Database, table: str, *, without: Collection[str] = (), condition: str = ""
) -> str | None:
    """Return what a table is read from, with the columns that its files lack; None: no files.

    Args:
      database: Over the lake.
      table: Articles or rejects.
      without: Columns that no query reads.
      condition: What holds for every row that a query reads, in SQL (see `Database.source`).
    """
    source = database.source(table, without=without, condition=condition)
    if source is None:
        return None
    return add_missing(source, database.columns(source), _LATER[table])


def _reader_views(
    uri: str,
    articles: str,
    rejects: str | None,
    stories: str | None,
    scope: Scope,
    period: Period | None,
) -> list[str]:
    """Return the same definitions for a reader, who finds the files by their folder."""

    def of_reader(source: str | None, table: str) -> str | None:
        if source is None:
            return None
        if not source.startswith("("):
            return reader_source(uri, table)
        head = source.partition(" FROM ")[0]
        return f"{head} FROM {reader_source(uri, table)})"

    read_articles = of_reader(articles, "articles") or ""
    return [
        *queries.views_sql(read_articles, of_reader(rejects, "rejects"), scope),
        *story_queries.views_sql(of_reader(stories, "stories")),
        *queries.names_sql(period),
    ]


def _span(period: Period | None) -> str:
    if period is None:
        return "no dated article"
    if period.first == period.last:
        return f"{period.first:%-d %B %Y}"
    return f"{period.first:%-d %B %Y} to {period.last:%-d %B %Y}"


def _in_millions(number: int) -> str:
    return f"{number / 1e6:,.1f} million" if number >= 10_000_000 else f"{number:,}"


def _tiles(totals: dict[str, int], snapshot: Snapshot) -> list[Tile]:
    articles = totals["articles"]
    rejects = sum(file.rows for file in snapshot.files("rejects"))
    return [
        Tile("articles", f"{articles:,}", f"{_in_millions(totals['words'])} words"),
        Tile("copies", share(totals["copies"], articles), f"{totals['copies']:,} articles"),
        Tile("publishers", f"{totals['publishers']:,}"),
        Tile("languages", f"{totals['languages']:,}"),
        Tile(
            "without a date", share(totals["undated"], articles), f"{totals['undated']:,} articles"
        ),
        Tile("rejects", f"{rejects:,}", f"of {counted(len(snapshot.commits), 'commit')}"),
    ]
