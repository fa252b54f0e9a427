"""The questions a report asks of a lake: SQL that runs in DuckDB, here and at the reader's.

Each query is on the page beside what came of it. They read the views and small tables that
`views_sql` and `names_sql` define: every list column is read once, and narrow columns are counted
once. Every result is ordered in full and bounded in length, so that the same lake gives the same
page.
"""

from warta.pipeline.report.scope import Period, Scope, quoted

TOPICS = 12
PUBLISHERS = 25
MATRIX = 12
"""Publishers on each side of a matrix."""
MOVERS = 10
"""Names of a type that rise, and as many that fall."""
PLACES = 400
RULES = 40
COMMITS = 12
EXAMPLES = 2
"""Rejects that are shown of each reason."""
NO_PUBLISHER = "(no publisher)"
"""Stands for the articles that name none."""
_ORIGINAL = "(duplicate_of IS NULL) IS TRUE"
"""True for what is not a copy. The bare condition is wrong in DuckDB 2.0.0 on Parquet files: of a
row group that has nulls and one value, it takes all rows."""
_LEAST_MENTIONS = 3
"""Articles that must name somebody who rises or falls, in the recent days and the past together."""
_EXAMPLE = 200
"""Characters of an example."""


def views_sql(articles: str, rejects: str | None, scope: Scope) -> list[str]:
    """Return the statements that define what the queries read.

    Args:
      articles: What the live files of articles are read from, in SQL.
      rejects: Those of rejects; None: there is none.
      scope: Which of the rows.
    """
    statements = [_view("articles", articles, scope.condition())]
    if rejects:
        statements.append(_view("rejects", rejects, scope.reject_condition()))
    return [*statements, COUNTS]


def names_sql(period: Period | None) -> list[str]:
    """Return the statements that define the tables of topics and names: one look at each list.

    Args:
      period: The days that names are compared over.
    """
    recent = past = "false"
    if period and period.recent_since and period.past_since:
        recent = f"published_date BETWEEN '{period.recent_since}' AND '{period.last}'"
        past = (
            f"published_date >= '{period.past_since}' AND published_date < '{period.recent_since}'"
        )
    return [
        TOPIC_COUNTS,
        f"""\
CREATE TEMP TABLE names AS
SELECT e.type AS type, e.wikidata_id AS wikidata_id, min(e.name) AS name,
  count(*) AS articles,
  count(*) FILTER ({recent}) AS recent,
  count(*) FILTER ({past}) AS past
FROM (SELECT published_date, unnest(entities) AS e FROM articles WHERE {_ORIGINAL})
GROUP BY e.type, e.wikidata_id, CASE WHEN e.wikidata_id IS NULL THEN e.name END""",
    ]


def _view(name: str, source: str, condition: str) -> str:
    where = f"\nWHERE {condition}" if condition else ""
    return f"CREATE TEMP VIEW {name} AS\nSELECT * FROM {source}{where}"


COUNTS = """\
CREATE TEMP TABLE counts AS
SELECT publisher_name, in_language, published_date, date_published_source AS date_source,
  date_published_precision AS date_precision, date_published IS NULL AS undated,
  count(*) AS articles, count(duplicate_of) AS copies, count(story_id) AS in_stories,
  min(schema_version) FILTER (story_id IS NOT NULL) AS oldest_version,
  coalesce(sum(word_count), 0)::BIGINT AS words
FROM articles
GROUP BY ALL"""

TOPIC_COUNTS = f"""\
CREATE TEMP TABLE topic_counts AS
SELECT publisher_name, published_date, t.qcode AS qcode, min(t.name) AS name,
  count(*) AS articles
FROM (SELECT publisher_name, published_date, unnest(topics) AS t
  FROM articles WHERE {_ORIGINAL})
GROUP BY publisher_name, published_date, t.qcode"""

DAYS = """\
SELECT published_date, sum(articles)::BIGINT AS articles FROM counts GROUP BY published_date"""

