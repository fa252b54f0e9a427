-- Entities a day: in how many articles, and how often. One with a Wikidata id is one entity under all
-- its names; without, the name and type as written.
with named as (
  select
    *,
    coalesce(wikidata_id, entity_type || ':' || lower(surface)) as entity_key
  from {{ ref("stg_mentions") }}
  where is_original and published_day is not null
)

select
  published_day,
  entity_key,
  max(wikidata_id) as wikidata_id,
  min(entity_type) as entity_type,
  min(surface) as name,
  count(distinct article_id) as articles,
  count(*) as mentions
from named
group by published_day, entity_key
