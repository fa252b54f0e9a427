"""Sections on the articles of a lake: each asks it, says what came of it, and chooses a chart."""

from collections.abc import Iterator
from datetime import date, timedelta

from warta.pipeline.report import queries, story_queries
from warta.pipeline.report.charts import comparisons, over_time
from warta.pipeline.report.charts.dot_map import MapPoint, densest, dot_map, surroundings
from warta.pipeline.report.charts.matrix import matrix
from warta.pipeline.report.database import Database
from warta.pipeline.report.figures import Figure, Section, counted, language_name, share
from warta.pipeline.report.places import coordinates, land
from warta.pipeline.report.scope import Period
from warta.transforms.tagging.entity_types import EntityType

_STORY_LINE = ("first", "first_day", "last_day", "publishers", "copies", "story_id")
_TITLE = 70
"""Characters of a headline beside a timeline."""


def days_section(database: Database, period: Period | None, *, stories: bool) -> Section:
    """Return articles, copies and stories over time."""
    if period is None:
        return Section("days", "Articles over time", (), "No article has a date.")
    sql = queries.over_days(period, stories=stories)
    result = database.query(sql)
    rows = result.dicts()
    top = max(rows, key=lambda row: row["originals"] + row["copies"])
    total = sum(row["originals"] + row["copies"] for row in rows)
    copies = sum(row["copies"] for row in rows)
    says = (
        f"{counted(total, 'article')} by {period.unit} of publication, "
        f"{counted(copies, 'copy', 'copies')} "
        f"of others among them ({share(copies, total)}). The most, "
        f"{top['originals'] + top['copies']:,}, are of {_when(top[period.unit], period.unit)}."
        f"{_incomplete(period)}"
    )
    draw = over_time.articles_over_days(rows, period.unit, stories=stories)
    figure = Figure("days", f"Articles by {period.unit}", says, result, sql, draw)
    return Section("days", "Articles over time", (figure,))


def publishers_section(database: Database, *, stories: bool) -> Section:
    """Return publishers with their counts, and who copied or rewrote whom."""
    result = database.query(queries.PUBLISHER_COUNTS)
    rows = result.dicts()
    named = [row["publisher"] for row in rows if row["publisher"] != queries.NO_PUBLISHER]
    others = ", and the articles that name none" if len(named) < len(rows) else ""
    says = (
        f"The {counted(len(named), 'publisher')} with the most articles{others}. "
        f"{rows[0]['publisher']} has the most: {rows[0]['articles']:,}. Copies are articles "
        "whose text is "
        "that of an earlier one; undated ones have no date that is proved."
    )
    figures = [
        Figure("publishers", "Publishers", says, result, queries.PUBLISHER_COUNTS, bar="articles")
    ]
    figures += _taken(database, queries.copied_by(), "copied", "Who copied whom", "copied from")
    if stories:
        sql = queries.REWRITTEN_BY
        figures += _taken(database, sql, "rewrote", "Who rewrote whom", "rewritten from")
    return Section("publishers", "Publishers", figures)


def _taken(database: Database, sql: str, name: str, title: str, verb: str) -> Iterator[Figure]:
    result = database.query(sql)
    if not result.rows:
        return
    rows = result.dicts()
    most = rows[0]
    says = (
        f"A row holds the articles that were {verb} its publisher, a column those that one "
        "publisher "
        f"took. The most: {counted(most['articles'], 'article')} of {most['original']}, taken by "
        f"{most['taken_by']}. A publisher may take its own. What came first is the original, "
        "whether or "
        "not the two have agreed on it."
    )
    draw = matrix(rows, "original", "taken_by", "articles")
    yield Figure(name, title, says, result, sql, draw)


def topics_section(database: Database, period: Period | None) -> Section:
    """Return topics over time and by publisher."""
    figures = []
    if period:
        sql = queries.topics_over_days(period)
        result = database.query(sql)
        if result.rows:
            names = {row["topic"] for row in result.dicts()}
            says = (
                f"The {counted(len(names), 'topic')} that most articles have, by {period.unit}, "
                "on one "
                "scale; copies are left out. An article may have several topics."
            )
            draw = over_time.small_multiples(result.dicts(), "topic", period.unit)
            figures.append(Figure("topics", f"Topics by {period.unit}", says, result, sql, draw))
    result = database.query(queries.TOPICS_BY_PUBLISHER)
    if result.rows:
        rows = result.dicts()
        top = max(rows, key=lambda row: (row["share"], row["articles"]))
        says = (
            "The share of a publisher's articles that have a topic. The largest: "
            f"{share(top['share'], 1)} of {top['publisher']} on {top['topic']}."
        )
        draw = matrix(rows, "publisher", "topic", "share", share=True)
        sql = queries.TOPICS_BY_PUBLISHER
        figures.append(Figure("agenda", "Topics by publisher", says, result, sql, draw))
    return Section("topics", "Topics", figures, "" if figures else "No article has a topic.")