TOTALS = """\
SELECT coalesce(sum(articles), 0)::BIGINT AS articles, coalesce(sum(copies), 0)::BIGINT AS copies,
  count(DISTINCT publisher_name) AS publishers,
  count(DISTINCT in_language) AS languages,
  coalesce(sum(articles) FILTER (undated), 0)::BIGINT AS undated,
  coalesce(sum(in_stories), 0)::BIGINT AS in_stories, min(oldest_version) AS oldest_version,
  coalesce(sum(words), 0)::BIGINT AS words
FROM counts"""

PUBLISHER_COUNTS = f"""\
SELECT coalesce(publisher_name, '{NO_PUBLISHER}') AS publisher,
  sum(articles)::BIGINT AS articles,
  sum(copies) / sum(articles) AS copies,
  coalesce(sum(articles) FILTER (undated), 0) / sum(articles) AS undated,
  round(sum(words) / sum(articles))::BIGINT AS words
FROM counts
GROUP BY publisher ORDER BY articles DESC, publisher LIMIT {PUBLISHERS}"""

LANGUAGES = """\
SELECT coalesce(in_language, 'und') AS language, sum(articles)::BIGINT AS articles,
  count(DISTINCT publisher_name) AS publishers
FROM counts
GROUP BY language ORDER BY articles DESC, language LIMIT 30"""

DATES = """\
SELECT coalesce(date_source, 'unknown') AS source,
  coalesce(date_precision, 'unknown') AS precision, sum(articles)::BIGINT AS articles
FROM counts
GROUP BY source, precision ORDER BY articles DESC, source, precision LIMIT 60"""

REMOVED = f"""\
SELECT s.rule AS rule, count(*) AS times, sum(length(s.text))::BIGINT AS characters,
  left(min({{'far': abs(length(s.text) - 60), 'text': s.text}}).text, {_EXAMPLE}) AS example
FROM (SELECT unnest(removed_spans) AS s FROM articles)
GROUP BY rule ORDER BY times DESC, rule LIMIT {RULES}"""

REJECTS = """\
SELECT reason, count(*) AS rejects, count(replayed_by) AS replayed
FROM rejects
GROUP BY reason ORDER BY rejects DESC, reason LIMIT 40"""

REJECT_EXAMPLES = f"""\
WITH differing AS (
  SELECT reason, reject_id, failed_at FROM rejects
  QUALIFY row_number() OVER (PARTITION BY reason, error ORDER BY failed_at DESC, reject_id) = 1),
chosen AS (
  SELECT reject_id FROM differing
  QUALIFY row_number() OVER (PARTITION BY reason ORDER BY failed_at DESC, reject_id)
    <= {EXAMPLES})
SELECT reason, left(error, {_EXAMPLE}) AS error, left(source_uri, {_EXAMPLE}) AS source,
  left(source_record_id, {_EXAMPLE}) AS record, raw_length AS bytes,
  raw[1:{_EXAMPLE}] AS excerpt
FROM rejects JOIN chosen USING (reject_id)
ORDER BY reason, failed_at DESC, reject_id LIMIT {40 * EXAMPLES}"""

PLACE_COUNTS = f"""\
SELECT name, wikidata_id, articles FROM names
WHERE type = 'place' AND wikidata_id IS NOT NULL
ORDER BY articles DESC, wikidata_id LIMIT {PLACES}"""


def over_days(period: Period, *, stories: bool) -> str:
    """Return the query of articles, copies and stories by day, week or month."""
    counted = f"""\
SELECT {period.bucket} AS {period.unit},
  sum(articles - copies)::BIGINT AS originals, sum(copies)::BIGINT AS copies
FROM counts WHERE {period.condition}
GROUP BY 1"""
    if not stories:
        return f"{counted} ORDER BY 1"
    return f"""\
WITH c AS ({counted}),
s AS (
  SELECT {period.bucket} AS {period.unit},
    count(DISTINCT coalesce(current_id, story_id)) AS stories
  FROM articles LEFT JOIN joined_stories USING (story_id) WHERE {period.condition}
  GROUP BY 1)
SELECT {period.unit}, originals, copies, coalesce(stories, 0) AS stories
FROM c LEFT JOIN s USING ({period.unit}) ORDER BY 1"""


