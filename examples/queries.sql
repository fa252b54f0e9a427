-- Seventeen questions that an analyst asks a lake, in the SQL of DuckDB.
--
-- `articles`, `mentions`, `rejects` and `stories` are the tables of the lake: those that
-- `warta load duckdb:FILE` makes, or views such as
--
--   CREATE VIEW articles AS FROM read_parquet('lake/articles/**/*.parquet', hive_partitioning = false);
--
-- A line that begins with "-- ?" is a question; docs/guides/queries.md shows each with its result.

-- ? How many articles are there a day, and how many of them are original?
SELECT published_date, count(*) AS articles,
       count(*) FILTER (duplicate_of IS NULL) AS originals,
       round(avg(word_count)) AS mean_words
FROM articles
GROUP BY published_date ORDER BY published_date;

-- ? What share of a day's articles has each topic?
WITH days AS (SELECT published_date, count(*) AS total FROM articles GROUP BY published_date)
SELECT a.published_date, t.name AS topic, count(*) AS articles, any_value(total) AS total,
       round(count(*) / any_value(total), 2) AS share
FROM articles a JOIN days USING (published_date), unnest(a.topics) AS u(t)
WHERE a.published_date = '2026-11-11'
GROUP BY a.published_date, t.name ORDER BY articles DESC, topic LIMIT 6;

-- ? Which topic led each day?
SELECT a.published_date, t.name AS topic, count(*) AS articles
FROM articles a, unnest(a.topics) AS u(t)
WHERE a.duplicate_of IS NULL AND a.published_date <> 'unknown'
GROUP BY a.published_date, t.name
QUALIFY row_number() OVER (PARTITION BY a.published_date ORDER BY articles DESC, topic) = 1
ORDER BY published_date;

-- ? Who was in the news?
SELECT surface AS name, count(DISTINCT article_id) AS articles, count(*) AS mentions
FROM mentions
WHERE type = 'person'
GROUP BY surface ORDER BY articles DESC, mentions DESC, name LIMIT 6;

-- ? Which names occur together?
SELECT x.surface AS name, y.surface AS and_name, count(DISTINCT x.article_id) AS articles
FROM mentions x JOIN mentions y
  ON x.article_id = y.article_id AND x.version = y.version AND x.surface < y.surface
  AND x.entity_id <> y.entity_id
GROUP BY ALL ORDER BY articles DESC, name, and_name LIMIT 6;

-- ? Who carried whose story?
SELECT o.publisher_name AS original, c.publisher_name AS copy, c.duplicate_kind AS kind,
       round(c.similarity, 2) AS similarity,
       left(o.headline, 40) AS headline
FROM articles c JOIN articles o ON c.duplicate_of = o.article_id
ORDER BY original, copy, kind;

-- ? Which publishers write most of what they publish themselves?
SELECT coalesce(publisher_name, canonical_domain, 'unknown') AS publisher, count(*) AS articles,
       round(count(*) FILTER (duplicate_of IS NULL) / count(*), 2) AS original_share
FROM articles
GROUP BY publisher ORDER BY original_share DESC, articles DESC, publisher;

-- ? What does each publisher write about most?
SELECT a.publisher_name AS publisher, t.name AS topic, count(*) AS articles
FROM articles a, unnest(a.topics) AS u(t)
WHERE a.publisher_name IS NOT NULL
GROUP BY a.publisher_name, t.name
QUALIFY row_number() OVER (PARTITION BY a.publisher_name ORDER BY articles DESC, topic) = 1
ORDER BY publisher;

-- ? Which articles were changed after they were published, and by how many words?
SELECT max(version) AS versions, left(arg_max(headline, version), 40) AS headline,
       arg_min(word_count, version) AS first_words, arg_max(word_count, version) AS last_words
FROM articles
GROUP BY article_id HAVING max(version) > 1 ORDER BY headline;

-- ? Which news agencies are credited, and by how many publishers?
SELECT agency, count(*) AS articles, count(DISTINCT a.publisher_name) AS publishers
FROM articles a, unnest(a.info_sources) AS u(agency)
GROUP BY agency ORDER BY articles DESC, agency;

-- ? Where are articles written from?
SELECT location_created.name AS place, location_created.wikidata_id AS wikidata_id,
       count(*) AS articles
FROM articles
WHERE location_created.name IS NOT NULL
GROUP BY ALL ORDER BY articles DESC, place LIMIT 6;

-- ? At which hours, by the clock of Jakarta, are articles published?
SELECT (epoch(date_published)::BIGINT // 3600 + 7) % 24 AS hour, count(*) AS articles
FROM articles
WHERE date_published_precision IN ('second', 'minute')
GROUP BY hour ORDER BY articles DESC, hour LIMIT 6;

-- ? How sure are the dates: where were they found, and how exact are they?
SELECT coalesce(date_published_source, 'none') AS source,
       coalesce(date_published_precision, 'none') AS precise_to, count(*) AS articles
FROM articles
GROUP BY ALL ORDER BY articles DESC, source, precise_to;

-- ? How much of the text did cleaning remove, and by which rules?
SELECT s.rule AS rule, count(*) AS times, count(DISTINCT a.article_id) AS articles,
       sum(length(s.text)) AS characters
FROM articles a, unnest(a.removed_spans) AS u(s)
GROUP BY rule ORDER BY characters DESC, rule LIMIT 6;

-- ? What could not be read, why, and what can be read again?
SELECT stage, reason, count(*) AS rejects, count(*) FILTER (replayed_by IS NULL) AS open
FROM rejects
GROUP BY ALL ORDER BY rejects DESC, stage, reason;

-- ? What are the stories, who carried them, and how many days did they live?
SELECT left(title, 40) AS title, articles, copies, len(publishers) AS publishers,
       date_diff('day', first_seen, last_seen) AS days
FROM (FROM stories QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY version DESC) = 1)
WHERE current_id = story_id
ORDER BY articles DESC, days DESC, title LIMIT 6;

-- ? Who opened each story, and who came with it later?
SELECT left(s.title, 40) AS title,
       arg_min(a.publisher_name, a.date_published) AS first,
       list(DISTINCT a.publisher_name ORDER BY a.publisher_name) AS publishers
FROM (FROM stories QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY version DESC) = 1) s
JOIN articles a ON a.story_id = s.story_id
WHERE s.current_id = s.story_id
GROUP BY s.story_id, s.title HAVING count(DISTINCT a.publisher_name) > 1
ORDER BY title LIMIT 6;
