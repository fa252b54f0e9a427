"""The questions a report asks of a lake: SQL that runs in DuckDB, here and at the reader's.

Each query stands on the page beside what came of it. They read two views and a table of names that
`views_sql` defines; every result is ordered in full and bounded in length, so that the same lake
gives the same page.
"""

from dataclasses import dataclass

from warta.pipeline.report.scope import Period, Scope, quoted

TOPICS = 12
PUBLISHERS = 25
MATRIX = 12
"""Publishers on each side of a matrix."""
MOVERS = 10
"""Names of a type that rise, and as many that fall."""
STORIES = 10
PLACES = 400
RULES = 40
COMMITS = 12
_LEAST_MENTIONS = 3
"""Articles that must name somebody who rises or falls, in the recent days and the past together."""
_EXAMPLE = 200
"""Characters of an example."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of the columns that came later a lake has."""

    stories: bool = False


def views_sql(articles: str, rejects: str | None, scope: Scope, period: Period | None) -> list[str]:
    """Return the statements that define what the queries read.

    Args:
      articles: What the live files of articles are read from, in SQL.
      rejects: Those of rejects; None: there is none.
      scope: Which of the rows.
      period: The days that names are compared over.
    """
    statements = [_view("articles", articles, scope.condition())]
    if rejects:
        statements.append(_view("rejects", rejects, scope.reject_condition()))
    recent = past = "false"
    if period and period.recent_since and period.past_since:
        recent = f"published_date BETWEEN '{period.recent_since}' AND '{period.last}'"
        past = (
            f"published_date >= '{period.past_since}' AND published_date < '{period.recent_since}'"
        )
    statements.append(f"""\
CREATE TEMP TABLE names AS
SELECT e.type AS type, e.wikidata_id AS wikidata_id, min(e.name) AS name,
  count(*) AS articles,
  count(*) FILTER ({recent}) AS recent,
  count(*) FILTER ({past}) AS past
FROM (SELECT published_date, unnest(entities) AS e FROM articles WHERE duplicate_of IS NULL)
GROUP BY e.type, e.wikidata_id, CASE WHEN e.wikidata_id IS NULL THEN e.name END""")
    return statements


def _view(name: str, source: str, condition: str) -> str:
    where = f"\nWHERE {condition}" if condition else ""
    return f"CREATE TEMP VIEW {name} AS\nSELECT * FROM {source}{where}"


DAYS = "SELECT published_date, count(*) AS articles FROM articles GROUP BY published_date"

TOTALS = """\
SELECT count(*) AS articles, count(duplicate_of) AS copies,
  count(DISTINCT publisher_name) AS publishers,
  count(DISTINCT in_language) AS languages,
  count(*) FILTER (date_published IS NULL) AS undated,
  coalesce(sum(word_count), 0)::BIGINT AS words
FROM articles"""

PUBLISHER_COUNTS = f"""\
SELECT coalesce(publisher_name, '(no publisher)') AS publisher, count(*) AS articles,
  count(duplicate_of) / count(*) AS copies,
  count(*) FILTER (date_published IS NULL) / count(*) AS undated,
  round(avg(word_count))::BIGINT AS words
FROM articles
GROUP BY publisher ORDER BY articles DESC, publisher LIMIT {PUBLISHERS}"""

LANGUAGES = """\
SELECT coalesce(in_language, 'und') AS language, count(*) AS articles,
  count(DISTINCT publisher_name) AS publishers
FROM articles
GROUP BY language ORDER BY articles DESC, language LIMIT 30"""

DATES = """\
SELECT coalesce(date_published_source, 'unknown') AS source,
  coalesce(date_published_precision, 'unknown') AS precision, count(*) AS articles
FROM articles
GROUP BY source, precision ORDER BY articles DESC, source, precision LIMIT 60"""

REMOVED = f"""\
SELECT s.rule AS rule, count(*) AS times, sum(length(s.text))::BIGINT AS characters,
  left(min({{'far': abs(length(s.text) - 60), 'text': s.text}}).text, {_EXAMPLE}) AS example
FROM (SELECT unnest(removed_spans) AS s FROM articles)
GROUP BY rule ORDER BY times DESC, rule LIMIT {RULES}"""

REJECTS = f"""\
SELECT reason, count(*) AS rejects, count(replayed_by) AS replayed,
  left(max({{'at': failed_at, 'source': source_uri, 'record': source_record_id,
    'error': error}}).error, {_EXAMPLE}) AS example,
  left(max({{'at': failed_at, 'source': source_uri, 'record': source_record_id}}).source,
    {_EXAMPLE}) AS source
FROM rejects
GROUP BY reason ORDER BY rejects DESC, reason LIMIT 40"""

PLACE_COUNTS = f"""\
SELECT name, wikidata_id, articles FROM names
WHERE type = 'place' AND wikidata_id IS NOT NULL
ORDER BY articles DESC, wikidata_id LIMIT {PLACES}"""


def over_days(period: Period, columns: Columns) -> str:
    """Return the query of articles, copies and stories by day, week or month."""
    stories = ",\n  count(DISTINCT story_id) AS stories" if columns.stories else ""
    return f"""\
SELECT {period.bucket} AS {period.unit},
  count(*) - count(duplicate_of) AS originals, count(duplicate_of) AS copies{stories}
FROM articles WHERE {period.condition}
GROUP BY 1 ORDER BY 1"""