def movers_section(database: Database, period: Period | None) -> Section:
    """Return the names that rise and fall against their own past."""
    title = "Rising and falling names"
    if period is None or period.recent_since is None:
        return Section("movers", title, (), "The lake spans too few days to compare.")
    recent = f"{_day(period.recent_since)} to {_day(period.last)}"
    note = (
        f"Articles that name somebody from {recent}, against what the days since "
        f"{_day(period.past_since)} let expect. Copies are left out. The short line across is "
        "what was expected, the dot what came."
    )
    figures = []
    for kind in EntityType:
        sql = queries.movers(kind.value, period)
        result = database.query(sql)
        if not result.rows:
            continue
        rows = result.dicts()
        ends = ((rows[0], "rises"), (rows[-1], "falls"))
        says = " ".join(
            f"{row['name']} {goes} most: {counted(row['recent'], 'article')}, "
            f"{row['expected']:,.1f} expected."
            for row, goes in ends
            if (row["recent"] > row["expected"]) == (goes == "rises")
        )
        figures.append(Figure(kind.value, kind.plural, says, result, sql, comparisons.movers(rows)))
    return Section("movers", title, figures, note if figures else "No name rises or falls.")


def stories_section(database: Database, *, of_table: bool) -> Section:
    """Return the largest stories as timelines, of the table `stories` or of articles."""
    largest = story_queries.largest(of_table=of_table)
    by_day = story_queries.by_day(of_table=of_table)
    result = database.query(largest)
    if not result.rows:
        return Section("stories", "Stories", (), "No story has more than one article.")
    stories = result.dicts()
    says = (
        "The stories with the most articles, and who was first. The largest has "
        f"{counted(stories[0]['articles'], 'article')} of "
        f"{counted(stories[0]['publishers'], 'publisher')}."
    )
    figures = [
        Figure(
            "stories",
            "Largest stories",
            says,
            result,
            largest,
            bar="articles",
            below=_STORY_LINE,
        )
    ]
    over_days = database.query(by_day)
    if over_days.rows:
        titles = {
            row["story_id"]: f"{number}. {(row['story'] or '(no headline)')[:_TITLE]}"
            for number, row in enumerate(stories, 1)
        }
        figures.append(
            Figure(
                "timelines",
                "How long they lived",
                "A dot is a day on which a story had articles, and the larger the more.",
                over_days,
                by_day,
                over_time.timelines(over_days.dicts(), titles),
            )
        )
    return Section("stories", "Stories", figures)


def places_section(database: Database) -> Section | None:
    """Return a map of the places named, as far as their coordinates are known; None: of none."""
    result = database.query(queries.PLACE_COUNTS)
    known = coordinates()
    points = [
        MapPoint(row["name"], *known[row["wikidata_id"]], row["articles"])
        for row in result.dicts()
        if row["wikidata_id"] in known
    ]
    if not points:
        return None
    says = (
        f"{counted(len(points), 'place')} of {len(result.rows):,} that articles name and Wikidata "
        "knows: a dot the larger the more articles. Provinces are drawn at their capitals; "
        "countries, and places whose coordinates no open table gives, are in the numbers alone."
    )
    whole = surroundings(points)
    sql = queries.PLACE_COUNTS
    draw = dot_map(points, land(), whole)
    figures = [Figure("map", "Places named", says, result, sql, draw)]
    near = densest(points)
    if near:
        inside = sum(point.articles for point in points if near.holds(point))
        says = (
            f"The part of the map where {share(inside, sum(one.articles for one in points))} of "
            "its articles are, drawn larger."
        )
        draw = dot_map(points, land(), near)
        figures.append(Figure("near", "Where most places are", says, result, sql, draw))
    return Section("places", "Places", figures)


def languages_section(database: Database) -> Section:
    """Return languages."""
    result = database.query(queries.LANGUAGES)
    rows = result.dicts()
    total = sum(row["articles"] for row in rows)
    first = rows[0]
    name = language_name(first["language"])
    says = f"{share(first['articles'], total)} of the articles are in {name}."
    named = [{**row, "language": language_name(row["language"])} for row in rows]
    draw = comparisons.bars(named, "language", "articles")
    figure = Figure("languages", "Languages", says, result, queries.LANGUAGES, draw)
    return Section("languages", "Languages", (figure,))


def dates_section(database: Database) -> Section:
    """Return where dates come from and how precise they are."""
    result = database.query(queries.DATES)
    rows = result.dicts()
    total = sum(row["articles"] for row in rows)
    unknown = sum(row["articles"] for row in rows if row["source"] == "unknown")
    says = (
        f"Where the date of an article was found, and how precise it is there. {unknown:,} of "
        f"{total:,} "
        f"articles ({share(unknown, total)}) have no date that anything proves: theirs is "
        "unknown, never the "
        "day of the run."
    )
    draw = comparisons.bars(rows, "source", "articles", "precision")
    return Section(
        "dates", "Dates", (Figure("dates", "Sources of dates", says, result, queries.DATES, draw),)
    )


def _day(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else ""


def _incomplete(period: Period) -> str:
    """Return which of the weeks or months are not in the period as a whole, as a sentence."""
    if period.unit == "day":
        return ""
    after = period.last + timedelta(days=1)
    if period.unit == "week":
        cut = (period.first.weekday() > 0, after.weekday() > 0)
    else:
        cut = (period.first.day > 1, after.day > 1)
    ends = [name for name, is_cut in zip(("first", "last"), cut, strict=True) if is_cut]
    if not ends:
        return ""
    verb = "are" if len(ends) > 1 else "is"
    return f" The {' and the '.join(ends)} {period.unit} {verb} not whole."


def _when(day: date, unit: str) -> str:
    return {"day": "", "week": "the week from ", "month": ""}[unit] + (
        f"{day:%B %Y}" if unit == "month" else _day(day)
    )
