-- Mentions of the latest version of each article.
select
  mentions.article_id,
  mentions.version,
  mentions.entity_id,
  mentions.wikidata_id,
  mentions.surface,
  mentions.type as entity_type,
  mentions.field as named_in,
  mentions.score,
  articles.published_day,
  articles.publisher,
  articles.is_original
from {{ source("lake", "mentions") }} as mentions
inner join {{ ref("stg_articles") }} as articles
  on mentions.article_id = articles.article_id and mentions.version = articles.version
where articles.is_latest
