"""A report put together: the lake asked section by section, within bounded memory."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from warta.pipeline.report import queries, sections
from warta.pipeline.report.database import (
    Database,
    add_missing,
    open_database,
    reader_source,
)
from warta.pipeline.report.figures import Report, Section, Tile, counted, share
from warta.pipeline.report.queries import Columns
from warta.pipeline.report.scope import Period, Scope, choose_period
from warta.transforms.core.errors import LakeError, UsageError
from warta.transforms.core.redaction import mask_secrets
from warta.transforms.core.storage import public_uri
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.layout import Lake

_TRIES = 3
"""Snapshots taken, where files are replaced while they are read."""
_LATER = {
    "articles": [("story_id", "VARCHAR"), ("story_of", "VARCHAR"), ("story_relation", "VARCHAR")],
    "rejects": [("replayed_by", "VARCHAR")],
}
"""Columns that lakes of older versions lack, and the queries read."""
Progress = Callable[[str], None]


def build_report(
    uri: str, scope: Scope, *, now: datetime | None = None, report: Progress = lambda _: None
) -> Report:
    """Return what a page about a lake says.

    Args:
      uri: Of the lake.
      scope: Which of its articles.
      now: Time at which feeds are judged; None: the present.
      report: Called with what is read next.

    Raises:
      LakeError: It is no lake, or one of its files is damaged.
      UsageError: It has no such article.
      RunError: The extra `report` is not installed.
    """
    lake = Lake(uri)
    lake.check()
    for _ in range(_TRIES):
        snapshot = read_snapshot(lake)
        try:
            return _build(lake, snapshot, scope, now or datetime.now(UTC), report)
        except FileNotFoundError:
            # A run has merged files meanwhile: what it made of them is in the next snapshot.
            report("the lake has changed, once more")
    raise LakeError(f"{lake} changes faster than it can be read; try again")


def _build(lake: Lake, snapshot: Snapshot, scope: Scope, now: datetime, report: Progress) -> Report:
    with open_database(lake, snapshot) as database:
        report("days")
        articles = source_of(database, "articles")
        if articles is None:
            raise UsageError(f"{lake} has no articles yet: `warta run` or `warta watch` fills it")
        rejects = source_of(database, "rejects")
        period = _period(database, articles, scope)
        if period is None and not _any(database, articles, scope):
            raise UsageError(f"{lake} has no article {scope.describe()}")
        report("names")
        for statement in queries.views_sql(articles, rejects, scope, period):
            database.run(statement)
        columns = Columns(stories=_has_stories(database))
        found: list[Section] = []
        for name, section in _sections(database, lake, snapshot, period, columns, rejects, now):
            report(name)
            made = section()
            found += [made] if made else []
        totals = database.query(queries.TOTALS).dicts()[0]
    shown = mask_secrets(public_uri(lake.uri))
    return Report(
        lake=shown,
        made_at=f"{now:%-d %B %Y, %H:%M} UTC",
        scope=scope.describe(),
        span=_span(period),
        tiles=_tiles(totals, snapshot),
        sections=found,
        views=_reader_views(shown, articles, rejects, scope, period),
    )


def _sections(
    database: Database,
    lake: Lake,
    snapshot: Snapshot,
    period: Period | None,
    columns: Columns,
    rejects: str | None,
    now: datetime,
) -> Iterator[tuple[str, Callable[[], Section | None]]]:
    """Yield what is read next, and how."""
    shown = mask_secrets(public_uri(lake.uri))
    yield "days", lambda: sections.days_section(database, period, columns)
    if columns.stories:
        yield "stories", lambda: sections.stories_section(database)
    yield "publishers", lambda: sections.publishers_section(database, columns)
    yield "topics", lambda: sections.topics_section(database, period)
    yield "names", lambda: sections.movers_section(database, period)
    yield "places", lambda: sections.places_section(database)
    yield "languages", lambda: sections.languages_section(database)
    yield "dates", lambda: sections.dates_section(database)
    yield "cleaning", lambda: sections.cleaning_section(database)
    yield "rejects", lambda: sections.rejects_section(database, shown, there=rejects is not None)
    yield "feeds", lambda: sections.feeds_section(database, lake, now)
    yield "commits", lambda: sections.commits_section(snapshot, shown)


def source_of(database: Database, table: str) -> str | None:
    """Return what a table is read from, with the columns that its files lack; None: no files."""
    source = database.source(table)
    if source is None:
        return None
    return add_missing(source, database.columns(source), _LATER[table])


def _period(database: Database, articles: str, scope: Scope) -> Period | None:
    condition = scope.condition()
    where = f" WHERE {condition}" if condition else ""
    sql = queries.DAYS.replace("FROM articles", f"FROM {articles}{where}", 1)
    days: dict[str, int] = dict(database.query(sql).rows)
    return choose_period(days, whole=bool(scope.since or scope.until))


def _any(database: Database, articles: str, scope: Scope) -> bool:
    return bool(
        database.query(f"SELECT 1 FROM {articles} WHERE {scope.condition() or 'true'} LIMIT 1").rows
    )


def _has_stories(database: Database) -> bool:
    return bool(database.query("SELECT 1 FROM articles WHERE story_id IS NOT NULL LIMIT 1").rows)


def _reader_views(
    uri: str, articles: str, rejects: str | None, scope: Scope, period: Period | None
) -> list[str]:
    """Return the same definitions for a reader, who finds the files by their folder."""

    def of_reader(source: str | None, table: str) -> str | None:
        if source is None:
            return None
        if not source.startswith("("):
            return reader_source(uri, table)
        head = source.partition(" FROM ")[0]
        return f"{head} FROM {reader_source(uri, table)})"

    return queries.views_sql(
        of_reader(articles, "articles") or "", of_reader(rejects, "rejects"), scope, period
    )


def _span(period: Period | None) -> str:
    if period is None:
        return "no dated article"
    if period.first == period.last:
        return f"{period.first:%-d %B %Y}"
    return f"{period.first:%-d %B %Y} to {period.last:%-d %B %Y}"


def _tiles(totals: dict[str, int], snapshot: Snapshot) -> list[Tile]:
    articles = totals["articles"]
    rejects = sum(file.rows for file in snapshot.files("rejects"))
    return [
        Tile("articles", f"{articles:,}", f"{totals['words']:,} words"),
        Tile("copies", share(totals["copies"], articles), f"{totals['copies']:,} articles"),
        Tile("publishers", f"{totals['publishers']:,}"),
        Tile("languages", f"{totals['languages']:,}"),
        Tile(
            "without a date", share(totals["undated"], articles), f"{totals['undated']:,} articles"
        ),
        Tile("rejects", f"{rejects:,}", f"of {counted(len(snapshot.commits), 'commit')}"),
    ]
