"""The questions on stories: of the table `stories`, or of the columns of articles in its place.

The table says all of a story in a row, of all articles. Where a report is of some of them only, or
the lake holds stories of before it had the table, the articles themselves are counted.
"""

_STORIES = 10


def views_sql(stories: str | None) -> list[str]:
    """Return the statements that define what the queries read of the table.

    Args:
      stories: What its live files are read from, in SQL; None: there is none.
    """
    if stories is None:
        return ["CREATE TEMP TABLE joined_stories (story_id VARCHAR, current_id VARCHAR)"]
    return [
        f"CREATE TEMP VIEW stories AS\nSELECT * FROM {stories}",
        """\
CREATE TEMP TABLE story_rows AS
SELECT story_id, version, current_id, articles FROM stories
QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY version DESC) = 1""",
        """\
CREATE TEMP TABLE joined_stories AS
SELECT story_id, current_id FROM story_rows WHERE current_id <> story_id""",
    ]


def largest(*, of_table: bool) -> str:
    """Return the query of the largest stories."""
    return _LARGEST_OF_TABLE if of_table else _LARGEST_OF_ARTICLES


def by_day(*, of_table: bool) -> str:
    """Return the query of the articles that the largest stories have on each day."""
    return _BY_DAY_OF_TABLE if of_table else _BY_DAY_OF_ARTICLES


_OF_TABLE = f"""\
WITH largest AS (
  SELECT story_id, version FROM story_rows WHERE current_id = story_id
  ORDER BY articles DESC, story_id LIMIT {_STORIES})
"""

_LARGEST_OF_TABLE = f"""\
{_OF_TABLE}, founders AS (
  SELECT article_id, publisher_name FROM articles
  WHERE version = 1 AND article_id IN (SELECT story_id FROM largest))
SELECT s.title AS story, s.articles, s.copies, len(s.publishers) AS publishers,
  f.publisher_name AS first,
  list_min([d.day FOR d IN s.timeline IF d.day <> 'unknown']) AS first_day,
  list_max([d.day FOR d IN s.timeline IF d.day <> 'unknown']) AS last_day, s.story_id
FROM stories s JOIN largest USING (story_id, version)
LEFT JOIN founders f ON f.article_id = s.story_id
ORDER BY s.articles DESC, s.story_id"""

_BY_DAY_OF_TABLE = f"""\
{_OF_TABLE}SELECT story_id, CAST(d.day AS DATE) AS day, sum(d.articles)::BIGINT AS articles
FROM (
  SELECT story_id, unnest(timeline) AS d FROM stories JOIN largest USING (story_id, version))
WHERE d.day <> 'unknown'
GROUP BY story_id, 2 ORDER BY story_id, 2"""

_OF_ARTICLES = f"""\
WITH told AS NOT MATERIALIZED (
  SELECT a.*, coalesce(j.current_id, a.story_id) AS now_id
  FROM articles a LEFT JOIN joined_stories j USING (story_id)
  WHERE a.story_id IS NOT NULL AND a.version = 1),
largest AS (
  SELECT now_id, count(*) AS size FROM told
  GROUP BY now_id HAVING count(*) > 1 ORDER BY size DESC, now_id LIMIT {_STORIES})
"""

_LARGEST_OF_ARTICLES = f"""\
{_OF_ARTICLES}SELECT
  min({{'at': coalesce(date_published, ingested_at), 'id': article_id,
    'headline': headline}}).headline AS story,
  count(*) AS articles, count(duplicate_of) AS copies,
  count(DISTINCT publisher_name) AS publishers,
  min({{'at': coalesce(date_published, ingested_at), 'id': article_id,
    'publisher': publisher_name}}).publisher AS first,
  min(nullif(published_date, 'unknown')) AS first_day,
  max(nullif(published_date, 'unknown')) AS last_day, now_id AS story_id
FROM told JOIN largest USING (now_id)
GROUP BY now_id ORDER BY articles DESC, now_id"""

_BY_DAY_OF_ARTICLES = f"""\
{_OF_ARTICLES}SELECT now_id AS story_id, CAST(published_date AS DATE) AS day,
  count(*) AS articles
FROM told JOIN largest USING (now_id) WHERE published_date <> 'unknown'
GROUP BY now_id, 2 ORDER BY now_id, 2"""