def copied_by(column: str = "duplicate_of", condition: str = "") -> str:
    """Return the query of who took articles from whom.

    Args:
      column: That names the article taken from.
      condition: On the article that took, beside having such an article.
    """
    more = f" AND {condition}" if condition else ""
    return f"""\
WITH taken AS (
  SELECT coalesce(o.publisher_name, '{NO_PUBLISHER}') AS original,
    coalesce(a.publisher_name, '{NO_PUBLISHER}') AS taken_by,
    count(*) AS articles
  FROM articles a JOIN articles o ON o.article_id = a.{column} AND o.version = 1
  WHERE a.{column} IS NOT NULL{more}
  GROUP BY ALL),
originals AS (
  SELECT original FROM taken
  GROUP BY original ORDER BY sum(articles) DESC, original LIMIT {MATRIX}),
takers AS (
  SELECT taken_by FROM taken
  GROUP BY taken_by ORDER BY sum(articles) DESC, taken_by LIMIT {MATRIX})
SELECT original, taken_by, articles
FROM taken JOIN originals USING (original) JOIN takers USING (taken_by)
ORDER BY articles DESC, original, taken_by"""


REWRITTEN_BY = copied_by("story_of", "a.story_relation = 'rewrite'")

_TOP_TOPICS = f"""\
WITH top AS (
  SELECT qcode, min(name) AS topic FROM topic_counts
  GROUP BY qcode ORDER BY sum(articles) DESC, qcode LIMIT {TOPICS})
"""


def topics_over_days(period: Period) -> str:
    """Return the query of the most frequent topics by day, week or month."""
    return f"""\
{_TOP_TOPICS}SELECT topic, {period.bucket} AS {period.unit}, sum(articles)::BIGINT AS articles
FROM topic_counts JOIN top USING (qcode)
WHERE {period.condition}
GROUP BY qcode, topic, 2 ORDER BY topic, qcode, 2"""


TOPICS_BY_PUBLISHER = f"""\
{_TOP_TOPICS}, p AS (
  SELECT publisher_name, sum(articles - copies) AS originals
  FROM counts WHERE publisher_name IS NOT NULL
  GROUP BY publisher_name HAVING originals > 0
  ORDER BY originals DESC, publisher_name LIMIT {MATRIX})
SELECT publisher_name AS publisher, topic, sum(articles)::BIGINT AS articles,
  sum(articles) / any_value(originals) AS share
FROM topic_counts JOIN top USING (qcode) JOIN p USING (publisher_name)
GROUP BY qcode, topic, publisher_name ORDER BY publisher, topic, qcode"""


def movers(kind: str, period: Period) -> str:
    """Return the query of the names of a type that rise and fall most against their own past.

    What is expected is a name's share of the past days' articles, in the recent days' number of
    articles. The distance from it is measured in square roots of what is expected, as for counts
    of rare events.
    """
    return f"""\
WITH days AS (
  SELECT coalesce(sum(n) FILTER (day >= '{period.recent_since}'), 0) AS recent,
    coalesce(sum(n) FILTER (day < '{period.recent_since}'), 0) AS past
  FROM (SELECT published_date AS day, articles - copies AS n FROM counts)
  WHERE day BETWEEN '{period.past_since}' AND '{period.last}'),
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


def commit_counts(uri: str) -> str:
    """Return the query of the last commits, from the commit files."""
    files = quoted(f"{uri.rstrip('/')}/_commits/*.json")
    return f"""\
SELECT sequence AS commit,
  replace(left(committed_at::VARCHAR, 19), 'T', ' ') AS committed_at,
  counts.read AS read, counts.published AS published, counts.duplicates AS duplicates,
  counts.rejected AS rejected
FROM read_json({files}, union_by_name = true)
ORDER BY sequence DESC LIMIT {COMMITS}"""


def feed_counts(feeds: str) -> str:
    """Return the query of the feeds that are followed, from the table's files."""
    return f"""\
SELECT coalesce(name, feed_url) AS feed, polls, entries, error_streak AS failures,
  succeeded_at, new_entry_at, error
FROM {feeds}
ORDER BY error_streak DESC, feed, feed_url LIMIT 200"""