def copied_by(column: str = "duplicate_of", condition: str = "") -> str:
    """Return the query of who took articles from whom.

    Args:
      column: That names the article taken from.
      condition: On the article that took, beside having such an article.
    """
    more = f" AND {condition}" if condition else ""
    return f"""\
SELECT coalesce(o.publisher_name, '(no publisher)') AS original,
  coalesce(a.publisher_name, '(no publisher)') AS taken_by,
  count(*) AS articles
FROM articles a JOIN articles o ON o.article_id = a.{column} AND o.version = 1
WHERE a.{column} IS NOT NULL{more}
GROUP BY original, taken_by ORDER BY articles DESC, original, taken_by LIMIT {MATRIX * MATRIX}"""


REWRITTEN_BY = copied_by("story_of", "a.story_relation = 'rewrite'")

_TOP_TOPICS = f"""\
WITH t AS (
  SELECT publisher_name, published_date, unnest(topics) AS topic
  FROM articles WHERE duplicate_of IS NULL),
top AS (
  SELECT topic.qcode AS qcode, min(topic.name) AS name FROM t
  GROUP BY qcode ORDER BY count(*) DESC, qcode LIMIT {TOPICS})
"""


def topics_over_days(period: Period) -> str:
    """Return the query of the most frequent topics by day, week or month."""
    return f"""\
{_TOP_TOPICS}SELECT top.name AS topic, {period.bucket} AS {period.unit}, count(*) AS articles
FROM t JOIN top ON top.qcode = t.topic.qcode
WHERE {period.condition}
GROUP BY top.qcode, top.name, 2 ORDER BY topic, 2"""


TOPICS_BY_PUBLISHER = f"""\
{_TOP_TOPICS}, p AS (
  SELECT publisher_name, count(*) AS articles
  FROM articles WHERE duplicate_of IS NULL AND publisher_name IS NOT NULL
  GROUP BY publisher_name ORDER BY articles DESC, publisher_name LIMIT {MATRIX})
SELECT p.publisher_name AS publisher, top.name AS topic, count(*) AS articles,
  count(*) / any_value(p.articles) AS share
FROM t JOIN top ON top.qcode = t.topic.qcode JOIN p ON p.publisher_name = t.publisher_name
GROUP BY top.qcode, top.name, p.publisher_name ORDER BY publisher, topic"""


def movers(kind: str, period: Period) -> str:
    """Return the query of the names of a type that rise and fall most against their own past.

    What is expected is a name's share of the past days' articles, in the recent days' number of
    articles. The distance from it is measured in square roots of what is expected, as for counts
    of rare events.
    """
    return f"""\
WITH days AS (
  SELECT count(*) FILTER (published_date >= '{period.recent_since}') AS recent,
    count(*) FILTER (published_date < '{period.recent_since}') AS past
  FROM articles WHERE duplicate_of IS NULL
    AND published_date BETWEEN '{period.past_since}' AND '{period.last}'),
n AS (
  SELECT names.name, names.wikidata_id, names.recent,
    names.past * days.recent / greatest(days.past, 1) AS expected
  FROM names, days
  WHERE type = {quoted(kind)} AND names.recent + names.past >= {_LEAST_MENTIONS}),
scored AS (SELECT *, (recent - expected) / sqrt(expected + 1) AS distance FROM n)
SELECT name, wikidata_id, recent, round(expected, 1) AS expected
FROM scored WHERE abs(distance) >= 1
QUALIFY row_number() OVER (ORDER BY distance DESC, name, wikidata_id) <= {MOVERS} AND distance > 0
  OR row_number() OVER (ORDER BY distance, name, wikidata_id) <= {MOVERS} AND distance < 0
ORDER BY distance DESC, name, wikidata_id"""


_LARGEST_STORIES = f"""\
WITH largest AS (
  SELECT story_id, count(*) AS size FROM articles WHERE story_id IS NOT NULL
  GROUP BY story_id HAVING count(*) > 1 ORDER BY size DESC, story_id LIMIT {STORIES})
"""

STORIES_LARGEST = f"""\
{_LARGEST_STORIES}SELECT
  min({{'at': coalesce(a.date_published, a.ingested_at), 'id': a.article_id,
    'headline': a.headline}}).headline AS story,
  count(*) AS articles, count(a.duplicate_of) AS copies,
  count(*) FILTER (a.story_relation = 'rewrite') AS rewrites,
  count(DISTINCT a.publisher_name) AS publishers,
  min({{'at': coalesce(a.date_published, a.ingested_at), 'id': a.article_id,
    'publisher': a.publisher_name}}).publisher AS first,
  min(nullif(a.published_date, 'unknown')) AS first_day,
  max(nullif(a.published_date, 'unknown')) AS last_day, a.story_id
FROM articles a JOIN largest USING (story_id)
GROUP BY a.story_id ORDER BY articles DESC, a.story_id"""

STORIES_BY_DAY = f"""\
{_LARGEST_STORIES}SELECT a.story_id, CAST(a.published_date AS DATE) AS day,
  count(*) AS articles
FROM articles a JOIN largest USING (story_id) WHERE a.published_date <> 'unknown'
GROUP BY a.story_id, 2 ORDER BY a.story_id, 2"""


def commit_counts(uri: str) -> str:
    """Return the query of the last commits, from the commit files."""
    files = quoted(f"{uri.rstrip('/')}/_commits/*.json")
    return f"""\
SELECT sequence AS commit, left(committed_at::VARCHAR, 19) AS committed_at, counts.read AS read,
  counts.published AS published, counts.duplicates AS duplicates, counts.rejected AS rejected
FROM read_json({files}, union_by_name = true)
ORDER BY sequence DESC LIMIT {COMMITS}"""


def feed_counts(feeds: str) -> str:
    """Return the query of the feeds that are followed, from the table's files."""
    return f"""\
SELECT coalesce(name, feed_url) AS feed, polls, entries, error_streak AS failures,
  succeeded_at, new_entry_at, error
FROM {feeds}
ORDER BY error_streak DESC, feed, feed_url LIMIT 200"""
